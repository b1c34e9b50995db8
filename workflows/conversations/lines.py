"""The ledger lines of a decision, with data beside each sentence: messages, answers, how the conversation stands.

Promises that every message has a line, even where the same sentence is on record already because a person wrote "ok"
twice in the same second; and that answers to a feedback question are on the line of that feedback. Must not write
anything.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from policies.document.hindsight import Given
from policies.feedback import news
from policies.handoff.briefings.summary import problem
from policies.playbook import said_by
from policies.running.turn import by
from policies.state.conversation import Decision
from policies.state.entry_kind import EntryKind
from policies.state.events import Fact, MessageReceived
from policies.state.records.told import Entry
from policies.state.situation import Situation

Body = dict[str, Any]
_GIVEN = TypeAdapter(tuple[Given, ...])
_TELLING: tuple[EntryKind, ...] = ("conversation_started", "status_changed", "reopened", "merged")
"""The kinds of line that carry how the conversation stands.

Where a decision has none of them, its last line carries it.
"""


def lines_of(decision: Decision, facts: Sequence[Fact], before: Situation) -> list[tuple[Entry, Body]]:
    """Return the reasons of a decision on these facts, each with its data."""
    lines: list[tuple[Entry, Body]] = [(entry, {}) for entry in decision.because]
    for fact in facts:
        if isinstance(fact, MessageReceived):
            _put_message(fact, decision, lines)
    if answers := news(before, decision.conversation.situation):
        _carry(answers, lines)
    if lines and (standing := _standing(before, decision.conversation.situation)):
        tells = (body for entry, body in lines if entry.kind in _TELLING)
        next(tells, lines[-1][1]).update(standing)
    return lines


def _put_message(fact: MessageReceived, decision: Decision, lines: list[tuple[Entry, Body]]) -> None:
    """Put the message on its own line. Add a line where the same words of the same second are on record already."""
    said = _said(fact, decision)
    for entry, body in lines:
        if entry == said and not body:
            return body.update(_message(fact))
    return lines.append((said, _message(fact)))


def _said(event: MessageReceived, decision: Decision) -> Entry:
    """Return the timeline line of a message, at the time that the conversation has given to the message."""
    placed = (fact for fact in decision.conversation.tail if fact.event_id == event.event_id)
    at = next(placed, event).occurred_at
    return Entry(at, "message", said_by(event))


def _carry(answers: tuple[Given, ...], lines: list[tuple[Entry, Body]]) -> None:
    """Put the answers on the feedback's line, or on the last line where a late fact changed what an answer is about.

    There is no line at all where a person gave the same answer twice in the same second, and the first came late.
    """
    if not lines:
        latest = answers[-1]
        lines.append((Entry(latest.at, "feedback", f"Feedback{by(latest.by)}: the same again"), {}))
    told = (body for entry, body in lines if entry.kind in ("feedback", "rated"))
    next(told, lines[-1][1])["answers"] = _GIVEN.dump_python(answers, mode="json")


def _message(event: MessageReceived) -> Body:
    body = event.model_dump(
        mode="json", include={"event_id", "author", "author_id", "text", "public", "automatic", "attachments"}
    )
    return {**body, "text": event.whole} if event.whole else body


def _standing(before: Situation, now: Situation) -> Body:
    """Return how the conversation stands.

    Empty where the customer is unknown, or nothing has changed since `before`.
    """
    if not now.contact.customer.id or _shown(before) == _shown(now):
        return {}
    customer, status = _shown(now)
    return {
        "customer": {"id": customer},
        "subject": now.contact.subject or (problem(now) if now.edition >= 4 else ""),
        "channel": now.contact.channel,
        "status": status,
        "opened_at": now.opened_at.isoformat(),
    }


def _shown(situation: Situation) -> tuple[str, str]:
    return situation.contact.customer.id, "merged" if situation.lifecycle.merged_into else situation.lifecycle.status
