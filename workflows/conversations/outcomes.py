"""What a conversation hears of what it had done: somebody was reached, or is the assignee; it was refused for good.

Promises one fact for each outcome that something waits for, with an id made of the effect's key, and that an outcome is
plain JSON, so that it can be kept where its fact can't be made. Must not know what follows from it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, assert_never

from pydantic import TypeAdapter

from activities.effects.accepted import Accepted
from policies.running.limited import limited
from policies.state.context import Context
from policies.state.effects import (
    AnyEffect,
    AskIncident,
    Assign,
    FindPlace,
    GatherContext,
    LeaveIncident,
    Notify,
    TellConversation,
)
from policies.state.events import (
    AssignmentConfirmed,
    ContextGathered,
    EffectFailed,
    Fact,
    Folded,
    IncidentAnswered,
    PlaceFound,
    StepDelivered,
    StepTried,
    StepWithdrawn,
)
from workflows.outgoing.performing import named


@dataclass(frozen=True, slots=True)
class EffectOutcome:
    """What became of an effect: handed over, accepted, refused for good or taken back."""

    kind: Literal["tried", "done", "failed", "withdrawn"]
    effect: AnyEffect
    at: datetime
    accepted: Accepted | None = None
    why: str = ""

    @property
    def id(self) -> str:
        """Of one effect each kind comes once."""
        return f"{self.effect.key}/{self.kind}"


OUTCOME = TypeAdapter(EffectOutcome)


def of_calls(effects: Iterable[AnyEffect], now: datetime) -> list[EffectOutcome]:
    """The calls to people among these effects are handed over now."""
    return [EffectOutcome("tried", effect, now) for effect in effects if isinstance(effect, Notify) and effect.page]


def fact_of(outcome: EffectOutcome) -> Fact | None:
    """What the conversation hears; None where nothing waits to hear it."""
    match outcome.kind:
        case "tried":
            return _tried(outcome.effect, outcome.at)
        case "done":
            assert outcome.accepted is not None
            return _done(outcome.effect, outcome.accepted, outcome.at)
        case "failed":
            return limited(_failed(outcome.effect, outcome.why, outcome.at))
        case "withdrawn":
            return _withdrawn(outcome.effect, outcome.at)
        case _:
            assert_never(outcome.kind)


def _done(effect: AnyEffect, accepted: Accepted, now: datetime) -> Fact | None:
    """What came of it; None where nothing waits to hear it."""
    happened: dict[str, Any] = {"occurred_at": min(accepted.accepted_at, now), "source": "baton"}
    key = effect.key
    match effect:
        case Notify(page=str(page)) if page and accepted.folded:
            return Folded(event_id=f"{key}/folded", incident=accepted.folded, page=page, **happened)
        case Notify(page=str(page)) if page:
            return StepDelivered(event_id=f"{key}/delivered", reached=accepted.reached, page=page, **happened)
        case AskIncident():
            return IncidentAnswered(event_id=f"{key}/answered", page=effect.page, incident=effect.incident, **happened)
        case FindPlace():
            return PlaceFound(event_id=f"{key}/found", team=effect.team, ticket=effect.ticket, **happened)
        case Assign(confirm=True):
            return AssignmentConfirmed(event_id=f"{key}/confirmed", key=key, **happened)
        case GatherContext():
            context = accepted.context or Context()
            return ContextGathered(event_id=f"{key}/gathered", key=key, context=context, **happened)
        case _:
            return None


def _failed(effect: AnyEffect, why: str, now: datetime) -> EffectFailed:
    """It was refused for good, or its time is up. Its texts may be too long."""
    return EffectFailed(
        event_id=f"{effect.key}/failed",
        occurred_at=now,
        source="baton",
        effect=effect.kind,
        key=effect.key,
        target=_target(effect),
        page=effect.page if isinstance(effect, Notify) else "",
        why=why,
    )


def _tried(effect: AnyEffect, now: datetime) -> StepTried | None:
    """A call to people was handed over, from which on its step's wait runs."""
    if not isinstance(effect, Notify) or not effect.page:
        return None
    return StepTried(event_id=f"{effect.key}/tried", occurred_at=now, source="baton", page=effect.page)


def _withdrawn(effect: AnyEffect, now: datetime) -> StepWithdrawn | None:
    """It was not needed any more; None where nothing waits to hear it."""
    if not isinstance(effect, Notify) or not effect.page:
        return None
    happened: dict[str, Any] = {"occurred_at": now, "source": "baton"}
    return StepWithdrawn(
        event_id=f"{effect.key}/withdrawn", page=effect.page, may_be_folded=effect.storm is not None, **happened
    )


def _target(effect: AnyEffect) -> str:
    """Whom or what it was about, where the kind of the effect does not say it."""
    match effect:
        case Notify():
            return named(effect.target)
        case Assign() | FindPlace():
            return effect.team
        case AskIncident() | LeaveIncident():
            return effect.incident
        case TellConversation():
            return effect.to
        case _:
            return ""
