"""The end of the demonstration on a terminal: one line a conversation, a few of them as timelines, and the numbers.

Promises to be readable at 80 columns, and plain text where there is no terminal. Must not ask any other system.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from shutil import which
from typing import Any

from pydantic import TypeAdapter
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from policies.document.clocks import CLOCKS
from policies.document.part import format_span
from worker.demo.calendar import Calendar
from worker.demo.record import DemoRecord, Summary
from worker.demo.telling import DemoLine, told
from worker.terminal.terminal import Terminal

WIDTH = 80
DemoNames = Mapping[str, str]
"""The names of teams and people for readers, by their keys in the policies."""
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
    "clock_overdue": "red",
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
    "message": "bold",
    "reply_sent": "bold cyan",
}
_STATUS = {"resolved": "green", "open": "cyan", "pending_customer": "yellow"}
_NEXT = (
    ("baton demo --keep", "the same, and then look around in the Temporal UI"),
    ("baton demo --verbose", "every conversation as a timeline"),
    ("baton up", "Baton on this machine, for conversations of your own"),
    ("baton start c-1 channel=email subject=Refund customer.name=Ada", "the first of them"),
    ("baton list", "the most urgent first"),
    ("baton show c-1", "promises, what happens next, and everything that was told"),
)


def show(
    console: Terminal,
    records: Sequence[DemoRecord],
    summary: Summary,
    names: DemoNames,
    calendar: Calendar,
    *,
    verbose: bool = False,
) -> None:
    """Print everything. With `verbose`, every conversation is drawn, else the most telling ones."""
    console.print()
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(width=1)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column(width=22, no_wrap=True, overflow="ellipsis")
    table.add_column(width=13, no_wrap=True)
    table.add_row("", *(f"[dim]{heading}[/]" for heading in ("Conversation", "Team at the end", "First answer")))
    for record in records:
        table.add_row(_mark(record), escape(record.played.script.title), _with_team(record, names), _first(record))
    console.print(table)
    for record in records:
        if verbose or record.played.script.is_telling or record.played.unmet or len(records) == 1:
            _draw(console, record, names, calendar)
    console.print()
    _print_summary(console, summary)
    console.print("\n[bold]To try next:[/]")
    for command, what in (*_on_the_path(), *_NEXT):
        console.say(f"  {command}")
        console.print(f"      {what}", style="dim")


def _on_the_path() -> Sequence[tuple[str, str]]:
    """Return what makes `baton` a command of this terminal, where it is none yet."""
    activate = Path(sys.prefix, "bin", "activate")
    if which("baton") or not activate.exists():
        return ()
    return ((f". {os.path.relpath(activate)}", "so that this terminal knows the command `baton`"),)


def _mark(record: DemoRecord) -> str:
    return "[red]✘[/]" if record.played.unmet else "[green]✔[/]"


def _with_team(record: DemoRecord, names: DemoNames) -> str:
    """Return the team at the end, in the colour of the conversation's status."""
    state = record.played.state
    return f"[{_STATUS.get(_status(record), 'yellow')}]{escape(_name(state['team'], names))}[/]"


def _status(record: DemoRecord) -> str:
    state = record.played.state
    return "on_hold" if state["is_held"] else state["status"]


def _first(record: DemoRecord) -> str:
    """Return the time of the first answer of what was promised, which stands on every conversation."""
    clocks = sorted(record.played.state["clocks"], key=_reading_order)
    return _clock(clocks[0]).replace(" first ", " ") if clocks else ""


def _draw(console: Terminal, record: DemoRecord, names: DemoNames, calendar: Calendar) -> None:
    """Print one conversation as a timeline."""
    played, state = record.played, record.played.state
    facts = (calendar.local(played.opened_at), state["channel"].replace("_", " "), state["customer"].get("name"))
    console.print(f"\n{_mark(record)} [bold]{escape(played.script.title)}[/]")
    about = [f"[dim]{escape(text)}[/]" for text in (" · ".join(filter(None, facts)), played.script.shows)]
    about += [f"[bold red]Not as expected: {escape(sentence)}[/]" for sentence in played.unmet]
    console.print(Padding("\n".join(about), (0, 0, 0, 2)))
    lines = Table.grid(padding=(0, 1, 0, 0), expand=True)
    lines.add_column(width=10, justify="right", style="dim")
    lines.add_column(width=1, style="dim")
    lines.add_column(ratio=1)
    for line in told(record, calendar, names):
        lines.add_row(line.when, "│", _decision(line))
    clocks = "  ".join(_clock(clock) for clock in sorted(state["clocks"], key=_reading_order))
    assignee = f", with {escape(_name(state['assignee'], names))}" if state["assignee"] else ""
    status = f"{_status(record).replace('_', ' ')}, {_with_team(record, names)}{assignee}"
    lines.add_row("", "╵", f"{status}\n{clocks}")
    console.print(lines)


def _name(key: str, names: DemoNames) -> str:
    return names.get(key, key)


def _decision(line: DemoLine) -> str:
    colour = _COLOURS.get(line.kind, "")
    text = escape(line.text)
    return f"[{colour}]{text}[/]" if colour else text


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


def _print_summary(console: Terminal, summary: Summary) -> None:
    half, most, worst = (_seconds(late) for late in summary.lateness)
    days = summary.virtual / timedelta(days=1)
    colour = "green" if summary.as_expected == summary.conversations else "bold red"
    console.print(
        f"[{colour}]{summary.as_expected} of {summary.conversations} conversations ended as expected.[/] "
        f"{summary.decisions} decisions led to {summary.effects} effects.\n"
        f"Lateness, from due to done: p50 {half}, p99 {most}, max {worst}. "
        f"{days:.1f} days passed in {summary.wall_seconds:.1f} seconds. "
        "No message left this machine: without a token, Slack's were recorded.",
    )
    console.print("[dim]✔ met · ✘ breached · – ended; used/target in the business time of the team.[/]")


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.2f} s"
