"""The views of a conversation for operators and callers: search attributes, Markdown details, answers to queries.

Promises plain JSON for queries, no personal data in search attributes or the memo, and no history for what has not
changed. Must not change anything.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from temporalio import workflow

from activities.catalog import PinnedPolicy
from policies import importing
from policies.deadlines import deadlines
from policies.document.part import format_span
from policies.handoff import briefing
from policies.handoff.summary import summary
from policies.running.policy import Policy
from policies.state.conversation import Conversation
from policies.state.conversation import timeline as entries_of
from policies.state.effects import AnyEffect
from policies.state.situation import Clock, Situation, sla_state
from workflows.contract import (
    ASSIGNEE,
    CHANNEL,
    NEXT_DEADLINE,
    PRIORITY,
    REASON,
    SLA_STATE,
    STATUS,
    TAGS,
    TEAM,
    TIER,
)
from workflows.conversations.lateness import Lateness
from workflows.limits.shortening import keyword, keywords
from workflows.setting_aside.set_aside import AsideList
from workflows.showing.answers import list_that_fits, object_that_fits, policy_that_fits

_SITUATION = TypeAdapter(Situation)


class Board:
    """The search attributes of a conversation. Remembers the values it has shown, so that only changes cost history."""

    def __init__(self) -> None:
        self._shown: dict[str, Any] = {}

    def show(self, values: Mapping[Any, Any]) -> None:
        """Publish the values that changed since the last time."""
        updates = [
            key.value_set(value) if value not in ("", None) else key.value_unset()
            for key, value in values.items()
            if self._shown.get(key.name, "") != (value if value is not None else "")
        ]
        if updates:
            workflow.upsert_search_attributes(updates)
        self._shown = {key.name: value if value is not None else "" for key, value in values.items()}


def attributes(s: Situation, policy: Policy) -> Mapping[Any, Any]:
    """Return the values of the search attributes."""
    upcoming = deadlines(s, policy)
    return {
        STATUS: "on_hold" if s.is_held else s.status,
        TEAM: keyword(s.team),
        ASSIGNEE: keyword(s.assignee),
        SLA_STATE: sla_state(s),
        PRIORITY: s.priority,
        CHANNEL: keyword(s.channel),
        REASON: keyword(s.reason),
        TAGS: keywords(s.tags) or None,
        TIER: policy.tier(s.team),
        NEXT_DEADLINE: upcoming[0].at if upcoming else None,
    }


def state(
    conversation: Conversation,
    pinned: PinnedPolicy | None,
    waiting: Sequence[AnyEffect],
    lateness: Lateness,
    aside: AsideList,
) -> dict[str, Any]:
    """Return the answer to `state`: the situation, policy, waiting effects, and how late earlier effects were."""
    shown: dict[str, Any] = _SITUATION.dump_python(conversation.situation, mode="json", exclude={"timeline"})
    shown["sla_state"] = _sla_state(conversation.situation)
    shown["policy"] = {"name": pinned.name, "digest": pinned.digest} if pinned else None
    shown["waiting_effects"] = [
        {"kind": effect.kind, "key": effect.key, "because": effect.because, "due_at": _text(effect.due_at)}
        for effect in waiting
    ]
    shown["lateness"] = lateness.model_dump(mode="json")
    shown["set_aside"] = aside.shown()
    return object_that_fits(shown)


def _sla_state(situation: Situation) -> str:
    """Return the SLA state; empty where that raises, since the rest of the answer has to be readable in any case."""
    try:
        return sla_state(situation)
    except Exception:
        return ""


def standing(conversation: Conversation, pinned: PinnedPolicy | None) -> dict[str, Any]:
    """Return what the ledger remembers beside its lines, should this run be lost: see `policies.importing`."""
    known: dict[str, Any] = _SITUATION.dump_python(conversation.situation, mode="json", exclude={"timeline"})
    if pinned is None:
        return {**known, "policy": ""}
    calls = (page.ladder for page in conversation.situation.pages if page.can_go_on or conversation.situation.incident)
    if ladders := importing.ladders_of(calls, pinned.document):
        known[importing.LADDERS] = ladders
    return {**known, "policy": pinned.name}


def timeline(conversation: Conversation) -> list[dict[str, Any]]:
    """Return the answer to `timeline`."""
    entries = [
        {"at": _text(e.at), "kind": e.kind, "text": e.text, "rule": e.rule, "clock": e.clock, "facts": e.facts}
        for e in entries_of(conversation)
    ]
    return list_that_fits(entries)


def upcoming(conversation: Conversation, policy: Policy | None) -> list[dict[str, Any]]:
    """Return the answer to `upcoming`."""
    if policy is None:
        return []
    ahead = [
        {"at": _text(d.at), "kind": d.kind, "what": d.what, "unless": d.unless}
        for d in deadlines(conversation.situation, policy)
    ]
    return list_that_fits(ahead)


def handoff(conversation: Conversation, policy: Policy | None) -> dict[str, Any]:
    """Return the answer to `handoff`: everything known that helps the person who answers next."""
    s = conversation.situation
    answer: dict[str, Any] = {
        "conversation_id": s.conversation_id,
        "at": _text(s.at),
        "subject": s.subject,
        "channel": s.channel,
        "customer": s.customer.model_dump(mode="json", exclude_unset=True),
        "page": s.page,
        "attributes": dict(s.attributes),
        "team": policy.team_name(s.team) if policy else s.team,
        "assignee": s.assignee,
        "priority": s.priority,
        "tags": list(s.tags),
        "reason": s.reason,
        "clocks": [clock_row(clock) for clock in s.clocks],
        "path": [{"team": stint.team, "since": _text(stint.since), "because": stint.because} for stint in s.path],
        "briefing": briefing.text(s, policy) if policy else "",
        "summary": list(summary(s, policy, s.at)) if policy else [],
        "stage": s.handoff.state if s.handoff else "",
        "last_words": [
            {"at": _text(said.at), "author": said.author, "author_id": said.author_id, "text": said.text}
            for said in s.recent
        ],
    }
    return object_that_fits(answer)


def policy(pinned: PinnedPolicy | None) -> dict[str, Any]:
    """Return the answer to `policy`, from which a client can tell what another policy would change."""
    if pinned is None:
        return {"name": "", "digest": "", "document": {}}
    return policy_that_fits({"name": pinned.name, "digest": pinned.digest, "document": pinned.document})


def outcome(conversation: Conversation, policy: Policy | None) -> dict[str, Any]:
    """Return what the caller of a command is told, and what a closed conversation has as its result."""
    s = conversation.situation
    told = (entry.text for entry in reversed(s.timeline) if not entry.kind.startswith(("clock_", "rule_fired")))
    return {
        "conversation_id": s.conversation_id,
        "status": s.status,
        "team": s.team,
        "team_name": policy.team_name(s.team) if policy else s.team,
        "assignee": s.assignee,
        "sla_state": sla_state(s),
        "because": next(told, ""),
    }


def memo(conversation: Conversation, pinned: PinnedPolicy, aside: AsideList) -> dict[str, Any]:
    """Return the memo, which anyone can read without a worker. By it the audit finds runs with something set aside."""
    s = conversation.situation
    shown: dict[str, Any] = {"opened_at": _text(s.opened_at), "policy": pinned.name, "messages": s.messages}
    return {**shown, "set_aside": len(aside.items)} if aside.items else shown


def clock_row(clock: Clock) -> dict[str, Any]:
    """Return one clock as JSON."""
    return {
        "clock": clock.id,
        "state": clock.state,
        "target": format_span(clock.target),
        "started_at": _text(clock.started_at),
        "due_at": _text(clock.due_at),
        "ended_at": _text(clock.ended_at),
    }


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
