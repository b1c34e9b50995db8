"""The one place for a conversation's metrics, log lines and ledger entries.

Promises to be safe on replay: meters and loggers are the workflow's own. Must not change anything.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow

from activities.effects.accepted import Accepted
from policies.state.conversation import Decision
from policies.state.effects import AnyEffect
from policies.state.events import EventRejected, Fact
from policies.state.records.told import Entry
from policies.state.situation import Situation
from workflows.conversations.lateness import milliseconds
from workflows.conversations.lines import lines_of
from workflows.outgoing.journal import Journal

LedgerLine = tuple[Entry, dict[str, Any]]
Recorded = tuple[LedgerLine, str]
"""A line, and the id of the event from outside that the line is about."""


def recorded(decision: Decision, facts: Sequence[Fact], now: datetime, *, before: Situation) -> list[Recorded]:
    """Return the ledger lines of a decision on these facts, or on a deadline that came. Changes nothing."""
    return with_ids(lines_of(decision, facts, before), facts, now)


def plainly(decision: Decision) -> list[Recorded]:
    """Return the decision's reasons alone: what the ledger gets where `recorded` raises."""
    return [((entry, {}), "") for entry in decision.because]


def decided(
    journal: Journal, log: Any, decision: Decision, facts: Sequence[Fact], now: datetime, lines: Sequence[Recorded]
) -> None:
    """Count, log and record a decision on these facts, or on a deadline that came."""
    situation = decision.conversation.situation
    for fact in facts:
        _count_fact(fact, now)
    for (entry, body), event_id in lines:
        if entry.kind == "rule_fired":
            _count("baton_decisions", {"rule": entry.rule})
        note(journal, entry, now, team=_team_at(situation, entry.at), body=body, event_id=event_id)
    if decision.because:
        log.info(
            f"conversation.{decision.because[0].kind.removeprefix('conversation_')}",
            conversation_id=situation.conversation_id,
            because=[entry.kind for entry in decision.because],
            rules=[entry.rule for entry in decision.because if entry.kind == "rule_fired"],
            effects=[effect.kind for effect in decision.effects],
        )


def with_ids(lines: Sequence[LedgerLine], facts: Sequence[Fact], now: datetime) -> list[Recorded]:
    """Return each line with the id of an event from outside, each id once. An event without a line gets a line.

    If an event's id were on no line, the event would count as new when it comes again after the conversation has
    closed.
    """
    outside = {fact.event_id: fact for fact in facts if fact.source != "baton"}
    own = [str(body.get("event_id") or "") for _, body in lines]
    placed = frozenset(own)
    left = [event_id for event_id in outside if event_id not in placed]
    at: dict[datetime, list[int]] = defaultdict(list)
    for place, (entry, _) in enumerate(lines):
        at[entry.at] += [] if own[place] else [place]
    for event_id in left:  # a line of the event's own instant comes first; a deadline may have added lines before it
        if places := at[outside[event_id].occurred_at]:
            own[places.pop(0)] = event_id
    placed = frozenset(own)
    left = [event_id for event_id in left if event_id not in placed]
    free = [place for place, event_id in enumerate(own) if not event_id]
    for event_id, place in zip(left, free, strict=False):
        own[place] = event_id
    return [*zip(lines, own, strict=True), *(_nothing_came(outside[event_id], now) for event_id in left[len(free) :])]


def _nothing_came(fact: Fact, now: datetime) -> Recorded:
    text = f"Taken in, and nothing came of it: {fact.kind.replace('_', ' ')}"
    return (Entry(now, "taken_in", text), {}), fact.event_id


def duplicate(log: Any, fact: Fact, conversation_id: str) -> None:
    """Count and log a fact that was taken in before."""
    _count("baton_duplicates", {"kind": fact.kind})
    log.info("conversation.duplicate_dropped", conversation_id=conversation_id, event_id=fact.event_id)


def note(
    journal: Journal, entry: Entry, now: datetime, *, team: str, body: dict[str, Any] | None = None, event_id: str = ""
) -> None:
    """Put a line of the timeline into the ledger. `event_id` names the event from outside that the line is about."""
    journal.note(
        now=now,
        occurred_at=entry.at,
        kind=entry.kind,
        because=entry.text,
        rule=entry.rule,
        clock=entry.clock,
        team=team,
        body={**(body or {}), "facts": entry.facts} if entry.facts else body or {},
        event_id=event_id,
    )


def _team_at(situation: Situation, at: datetime) -> str:
    """Return the team that was responsible at that time: facts that come together may span several teams."""
    stints = (stint.team for stint in reversed(situation.responsible.path) if stint.since <= at)
    return next(stints, situation.responsible.team)


def _count_fact(fact: Fact, now: datetime) -> None:
    if isinstance(fact, EventRejected):
        _count("baton_rejected_events", {"name": fact.name if len(fact.name) < 40 else "long name"})
    lag = max(now - fact.occurred_at, timedelta(0))
    _meter().create_histogram_timedelta(
        "baton_delivery_lag", "From what happened to its being taken in", unit="duration"
    ).record(lag, {"kind": fact.kind})


def accepted(journal: Journal, effect: AnyEffect, confirmed: Accepted, now: datetime, *, edition: int) -> None:
    """Record when the outside system confirmed an effect, and how late that was; since edition 3 also its words."""
    lateness, news = confirmed.accepted_at - effect.late_after, effect.late_after - effect.due_at
    late_news = {"news_ms": milliseconds(news)} if news and edition >= 3 else {}
    _meter().create_histogram_timedelta(
        "baton_lateness", "From the later of due and known to the outside system's confirmation", unit="duration"
    ).record(max(lateness, timedelta(0)), {"effect": effect.kind})
    journal.note(
        now=now,
        occurred_at=confirmed.accepted_at,
        kind="effect_accepted",
        because=effect.because,
        due_at=effect.due_at,
        accepted_at=confirmed.accepted_at,
        lateness_ms=milliseconds(lateness),
        effect_key=effect.key,
        body={
            "effect": effect.kind,
            "ref": confirmed.ref,
            "repeated": confirmed.repeated,
            **late_news,
            **(_told(effect, confirmed) if edition >= 3 else {}),
        },
    )


def _told(effect: AnyEffect, confirmed: Accepted) -> dict[str, Any]:
    """Return the words that an effect brought to its readers, for the transcript; empty where it brought none."""
    told = effect.told
    if told is None or confirmed.folded:
        return {}
    about = {"to": told.to, "target": told.target, "choices": list(told.choices)}
    return {"told": about, "text": told.text}


def failed(log: Any, effect: AnyEffect, why: str) -> None:
    """Count and log an effect that will not happen. The decision that follows is recorded like any other."""
    _count("baton_failed_effects", {"effect": effect.kind})
    log.warning("effect.failed", conversation_id=effect.conversation_id, key=effect.key, effect=effect.kind, reason=why)


def _count(name: str, attributes: dict[str, str | int | float | bool]) -> None:
    _meter().create_counter(name).add(1, attributes)


def _meter() -> Any:
    return workflow.metric_meter()
