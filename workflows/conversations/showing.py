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
from policies.handoff.briefings.replies import style
from policies.handoff.briefings.summary import summary
from policies.running.policy import Policy
from policies.state.conversation import Conversation
from policies.state.conversation import timeline as entries_of
from policies.state.effects import AnyEffect
from policies.state.records.sla import Clock
from policies.state.records.told import ToldSoFar
from policies.state.situation import Situation
from workflows.contract import (
    ASSIGNEE,
    CHANNEL,
    NEXT_DEADLINE,
    OUTAGE,
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
        STATUS: s.lifecycle.shown_status,
        TEAM: keyword(s.responsible.team),
        ASSIGNEE: keyword(s.responsible.assignee),
        SLA_STATE: s.sla.state,
        PRIORITY: s.contact.priority,
        CHANNEL: keyword(s.contact.channel),
        REASON: keyword(s.responsible.reason),
        TAGS: keywords(s.contact.tags) or None,
        TIER: policy.tier(s.responsible.team),
        NEXT_DEADLINE: upcoming[0].at if upcoming else None,
        OUTAGE: keyword(s.outages.link.name) if s.outages.link is not None else None,
    }


def state(
    conversation: Conversation,
    pinned: PinnedPolicy | None,
    waiting: Sequence[AnyEffect],
    lateness: Lateness,
    aside: AsideList,
) -> dict[str, Any]:
    """Return the answer to `state`: the situation, policy, waiting effects, and how late earlier effects were."""
    shown = _without_timeline(conversation.situation)
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
        return situation.sla.state
    except Exception:
        return ""


def _without_timeline(situation: Situation) -> dict[str, Any]:
    """Return the situation as JSON. The timeline is left out because it is large, and shown elsewhere."""
    shown: dict[str, Any] = _SITUATION.dump_python(situation.changed(ToldSoFar, timeline=()), mode="json")
    del shown["timeline"]
    return shown


def standing(conversation: Conversation, pinned: PinnedPolicy | None) -> dict[str, Any]:
    """Return what the ledger remembers beside its lines, should this run be lost: see `policies.importing`."""
    known = _without_timeline(conversation.situation)
    if pinned is None:
        return {**known, "policy": ""}
    calls = (
        run.ladder
        for run in conversation.situation.on_call.runs
        if run.can_go_on or conversation.situation.on_call.incident
    )
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
        "subject": s.contact.subject,
        "channel": s.contact.channel,
        "customer": s.contact.customer.model_dump(mode="json", exclude_unset=True),
        "page": s.contact.web_page,
        "attributes": dict(s.contact.attributes),
        "team": policy.team_name(s.responsible.team) if policy else s.responsible.team,
        "assignee": s.responsible.assignee,
        "priority": s.contact.priority,
        "tags": list(s.contact.tags),
        "reason": s.responsible.reason,
        "clocks": [clock_row(clock) for clock in s.sla.clocks],
        "path": [
            {"team": stint.team, "since": _text(stint.since), "because": stint.because} for stint in s.responsible.path
        ],
        "briefing": briefing.text(s, policy) if policy else "",
        "summary": list(summary(s, policy, s.at)) if policy else [],
        **(briefing.parts(s, policy) if policy else {key: [] for key in briefing.PARTS}),
        "style": style(s, policy) if policy else "",
        "stage": s.handoffs.latest.state if s.handoffs.latest else "",
        "last_words": [
            {"at": _text(said.at), "author": said.author, "author_id": said.author_id, "text": said.text}
            | ({"automatic": True} if said.automatic else {})
            for said in s.told.recent
        ],
    }
    return object_that_fits(answer)


def policy(pinned: PinnedPolicy | None, life: str) -> dict[str, Any]:
    """Return the answer to `policy`, from which a client can tell what another policy would change."""
    if pinned is None:
        return {"name": "", "digest": "", "document": {}, "life": life}
    found = {"name": pinned.name, "digest": pinned.digest, "document": pinned.document, "life": life}
    return policy_that_fits(found)


_THAT_FOLLOWS = ("clock_", "rule_", "not_replied")
"""The beginnings of the kinds of lines that say what followed from something: from a command, for example."""


def outcome(conversation: Conversation, policy: Policy | None) -> dict[str, Any]:
    """Return what the caller of a command is told, and what a closed conversation has as its result."""
    s = conversation.situation
    told = (entry.text for entry in reversed(s.told.timeline) if not entry.kind.startswith(_THAT_FOLLOWS))
    return {
        "conversation_id": s.conversation_id,
        "status": s.lifecycle.shown_status,
        "team": s.responsible.team,
        "team_name": policy.team_name(s.responsible.team) if policy else s.responsible.team,
        "assignee": s.responsible.assignee,
        "sla_state": s.sla.state,
        "because": next(told, ""),
    }


def memo(conversation: Conversation, pinned: PinnedPolicy, aside: AsideList) -> dict[str, Any]:
    """Return the memo, which anyone can read without a worker. By it the audit finds runs with something set aside."""
    s = conversation.situation
    shown: dict[str, Any] = {"opened_at": _text(s.opened_at), "policy": pinned.name, "messages": s.told.messages}
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
