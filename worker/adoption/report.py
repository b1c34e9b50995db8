"""The output of `baton policy adopt`: the promises another policy would break, and the result of adopting it.

Promises plain text where there is no terminal. Must not ask the server anything.
"""

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from policies.adoption import inherited_calls, inherited_teams
from policies.document.document import Document
from worker.adoption.adopting import Adopted, Mode, Survey
from worker.adoption.adopting import Progress as Tell
from worker.adoption.preview import KINDS, Change
from worker.terminal.printing import coloured

_WORDS = {"breached": "breached", "at_risk": "at risk", "ends": "no longer promised", "begins": "promised anew"}
_KINDS = {inherited_calls.FATE: "call", inherited_teams.FATE: "change of team or assignee"}
_REST = "other change"
_PLURALS = {"change of team or assignee": "changes of team or assignee"}
_COLOURS = {"breached": "red", "at_risk": "yellow", "ends": "yellow", "begins": "cyan"}


@contextmanager
def progress(console: Console, doing: str) -> Generator[Tell]:
    """Show a progress bar that goes away when the work is done."""
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_survey(console: Console, survey: Survey, document: Document, mode: Mode) -> None:
    """Print the promises that would change, the worst first; what else would go on differently; and a summary."""
    if survey.changes:
        table = Table("Conversation", "Promise", "Would be", "Due", "State", box=None, pad_edge=False)
        for change in survey.changes:
            table.add_row(*_row(change))
        console.print(table)
    if survey.turnarounds:
        table = Table("Conversation", "Other changes", box=None, pad_edge=False)
        for each in survey.turnarounds:
            table.add_row(escape(each.conversation), escape(each.text))
        console.print(table)
    for sentence in summary(survey, document, mode):
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)


def summary(survey: Survey, document: Document, mode: Mode) -> list[str]:
    """Return sentences: how many conversations would change, their promises, and which could not be asked."""
    reached = [prospect for prospect in survey.prospects if not prospect.trouble]
    versions = Counter(prospect.policy for prospect in reached)
    under = ", ".join(f"{count} under {name}" for name, count in sorted(versions.items()))
    there = f"{document.policy} v{document.version} ({mode}): {_count(len(reached), 'conversation')} to change"
    kinds = Counter(change.kind for change in survey.changes)
    told = ", ".join(f"{kinds[kind]} {_WORDS[kind]}" for kind in KINDS if kinds[kind])
    promises = f"Promises: {told}." if told else "No promise would be breached, end or begin."
    return [
        f"{there}{f': {under}' if under else ''}; {survey.already} run under it already.",
        *([promises, _else(survey)] if reached else []),
        *(f"Could not ask {conversation}: {why}" for conversation, why in survey.unreachable.items()),
    ]


def _else(survey: Survey) -> str:
    kinds = Counter(_KINDS.get(each.kind, _REST) for each in survey.turnarounds)
    told = ", ".join(f"{_count(kinds[kind], kind)}" for kind in (*dict.fromkeys(_KINDS.values()), _REST) if kinds[kind])
    return f"Also: {told}." if told else "Nothing else would change or end."


def print_adopted(console: Console, adopted: Sequence[Adopted]) -> None:
    """Print how many conversations have each result, and each conversation that has a problem."""
    counts = Counter(each.outcome for each in adopted)
    told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("adopted", "closed", "refused", "unreachable"))
    for each in adopted:
        if each.why:
            sentence = f"{each.conversation} {each.outcome}: {each.why}"
            console.print(sentence, markup=False, highlight=False, soft_wrap=True)
    console.print(told + ".", markup=False, highlight=False)


def as_data(survey: Survey, document: Document, mode: Mode, adopted: Sequence[Adopted]) -> dict[str, Any]:
    """Return the same as data for machines."""
    return {
        "policy": document.policy,
        "version": document.version,
        "mode": mode,
        "conversations": {each.conversation: each.policy for each in survey.prospects if not each.trouble},
        "already": survey.already,
        "unreachable": survey.unreachable,
        "changes": [asdict(change) for change in survey.changes],
        "turnarounds": [asdict(each) for each in survey.turnarounds],
        "adopted": [asdict(each) for each in adopted],
    }


def _row(change: Change) -> tuple[str, ...]:
    name = change.clock.replace("_", " ")
    kind = f"[{_COLOURS[change.kind]}]{_WORDS[change.kind]}[/]"
    states = f"{_word(change.state_now)} → {_word(change.state_then)}"
    return escape(change.conversation), name, kind, f"{_local(change.due_now)} → {_local(change.due_then)}", states


def _word(state: str) -> str:
    return coloured(state) if state else "—"


def _local(at: datetime | None) -> str:
    """Return a time in the zone of the person at the terminal. A paused promise has no due time."""
    return at.astimezone().strftime("%a %d %b %H:%M") if at else "—"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else _PLURALS.get(noun, f'{noun}s')}"
