"""The facts that a conversation gets about its own effects, such as: a person was called, an assignment failed.

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
    Notify,
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


@dataclass(frozen=True, slots=True)
class EffectOutcome:
    """The outcome of an effect: sent on its way, confirmed, failed for good, or taken back."""

    kind: Literal["tried", "done", "failed", "withdrawn"]
    effect: AnyEffect
    at: datetime
    accepted: Accepted | None = None
    why: str = ""

    @property
    def id(self) -> str:
        """The outcome's id. Each kind of outcome comes once for an effect, so the id is unique."""
        return f"{self.effect.key}/{self.kind}"


OUTCOME = TypeAdapter(EffectOutcome)


def of_calls(effects: Iterable[AnyEffect], now: datetime) -> list[EffectOutcome]:
    """Return an outcome for each call to people among these effects: its step's wait begins now."""
    return [EffectOutcome("tried", effect, now) for effect in effects if isinstance(effect, Notify) and effect.page]


def fact_of(outcome: EffectOutcome) -> Fact | None:
    """Return the fact that the conversation gets from an outcome; None where nothing waits for it."""
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
    """Return the fact about a confirmed effect; None where nothing waits for it."""
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
    """Return the fact that an effect was refused for good, or that its time is up. Its texts may be too long."""
    return EffectFailed(
        event_id=f"{effect.key}/failed",
        occurred_at=now,
        source="baton",
        effect=effect.kind,
        key=effect.key,
        target=effect.about,
        page=effect.page if isinstance(effect, Notify) else "",
        why=why,
    )


def _tried(effect: AnyEffect, now: datetime) -> StepTried | None:
    """Return the fact that a call to people was sent on its way: the wait of its step begins then."""
    if not isinstance(effect, Notify) or not effect.page:
        return None
    return StepTried(event_id=f"{effect.key}/tried", occurred_at=now, source="baton", page=effect.page)


def _withdrawn(effect: AnyEffect, now: datetime) -> StepWithdrawn | None:
    """Return the fact that a call to people was taken back, as it was not needed any more. None for other effects."""
    if not isinstance(effect, Notify) or not effect.page:
        return None
    happened: dict[str, Any] = {"occurred_at": now, "source": "baton"}
    return StepWithdrawn(
        event_id=f"{effect.key}/withdrawn", page=effect.page, may_be_folded=effect.storm is not None, **happened
    )
