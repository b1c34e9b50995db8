"""The output of `baton policy adopt`: the promises another policy would break, and the result of adopting it.

Promises plain text where there is no terminal. Must not ask the server anything.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.markup import escape

from policies.adoption import inherited_calls, inherited_teams
from policies.document.document import Document
from worker.adoption.adopting import Adopted, Mode, Survey
from worker.adoption.preview import KINDS, Change
from worker.terminal.printing import coloured, columns, local
from worker.terminal.terminal import Terminal

_WORDS = {"breached": "breached", "at_risk": "at risk", "ends": "no longer promised", "begins": "promised anew"}
_KINDS = {inherited_calls.FATE: "call", inherited_teams.FATE: "change of team or assignee"}
_REST = "other change"
_PLURALS = {"change of team or assignee": "changes of team or assignee"}
_COLOURS = {"breached": "red", "at_risk": "yellow", "ends": "yellow", "begins": "cyan"}


def print_survey(console: Terminal, survey: Survey, document: Document, mode: Mode) -> None:
    """Print the promises that would change, the worst first; what else would go on differently; and a summary."""
    if survey.changes:
        table = columns("Conversation", "Promise", "Would be", "Due", "State")
        for change in survey.changes:
            table.add_row(*_row(change))
        console.print(table)
    if survey.turnarounds:
        table = columns("Conversation", "Other changes")
        for each in survey.turnarounds:
            table.add_row(escape(each.conversation), escape(each.text))
        console.print(table)
    for sentence in summary(survey, document, mode):
        console.say(sentence)


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


def print_adopted(console: Terminal, adopted: Sequence[Adopted]) -> None:
    """Print how many conversations have each result, and each conversation that has a problem."""
    counts = Counter(each.outcome for each in adopted)
    told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("adopted", "closed", "refused", "unreachable"))
    for each in adopted:
        if each.why:
            sentence = f"{each.conversation} {each.outcome}: {each.why}"
            console.say(sentence)
    console.print(told + ".", markup=False)


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
    return (
        escape(change.conversation),
        name,
        kind,
        f"{local(change.due_now) or '—'} → {local(change.due_then) or '—'}",
        states,
    )


def _word(state: str) -> str:
    return coloured(state) if state else "—"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else _PLURALS.get(noun, f'{noun}s')}"
