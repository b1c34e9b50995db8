"""A team's queue on a terminal: tables that fit, colours that mean something.

Promises plain text where there is no terminal. Must not ask the server anything.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.markup import escape

from worker.terminal.printing import coloured, columns, print_timeline, relative
from worker.terminal.terminal import Terminal

_ENTRIES = 12
Shown = Mapping[str, Any]


def print_teams(console: Terminal, teams: Sequence[Shown], now: datetime) -> None:
    """Print one line for each team."""
    rows = columns("Team", "Waiting", "Longest wait", "Offered", "Load", "Available", "Room")
    for team in teams:
        there = [person for person in team["people"] if person["presence"] == "available" and person["is_on_shift"]]
        room = sum(max(0, person["capacity"] - person["load"]) for person in there)
        offered = sum(row["state"] == "offered" for row in team["with"])
        longest = min((row["since"] for row in team["line"]), default=None)
        rows.add_row(
            escape(team["team"]),
            str(len(team["line"])),
            relative(longest, now).removesuffix(" ago"),
            str(offered or ""),
            str(len(team["with"]) - offered),
            f"{len(there)} of {len(team['people'])}",
            str(room),
        )
    console.print(rows if teams else "No conversation has entered a queue yet.")


def print_team(console: Terminal, team: Shown, now: datetime) -> None:
    """Print everything about one team."""
    chosen = "the helpdesk chooses" if team.get("led_by") == "desk" else "Baton chooses"
    policy = team["policy"]["name"] if team["policy"] else "no policy yet"
    head = f"[bold]{escape(str(team.get('name', team['team'])))}[/]  [dim]{chosen}, {escape(policy)}[/]"
    console.print(head)
    for version in team.get("closed_by", ()):
        console.print(f"[yellow]Closed:[/] {escape(version['policy'])} has no queue for this team")
    _print_people(console, team["people"])
    _print_waiting(console, team["line"], now)
    _print_in_hand(console, team["with"], now)
    if team["timeline"]:
        print_timeline(console, team["timeline"][-_ENTRIES:])
    if team["strangers"]:
        names = escape(", ".join(team["strangers"]))
        console.print(f"[yellow]Named, but not in this team:[/] {names}")
    if team["next"]:
        console.print(f"[dim]next[/] {escape(team['next']['what'])}, {relative(team['next']['at'], now)}")


def _print_people(console: Terminal, people: Sequence[Shown]) -> None:
    rows = columns("Who", "Presence", "Has", "Granted", "Declined", "Missed", "Taken back")
    for person in people:
        presence = coloured(person["presence"]) + ("" if person["is_on_shift"] else " [dim]off shift[/]")
        counts = (str(person[name] or "") for name in ("granted", "declined", "missed", "reclaimed"))
        rows.add_row(escape(person["agent"]), presence, f"{person['load']} of {person['capacity']}", *counts)
    console.print(rows if people else "The policy names no people of this team.")


def _print_waiting(console: Terminal, waiting: Sequence[Shown], now: datetime) -> None:
    rows = columns("#", "Waits", "For", "Priority", "Needs", "Estimate", "About")
    for row in waiting:
        needs = escape(", ".join(row["needs"]))
        rows.add_row(
            str(row["position"]),
            escape(row["conversation"]),
            relative(row["since"], now).removesuffix(" ago"),
            coloured(row["priority"]) if row["priority"] != "normal" else "",
            needs,
            row["estimate"],
            escape(row["subject"]),
        )
    console.print(rows if waiting else "No conversation waits.")


def _print_in_hand(console: Terminal, rows: Sequence[Shown], now: datetime) -> None:
    if not rows:
        return
    shown = columns("Conversation", "Is", "With", "Until", "Customer", "About")
    for row in rows:
        until = relative(row["until"], now)
        customer = "waits" if row["is_waiting"] else ""
        who, about = escape(row["agent"]), escape(row["subject"])
        shown.add_row(escape(row["conversation"]), coloured(row["state"]), who, until, customer, about)
    console.print(shown)
