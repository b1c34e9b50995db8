"""Outages as the command line shows them.

Promises plain text where there is no terminal. Must not decide anything.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.markup import escape

from worker.outages.matching import Matches
from worker.outages.requests import OutageRow
from worker.terminal.printing import local
from worker.terminal.rows import columns
from worker.terminal.terminal import Terminal
from worker.terminal.wrapping import together

_SHOWN = 5


def print_opened(console: Terminal, shown: Mapping[str, Any]) -> None:
    """Print that an outage is open, until when, and how to end it."""
    name, until = shown["name"], local(datetime.fromisoformat(shown["until"]))
    close, show = together(f"baton outage close {name}"), together(f"baton outage show {name}")
    console.say(f"Outage {name} is open until {until}. End it: {close}. See it: {show}.")


def print_matches(console: Terminal, found: Matches, name: str) -> None:
    """Print how many conversations match, and a few of them."""
    console.say(f"Nothing was opened. {len(found.matches)} of {found.asked} open conversations match {name} now.")
    table = columns("Conversation", "Team", "Subject", text=("Subject",))
    for match in found.matches[:_SHOWN]:
        table.add_row(escape(match.conversation), escape(match.team), escape(match.subject))
    if found.matches:
        console.print(table)
    if (more := len(found.matches) - _SHOWN) > 0:
        console.say(f"and {more} more: --json lists all of them")
    if found.silent:
        console.say(f"{len(found.silent)} gave no answer, such as {found.silent[0]}.")


def print_outages(console: Terminal, found: Sequence[OutageRow]) -> None:
    """Print one line for each outage."""
    table = columns("Outage", "Since", "Until", "Over", "Part of it", "Policy", text=("Policy",))
    for row in found:
        part = "" if row.part is None else str(row.part)
        times = (local(row.opened_at), local(row.until), local(row.ended_at))
        table.add_row(escape(row.name), *times, part, escape(row.policy))
    console.print(table if found else "No outages.")


def print_outage(console: Terminal, shown: Mapping[str, Any]) -> None:
    """Print an outage: what it is about, what customers are told, what happened, and its conversations."""
    until, by = local(datetime.fromisoformat(shown["until"])), f" by {shown['by']}" if shown["by"] else ""
    since = local(datetime.fromisoformat(shown["opened_at"]))
    console.print(f"[bold]{escape(shown['name'])}[/]  {shown['state']}")
    console.say(f"Opened {since}{by}, until {until}{', policy ' + shown['policy'] if shown['policy'] else ''}")
    console.say(f"When: {shown['when']}")
    for heading, texts in (("Told", shown["text"]), ("Told at the end", shown["over_text"])):
        for language, words in texts.items():
            console.say(f"{heading}{f' ({language})' if language else ''}: {words}")
    conversations = shown["conversations"]
    console.say(f"{len(conversations)} open conversations are part of it{': ' if conversations else '.'}")
    for conversation in conversations:
        console.say(f"  {conversation}")
    table = columns("At", "What happened", text=("What happened",))
    for line in shown["timeline"]:
        table.add_row(local(datetime.fromisoformat(line["at"])), escape(line["text"]))
    console.print(table)
