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
    FindEntry,
    GatherContext,
    Notify,
    RecallChoices,
    SendReply,
)
from policies.state.entry_kind import EntryKind
from policies.state.events import (
    AssignmentConfirmed,
    ChoicesRecalled,
    ContextGathered,
    EffectFailed,
    EntryFound,
    Fact,
    Folded,
    IncidentAnswered,
    ReplyNotSent,
    StepDelivered,
    StepTried,
    StepWithdrawn,
)
from policies.state.limits import LINE_LIMIT
from policies.state.records.told import Entry
from policies.text.cutting import cut


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


def told_by(effect: AnyEffect, accepted: Accepted) -> Entry | None:
    """Return the timeline's line about the words that an accepted effect brought; None where it brought none.

    A call that became part of an incident told no person: the incident does.
    """
    told = effect.told
    if told is None or accepted.folded:
        return None
    words = f"“{' · '.join(line for line in told.text.splitlines() if line.strip())}”"
    at = accepted.accepted_at
    match told.to:
        case "agents":
            return Entry(at, "note_sent", cut(f"Internal note: {words}", LINE_LIMIT))
        case "customer":
            choices = f", with the choices {', '.join(told.choices)}" if told.choices else ""
            return Entry(at, "reply_sent", cut(f"Reply to the customer: {words}{choices}", LINE_LIMIT))
        case "people":
            is_call = isinstance(effect, Notify) and bool(effect.page)
            kind: EntryKind = "call_sent" if is_call else "notification_sent"
            reached = f" ({', '.join(accepted.reached)})" if accepted.reached else ""
            verb = "Called" if is_call else "Told"
            return Entry(at, kind, cut(f"{verb} {told.target}{reached}: {words}", LINE_LIMIT))
        case _:
            assert_never(told.to)


def fact_of(outcome: EffectOutcome) -> Fact | None:
    """Return the fact that the conversation gets from an outcome; None where nothing waits for it.

    That a call to people was sent on its way begins the wait of its step, and that it was taken back ends it.
    """
    effect = outcome.effect
    step = effect.page if isinstance(effect, Notify) else ""
    happened: dict[str, Any] = {"event_id": outcome.id, "occurred_at": outcome.at, "source": "baton"}
    match outcome.kind:
        case "tried":
            return StepTried(page=step, **happened) if step else None
        case "done":
            assert outcome.accepted is not None
            return _done(effect, outcome.accepted, outcome.at)
        case "failed" if isinstance(effect, RecallChoices):
            return None  # it is as if nothing was remembered
        case "failed":
            failed = {"effect": effect.kind, "key": effect.key, "target": effect.about, "why": outcome.why}
            return limited(EffectFailed(page=step, **failed, **happened))
        case "withdrawn":
            is_folded = isinstance(effect, Notify) and effect.storm is not None
            return StepWithdrawn(page=step, may_be_folded=is_folded, **happened) if step else None
        case _:
            assert_never(outcome.kind)


def _done(effect: AnyEffect, accepted: Accepted, now: datetime) -> Fact | None:
    """Return the fact about a confirmed effect; None where nothing waits for it."""
    happened: dict[str, Any] = {"occurred_at": min(accepted.accepted_at, now), "source": "baton"}
    key = effect.key
    match effect:
        case Notify(page=str(step)) if step and accepted.folded:
            return Folded(event_id=f"{key}/folded", incident=accepted.folded, page=step, **happened)
        case Notify(page=str(step)) if step:
            return StepDelivered(event_id=f"{key}/delivered", reached=accepted.reached, page=step, **happened)
        case AskIncident():
            return IncidentAnswered(event_id=f"{key}/answered", page=effect.page, incident=effect.incident, **happened)
        case FindEntry():
            return EntryFound(event_id=f"{key}/found", team=effect.team, ticket=effect.ticket, **happened)
        case Assign(confirm=True):
            return AssignmentConfirmed(event_id=f"{key}/confirmed", key=key, **happened)
        case SendReply() if accepted.not_sent:
            return ReplyNotSent(event_id=f"{key}/not_sent", rule=effect.rule, why=accepted.not_sent, **happened)
        case RecallChoices():
            recalled = {"customer": effect.customer, **(accepted.choices or {})}
            return ChoicesRecalled(event_id=f"{key}/recalled", **recalled, **happened)
        case GatherContext():
            context = accepted.context or Context()
            return ContextGathered(event_id=f"{key}/gathered", key=key, context=context, **happened)
        case _:
            return None
