"""Shorter answers to queries for when the usual ones can't be made, with the reason.

Promises an answer whatever raises, made of plain fields alone, and that a query changes nothing. Must not decide or
describe anything.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from activities.catalog import PinnedPolicy
from policies.state.conversation import Conversation
from policies.state.effects import AnyEffect
from workflows.setting_aside.guard import sentence
from workflows.setting_aside.set_aside import AsideList
from workflows.setting_aside.tracebacks import log_raised

Answer = TypeVar("Answer")
NOT_SHOWN = "not_shown"
"""The field with the reason, or the kind of the entry that gives it."""


def answered(log: Any, query: str, usual: Callable[[], Answer], less: Callable[[str], Answer]) -> Answer:
    """Return the usual answer; where making it raises, return `less` of the reason."""
    try:
        return usual()
    except Exception as error:
        log_raised(log, "workflow.query_not_answered", error, query=query)
        return less(sentence(error))


def less_state(
    conversation: Conversation, pinned: PinnedPolicy | None, waiting: Sequence[AnyEffect], aside: AsideList, why: str
) -> dict[str, Any]:
    """Return the fields of `state` that need no computing, such as team, assignee and everything set aside."""
    s = conversation.situation
    return {
        "conversation_id": s.conversation_id,
        "status": s.lifecycle.status,
        "team": s.responsible.team,
        "assignee": s.responsible.assignee,
        "subject": s.contact.subject,
        "messages": s.told.messages,
        "policy": {"name": pinned.name, "digest": pinned.digest} if pinned else None,
        "waiting_effects": [
            {"kind": effect.kind, "key": effect.key, "due_at": effect.due_at.isoformat(), "because": effect.because}
            for effect in waiting
        ],
        "set_aside": aside.shown(),
        NOT_SHOWN: why,
    }


def less_handoff(conversation: Conversation, why: str) -> dict[str, Any]:
    """Return the customer, the team, the assignee and the last messages."""
    s = conversation.situation
    return {
        "conversation_id": s.conversation_id,
        "subject": s.contact.subject,
        "channel": s.contact.channel,
        "customer": {"id": s.contact.customer.id, "name": s.contact.customer.name},
        "team": s.responsible.team,
        "assignee": s.responsible.assignee,
        "last_words": [{"author": said.author, "text": said.text} for said in s.told.recent],
        NOT_SHOWN: why,
    }


def less_rows(rows: Sequence[Any], now: datetime, why: str) -> list[dict[str, Any]]:
    """Return an entry with the reason, then each row's time, kind and text."""
    text = f"Not shown as usual: {why}"
    said = {"at": now.isoformat(), "kind": NOT_SHOWN, "text": text, "what": text, "unless": ""}
    return [said, *({"at": row.at.isoformat(), "kind": row.kind, "text": row.text} for row in rows)]
