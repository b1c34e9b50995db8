"""Conversations on a terminal: tables that fit, colours that mean something.

Promises plain text where there is no terminal. Must not ask the server anything.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from policies.document.part import format_span
from worker.temporal.listing import ConversationRow
from worker.terminal.terminal import Terminal

_SPAN = TypeAdapter(timedelta)
_WORDS_IN = {
    "cyan": ("open", "running", "offered"),
    "green": ("met", "clock_met", "available", "granted"),
    "yellow": (
        *("pending_customer", "on_hold", "paused", "at_risk", "clock_at_risk"),
        *("busy", "away", "given_back", "reclaimed", "returned", "high"),
    ),
    "red": ("breached", "clock_breached", "clock_overdue", "rejected", "effect_failed", "unknown_agent", "urgent"),
    "magenta": ("rule_fired", "escalated"),
    "dim": ("resolved", "cancelled", "offline"),
}
_COLOURS = {word: colour for colour, words in _WORDS_IN.items() for word in words}


def coloured(word: str) -> str:
    """Return a state in its colour."""
    shown = escape(word.replace("_", " "))
    return f"[{_COLOURS[word]}]{shown}[/]" if word in _COLOURS else shown


def print_rows(console: Terminal, rows: Sequence[ConversationRow], now: datetime, where: str) -> None:
    """Print a list of conversations; where there is none, the filter: a name in it may be misspelt."""
    if not rows:
        nothing = f"No conversations with {where}." if where else "No conversations."
        return console.say(nothing)
    table = columns("Conversation", "SLA", "Late for", "Next", "Status", "Team", "Assignee", "Customer", "Subject")
    for column in table.columns:
        column.no_wrap, column.overflow = True, "ellipsis"
    table.columns[0].min_width = max(len(row.id) for row in rows)  # a cut id can't be copied into the next command
    for row in rows:
        when = (relative(row.late_since, now).removesuffix(" ago"), relative(row.next_deadline, now))
        names = map(escape, (row.team, row.assignee, row.customer, row.subject))
        table.add_row(escape(row.id), coloured(row.sla), *when, coloured(row.status), *names)
    return console.print(table)


def print_conversation(console: Terminal, shown: Mapping[str, Any], now: datetime) -> None:
    """Print everything that `baton show` tells of one conversation."""
    state = shown["state"]
    _print_head(console, state)
    _print_clocks(console, state["clocks"])
    table = columns("What will happen", "When", "Unless")
    for row in shown["upcoming"]:
        at = f"{local(row['at'])}  [dim]{relative(row['at'], now)}[/]"
        table.add_row(escape(row["what"]), at, escape(row["unless"]))
    console.print(table)
    _print_lateness(console, state["lateness"])
    if state["waiting_effects"]:
        table = columns("On its way", "Why")
        for effect in state["waiting_effects"]:
            table.add_row(escape(effect["kind"].replace("_", " ")), escape(effect["because"]))
        console.print(table)
    print_timeline(console, shown["timeline"])
    console.print(f"[dim]Times in {now.astimezone().tzname()}.[/]")


def print_timeline(console: Terminal, entries: Sequence[Mapping[str, Any]]) -> None:
    """Print the entries of a timeline, of a conversation or of a queue."""
    table = columns("Timeline", "What", "Details")
    for entry in entries:
        at = local(entry["at"], seconds=True)
        table.add_row(f"[dim]{at}[/]", coloured(entry["kind"]), escape(entry["text"]))
    console.print(table)


def _print_head(console: Terminal, state: Mapping[str, Any]) -> None:
    status = "on_hold" if state["is_held"] else state["status"]
    console.print(f"[bold]{escape(state['conversation_id'])}[/]  {escape(state['subject'])}")
    facts = {
        "status": coloured(status),
        "team": escape(state["team"]),
        "assignee": escape(state["assignee"] or "nobody yet"),
        "SLA": coloured(state["sla_state"]),
        "priority": escape(state["priority"]),
        "tags": escape(", ".join(state["tags"])),
        "reason": escape(state["reason"].replace("_", " ")),
        "policy": escape(state["policy"]["name"]) if state["policy"] else "",
    }
    console.print("  ".join(f"[dim]{name}[/] {value}" for name, value in facts.items() if value))


def _print_clocks(console: Terminal, clocks: Sequence[Mapping[str, Any]]) -> None:
    table = columns("Clock", "State", "Target", "Due", "Ended")
    for clock in clocks:
        is_at_risk = clock["reached"] and clock["state"] in ("running", "paused")
        state = "at_risk" if is_at_risk else clock["state"]
        episode = f" #{clock['episode']}" if clock["episode"] > 1 else ""
        table.add_row(
            clock["name"].replace("_", " ") + episode,
            coloured(state),
            format_span(_SPAN.validate_python(clock["target"])),
            local(clock["due_at"]),
            local(clock["ended_at"]),
        )
    console.print(table)


def _print_lateness(console: Terminal, lateness: Mapping[str, Any]) -> None:
    """Print in one line how late effects reached the outside systems."""
    if lateness["worst"] is None:
        return
    latest, worst = (
        f"{lateness[which]['lateness_ms'] / 1000:.3f} s ({lateness[which]['effect'].replace('_', ' ')}, "
        f"due {local(lateness[which]['due_at'])}{_news(lateness[which])})"
        for which in ("latest", "worst")
    )
    effects = "1 effect" if lateness["effects"] == 1 else f"{lateness['effects']} effects"
    line = f"[dim]lateness[/] {effects} accepted, the latest after {latest}, the worst after {worst}"
    console.print(line)


def _news(late: Mapping[str, Any]) -> str:
    """Return by how much the news of an effect came late; empty where it did not."""
    delay = timedelta(milliseconds=late.get("news_ms") or 0)
    return f", of which news came {format_span(delay)} late" if delay >= timedelta(seconds=1) else ""


def columns(*headings: str) -> Table:
    """Return an empty table; text that doesn't fit its last column is folded."""
    table = Table(*headings, box=None, pad_edge=False)
    table.columns[-1].overflow = "fold"
    return table


@contextmanager
def progress(console: Terminal, doing: str) -> Generator[Callable[[int, int], None]]:
    """Show a bar until the work is done, and yield a function that is told how much of it is done, out of how much."""
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def local(at: datetime | str | None, *, seconds: bool = False) -> str:
    """Return a time, also one from JSON, in the zone of the person at the terminal; empty where there is none.

    A date of another year has the year.
    """
    if not at:
        return ""
    there = _instant(at).astimezone()
    day = "%a %d %b" if there.year == datetime.now(UTC).astimezone().year else "%a %d %b %Y"
    return there.strftime(f"{day} %H:%M:%S" if seconds else f"{day} %H:%M")


def relative(at: datetime | str | None, now: datetime) -> str:
    """Return a time, also one from JSON, relative to now: `in 5m`, `2h ago`; empty where there is none."""
    if not at:
        return ""
    span = _instant(at) - now.astimezone(UTC)
    text = format_span(abs(span))
    return f"in {text}" if span.total_seconds() >= 0 else f"{text} ago"


def _instant(at: datetime | str) -> datetime:
    return datetime.fromisoformat(at) if isinstance(at, str) else at
