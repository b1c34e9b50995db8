"""Corrections: a late fact shows that effects already issued should not have been, and they are put right.

Promises that nothing is taken back silently: each retracted effect, and the fact that caused it, is noted; people who
were called stand down; tags, priority, status and responsibility go back. Must not know how the facts were judged.
"""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from policies import rules
from policies.queues import queueing
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.conversation import Decision
from policies.state.effects import (
    AddInternalNote,
    AnyEffect,
    Notify,
    SetAgain,
    StandDown,
    TellQueue,
    Undoing,
    UpdateNotification,
)
from policies.state.events import Fact, Folded
from policies.state.keys import Cause
from policies.state.limits import LINE_LIMIT, REMARKS_LIMIT
from policies.state.records.told import Entry
from policies.state.step_id import StepId
from policies.text.cutting import cut


def correct(
    decision: Decision, retracted: tuple[AnyEffect, ...], late: tuple[Fact, ...], now: datetime, policy: Policy
) -> Decision:
    """Return the decision with effects that undo the retracted ones, in the name of the earliest late fact.

    Corrections depend on the order of arrival, so they change no situation and are not remembered as issued.
    """
    situation = decision.conversation.situation
    silent = {fact.page for fact in decision.conversation.tail if isinstance(fact, Folded)}
    wrong = tuple(effect for effect in retracted if _was_heard(effect, silent) or not effect.holds_in(situation))
    if not wrong:
        return decision
    because = _why(late, policy)
    turn = Turn(situation, policy, now, Cause(f"{late[0].event_id}/correction"), listen=rules.fire)
    _show_that_calls_ended(turn, wrong, because)
    _undo(turn, wrong, decision.effects, because)
    told = sorted({effect.because for effect in wrong if effect.audience != "queues"})
    if not told:  # only queues heard otherwise: no note for people
        return replace(decision, effects=(*decision.effects, *turn.effects))
    text = cut(f"Retracted: {'; '.join(told)}", LINE_LIMIT) + f". Why: {because}"
    turn.ask(AddInternalNote, because, body=text)
    return _with(decision, tuple(turn.effects), Entry(now, "retracted", text))


def _why(late: tuple[Fact, ...], policy: Policy) -> str:
    first, others = late[0], len(late) - 1
    which = f"a {first.kind.replace('_', ' ')} of {policy.local_time(first.occurred_at, seconds=True)}"
    with_it = f" and {others} {'event' if others == 1 else 'events'} after it" if others else ""
    return f"{which}{with_it} arrived late"


def _was_heard(effect: AnyEffect, silent: set[str]) -> bool:
    """True where readers have to be told that the effect was wrong; an incident's `silent` calls reached no person."""
    return effect.was_told and not (isinstance(effect, Notify) and effect.page in silent)


def _show_that_calls_ended(turn: Turn, wrong: tuple[AnyEffect, ...], because: str) -> None:
    going_on = {run.id for run in turn.situation.on_call.running}
    runs = {StepId.of(effect.page).run for effect in wrong if isinstance(effect, Notify) and effect.page}
    for run in sorted(runs - going_on):
        turn.ask(UpdateNotification, because, page=run, outcome="stood_down", text=because)


def _undo(turn: Turn, wrong: tuple[AnyEffect, ...], asked: tuple[AnyEffect, ...], because: str) -> None:
    """Undo each thing once, however often it was done; a value that is on its way anyway is not set again.

    Internal notes stay readable, with the correction below them.
    """
    undone: dict[Undoing, list[AnyEffect]] = {}
    for effect in wrong:
        if undoing := effect.undone_in(turn.situation, turn.policy):
            undone.setdefault(undoing, []).append(effect)
    on_their_way = {effect.undone_in(turn.situation, turn.policy) for effect in asked}
    for undoing in sorted(undone, key=lambda each: each.order):
        match undoing:
            case StandDown():
                calls = [effect for effect in undone[undoing] if isinstance(effect, Notify)]
                _stand_down(turn, undoing.target, calls, because)
            case SetAgain() if undoing not in on_their_way:
                turn.ask(undoing.effect, because, **undoing.fields)
            case TellQueue() if undoing not in on_their_way:
                queueing.tell_anew(turn, undoing.team)
            case SetAgain() | TellQueue():
                pass
            case _:
                assert_never(undoing)


def _stand_down(turn: Turn, target: str, calls: list[Notify], because: str) -> None:
    """Tell a target that was called once to stand down, however often it was called."""
    headlines = list(dict.fromkeys(call.headline for call in calls))
    turn.ask(
        Notify,
        because,
        target=target,
        headline=f"Stand down: {headlines[0]}",
        facts=tuple(("Retracted", headline) for headline in headlines),
        people=calls[-1].people,
        policy=calls[-1].policy,
        rotation=calls[-1].rotation,
    )


def _with(decision: Decision, effects: tuple[AnyEffect, ...], remark: Entry) -> Decision:
    remarks = (*decision.conversation.remarks, remark)[-REMARKS_LIMIT:]
    return replace(
        decision,
        conversation=replace(decision.conversation, remarks=remarks),
        effects=(*decision.effects, *effects),
        because=(*decision.because, remark),
    )
