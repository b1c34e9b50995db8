"""The end of the demonstration on a terminal: a table of the conversations, the numbers, and the messages in Slack.

Promises to be readable at 100 columns, and plain text where there is no terminal. Must not ask any other system.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from rich.console import Group
from rich.markup import escape
from rich.table import Table

from policies.document.clocks import CLOCKS
from policies.document.document import Document
from policies.document.part import format_span
from worker.demo.calendar import Calendar
from worker.demo.record import DemoRecord, Summary
from worker.demo.telling import DemoLine, told, when
from worker.terminal.terminal import Terminal

WIDTH = 100
_SPAN = TypeAdapter(timedelta)
_CLOCKS = {
    "met": ("green", "✔"),
    "breached": ("red", "✘"),
    "at_risk": ("yellow", "!"),
    "running": ("cyan", "…"),
    "paused": ("yellow", "‖"),
    "cancelled": ("dim", "–"),
}
_COLOURS = {
    "clock_at_risk": "yellow",
    "clock_breached": "red",
    "escalated": "magenta",
    "escalation_exhausted": "red",
    "rule_fired": "cyan",
    "refused": "yellow",
    "rejected": "red",
    "effect_failed": "red",
    "retracted": "green",
    "acknowledged": "green",
    "trouble": "red",
    "taken_back": "dim strike",
}
_STATUS = {"resolved": "green", "open": "cyan", "pending_customer": "yellow"}
_SLOW = timedelta(seconds=1)


def show(
    console: Terminal, records: Sequence[DemoRecord], summary: Summary, document: Document, calendar: Calendar
) -> None:
    """Print everything."""
    console.print()
    console.print(
        _columns("[bold]Path through the teams", "[bold]Decisions, with reasons", "[bold]Clocks", "[bold]Lateness")
    )
    for record in records:
        console.rule(style="dim")
        console.print(_head(record, calendar))
        console.print(
            _columns(
                _path(record, document, calendar),
                "\n".join(_decision(line) for line in told(record, calendar)),
                "\n".join(_clock(clock) for clock in sorted(record.played.state["clocks"], key=_reading_order)),
                _lateness(record),
            )
        )
    console.rule(style="dim")
    _print_summary(console, summary)
    _print_slack(console, records)


def _columns(*cells: str) -> Table:
    """Return a table for one conversation.

    All have the same widths, so that a title may span the columns between them.
    """
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    for width in (2, 23):
        table.add_column(width=width)
    table.add_column(ratio=1)
    table.add_column(width=22)
    table.add_column(width=8, justify="right")
    table.add_row("", *cells)
    return table


def _head(record: DemoRecord, calendar: Calendar) -> Group:
    played, state = record.played, record.played.state
    mark = "[red]✘[/]" if played.unmet else "[green]✔[/]"
    channel = state["channel"].replace("_", " ")
    facts = (calendar.local(played.opened_at), channel, state["customer"].get("name"))
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(width=2)
    table.add_column(ratio=1)
    table.add_column(justify="right")
    table.add_row(mark, f"[bold]{escape(played.script.title)}[/]", f"[dim]{escape(' · '.join(filter(None, facts)))}[/]")
    shows = Table.grid(padding=(0, 1, 0, 0))
    shows.add_column(width=2)
    shows.add_row("", f"[dim]{escape(played.script.shows)}[/]")
    for sentence in played.unmet:
        shows.add_row("", f"[bold red]Not as expected: {escape(sentence)}[/]")
    return Group(table, shows)


def _path(record: DemoRecord, document: Document, calendar: Calendar) -> str:
    """Return the teams one below the other; every team but the first has a time."""
    state = record.played.state
    lines: list[str] = []
    for stint in state["path"]:
        since = when(datetime.fromisoformat(stint["since"]), record.played.opened_at, calendar)
        team = document.teams.get(stint["team"])
        lines.append(f"{f'[dim]{since}[/] ' if lines else ''}{escape(team.name if team else stint['team'])}")
    status = "on_hold" if state["is_held"] else state["status"]
    assignee = f"[dim], with {escape(state['assignee'])}[/]" if state["assignee"] else ""
    lines.append(f"[{_STATUS.get(status, 'yellow')}]{status.replace('_', ' ')}[/]{assignee}")
    return "\n".join([*lines, f"[dim]{_counts(record)}[/]"])


def _counts(record: DemoRecord) -> str:
    events = record.played.script.events
    again = sum(event.again is not None for event in events)
    counted = (
        (len(events), "event"),
        (again, "duplicate"),
        (len(record.notes), "note"),
        (len(record.messages), "Slack"),
    )
    return ", ".join(
        f"{count} {name}{'s' if count > 1 and name != 'Slack' else ''}" for count, name in counted if count
    )


def _decision(line: DemoLine) -> str:
    colour = _COLOURS.get(line.kind, "")
    text = escape(line.text)
    return f"[dim]{line.when}[/] {f'[{colour}]{text}[/]' if colour else text}"


def _clock(clock: Mapping[str, Any]) -> str:
    """Return a clock as `✔ first 6m/15m`: the state, and how much of the promised time was used."""
    is_at_risk = clock["reached"] and clock["state"] in ("running", "paused")
    state = "at_risk" if is_at_risk else clock["state"]
    colour, mark = _CLOCKS[state]
    name = clock["name"].removesuffix("_response")
    spent, target = _SPAN.validate_python(clock["spent"]), _SPAN.validate_python(clock["target"])
    if state in ("met", "breached"):
        return f"[{colour}]{mark} {name} {format_span(spent)}/{format_span(target)}[/]"
    return f"[{colour}]{mark} {name} {'ended' if state == 'cancelled' else state.replace('_', ' ')}[/]"


def _reading_order(clock: Mapping[str, Any]) -> tuple[int, int]:
    return CLOCKS.index(clock["name"]), clock["episode"]


def _lateness(record: DemoRecord) -> str:
    if not record.lateness:
        return "[dim]none yet[/]"
    worst = max(record.lateness)
    return f"[{'yellow' if worst > _SLOW else 'green'}]{_seconds(worst)}[/]"


def _print_summary(console: Terminal, summary: Summary) -> None:
    half, most, worst = (_seconds(late) for late in summary.lateness)
    days = summary.virtual / timedelta(days=1)
    colour = "green" if summary.as_expected == summary.conversations else "bold red"
    console.print(
        f"[{colour}]{summary.as_expected} of {summary.conversations} conversations ended as expected.[/] "
        f"{summary.decisions} decisions led to {summary.effects} effects.\n"
        f"Lateness, from due to done: p50 {half}, p99 {most}, max {worst}. "
        f"{days:.1f} days passed in {summary.wall_seconds:.1f} seconds.",
    )
    console.print(
        "[dim]✔ met · ✘ breached · – ended; used/target in the business time of the team. "
        "+16m: 16 minutes after the opening.[/]",
    )


def _print_slack(console: Terminal, records: Sequence[DemoRecord]) -> None:
    messages = [message for record in records for message in record.messages]
    console.print(
        f"\n[bold]Slack:[/] {len(messages)} messages. There is no token (BATON_SLACK_TOKEN), so they were recorded and "
        "not sent. Two of them:",
    )
    calls = [message for message in messages if "/page:" in message.key]
    routed = [message for message in messages if message not in calls]
    for message in (*routed[:1], *calls[:1]):
        console.print(f"  [cyan]{escape(message.target.removeprefix('slack:'))}[/]  {escape(message.text)}")
        for name, value in _facts(message.blocks):
            line = f"      [dim]{escape(name)}:[/] {escape(value)}"
            console.print(line, no_wrap=True, overflow="ellipsis")


def _facts(blocks: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return the names and values of the message's fields."""
    texts = [field["text"] for block in blocks for field in block.get("fields", ())]
    parts = [text.partition("\n") for text in texts]
    return [(name.strip("*"), value) for name, _, value in parts]


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.2f} s"
