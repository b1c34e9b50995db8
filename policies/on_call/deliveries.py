"""Deliveries: the messages by which a ladder calls people, and whether they arrived, failed, or were taken back.

Promises that news of a message may come in any order with everything else: a message that arrives after its call has
ended shows how it ended, and one that moves the ladder nowhere is only recorded. Must not know who is called next
(`ladder`) or how a message travels.
"""

from dataclasses import replace
from typing import assert_never

from policies.on_call import call_leases, ladder
from policies.on_call.calls import News, early_news, is_called_anew, step_of, tell_lead, update
from policies.running.turn import Turn
from policies.state.effects import AnyEffect, LeaveIncident, Notify
from policies.state.records.on_call import Calling, OnCallRun
from policies.state.run_states import (
    AcknowledgedRun,
    CallingRun,
    EndedRun,
    ExhaustedRun,
    IncidentRun,
    RepeatingRun,
    StoodDownRun,
)
from policies.state.situation import Situation
from policies.state.step_id import OfferId, StepId

_KEPT_EARLY = 30


def tried(turn: Turn, step_id: str) -> None:
    """Begin the step's wait: its message was handed over to be sent, whatever becomes of it."""
    called = turn.situation.on_call.step(step_id)
    run = turn.situation.on_call.run_of(called)
    if run is None or _is_ahead(run, called):
        # Where it was delivered in the same instant, that news is known already and says more.
        return None if early_news(turn.situation, step_id) else _remember(turn, step_id, News.TRIED.value)
    is_at_it = run.step_id == step_id and isinstance(run.state, CallingRun)
    if is_at_it and run.next_at is None and (step := step_of(turn.policy, run)) is not None:
        turn.change(Calling, runs=turn.situation.on_call.with_run(replace(run, next_at=turn.at + step.wait)))
    return None


def delivered(turn: Turn, step_id: str, reached: tuple[str, ...] = ()) -> None:
    """Record that a message has arrived. Its receivers have the rest of the step's wait to acknowledge."""
    called = turn.situation.on_call.step(step_id)
    run = turn.situation.on_call.run_of(called)
    to = f" to {', '.join(reached)}" if reached else ""
    if run is None or _is_ahead(run, called):
        return _remember(turn, step_id, News.DELIVERED.value)
    match run.state:
        case AcknowledgedRun() | StoodDownRun() | ExhaustedRun() as ended:
            _show_how_it_ended(turn, run, ended)
        case IncidentRun():
            _delivered_in_an_incident(turn, run, called, to)
        case RepeatingRun():
            _go_on_from(turn, run, called, reached)
        case CallingRun() if run.step_id == step_id:
            _delivered_in_time(turn, run, to, reached)
        case CallingRun():
            turn.change(Calling, runs=turn.situation.on_call.with_run(replace(run, has_reached=True)))
            text = f"{run.escalation} step {called.step} delivered{to}, after the ladder had gone on"
            turn.record("step_delivered", text)
        case _:
            assert_never(run.state)
    return None


def failed(turn: Turn, step_id: str, why: str) -> None:
    """Go on at once where the outside system refused a message for good; tell the lead, who may know what to mend."""
    called = turn.situation.on_call.step(step_id)
    run = turn.situation.on_call.run_of(called)
    if run is None or _is_ahead(run, called):
        return _remember(turn, step_id, why)
    if not isinstance(run.state, CallingRun | IncidentRun) or run.step_id != step_id:
        return None
    text = f"{run.escalation} step {run.step} could not be reached: {why}"
    turn.record("step_unreachable", text)
    step = step_of(turn.policy, run)
    tell_lead(turn, run, f"Step {run.step} of {run.escalation} could not be reached", why, but=step and step.target)
    if run.incident:
        return None
    if run.is_put_off(is_paused=turn.situation.lifecycle.is_paused):
        turn.change(Calling, runs=turn.situation.on_call.with_run(replace(run, next_at=turn.at)))
        return None
    return ladder.go_on(turn, run)


def withdrawn(turn: Turn, step_id: str, *, may_be_folded: bool) -> None:
    """Note that a message was taken back before it arrived. Where a late fact shows that it is needed, call again."""
    called = turn.situation.on_call.step(step_id)
    run = turn.situation.on_call.run_of(called)
    if may_be_folded:
        turn.ask(LeaveIncident, "its call was taken back", incident="", page=called.run, why="its call was taken back")
    if run is None or _is_ahead(run, called):
        _remember(turn, step_id, News.HELD_BACK.value)
    elif isinstance(run.state, CallingRun) and run.step_id == step_id:
        ladder.again(turn, run)


def was_held_back(turn: Turn, step_id: str) -> None:
    """Remember a call that joined an incident and is not known here: if a late fact brings it back, it must be made."""
    _remember(turn, step_id, News.HELD_BACK.value)


def is_wanted(effect: AnyEffect, situation: Situation) -> bool:
    """True where an undelivered effect should still be carried out. A call should not once no person need come."""
    if not isinstance(effect, Notify):
        return True
    if effect.offer:
        place = situation.queue_entry
        return place is not None and place.state == "offered" and effect.offer == str(OfferId(place.team, place.offer))
    if not effect.page:
        return True
    called = situation.on_call.step(effect.page)
    run = situation.on_call.run_of(called)
    if run is None or is_called_anew(run, called):
        return False
    match run.state:
        case AcknowledgedRun() | StoodDownRun():
            return False
        case ExhaustedRun():
            return _is_still_needed(run, situation)
        case CallingRun() | RepeatingRun() | IncidentRun():
            return not run.stood_down  # remains set where a run of a growing incident begins again
        case _:
            assert_never(run.state)


def _is_still_needed(run: OnCallRun, situation: Situation) -> bool:
    """True where a message may still arrive after all calls were in vain: its receiver may be the one who comes."""
    is_answered = situation.waiting.answered_at is not None and situation.waiting.answered_at >= run.started_at
    return not (is_answered or situation.lifecycle.is_resolved or situation.on_call.drill)


def _delivered_in_time(turn: Turn, run: OnCallRun, to: str, reached: tuple[str, ...]) -> None:
    # Slack may have refused some of them; where `reached` is empty, all were reached.
    called = tuple(name for name in run.called if name in reached) or run.called
    is_enough = called != run.called and set(called) <= set(run.acknowledged)
    step = step_of(turn.policy, run)
    if step is None:
        return ladder.go_on(turn, replace(run, has_reached=True))
    run = replace(run, called=called, is_delivered=True, has_reached=True, next_at=run.next_at or turn.at + step.wait)
    turn.change(Calling, runs=turn.situation.on_call.with_run(run))
    following = f", next {turn.policy.local_time(run.next_at)}" if run.next_at else ""
    turn.record("step_delivered", f"{run.escalation} step {run.step} delivered{to}{following}")
    return ladder.acknowledge_run(turn, run, run.acknowledged[-1]) if is_enough else None


def _delivered_in_an_incident(turn: Turn, run: OnCallRun, called: StepId, to: str) -> None:
    """Show on a message that was on its way when the incident began that the incident calls for it now."""
    heard = replace(run, is_silent=False, has_reached=True)
    turn.change(Calling, runs=turn.situation.on_call.with_run(heard))
    turn.record("step_delivered", f"{run.escalation} step {called.step} delivered{to}, while {run.incident} calls")
    update(turn, heard, "folded", f"part of incident {run.incident}")


def _go_on_from(turn: Turn, run: OnCallRun, on: StepId, reached: tuple[str, ...]) -> None:
    """Begin the wait of a step whose message has arrived after all, though all steps had been tried in vain."""
    run = replace(run, round=on.round, step=on.step, resumed=run.resumed + 1, begins_again=False)
    step = step_of(turn.policy, run)
    if step is None:
        return ladder.go_on(turn, run)
    called = reached if step.everyone else ()
    next_at = turn.at + step.wait
    run = replace(run, next_at=next_at, called=called, is_delivered=True, has_reached=True)
    turn.change(Calling, runs=turn.situation.on_call.with_run(run))
    to = f" to {', '.join(reached)}" if reached else ""
    text = f"{run.escalation} step {on.step} delivered{to} after all, next {turn.policy.local_time(next_at)}"
    return turn.record("step_delivered", text)


def _show_how_it_ended(turn: Turn, run: OnCallRun, ended: EndedRun) -> None:
    """Show how the call ended on a message that came later: its buttons are of no use any more."""
    run = replace(run, is_silent=False)
    match ended:
        case StoodDownRun():
            update(turn, run, "stood_down", ended.because)
        case AcknowledgedRun():
            call_leases.show(turn, run)
        case ExhaustedRun():
            update(turn, run, "exhausted", ended.why)
        case _:
            assert_never(ended)


def _is_ahead(run: OnCallRun, called: StepId) -> bool:
    """True where the run does not seem to have come to that step yet: clocks differ, and facts come late.

    A run that has ended comes to no later step of the same try.
    """
    if run.ended:
        return called.resumed > run.resumed
    return called.position > run.at_step.position


def _remember(turn: Turn, step_id: str, news: str) -> None:
    """Keep news of a call that a late fact may have moved to after its own delivery: the call is not made again."""
    turn.change(Calling, early=(*turn.situation.on_call.early[1 - _KEPT_EARLY :], (step_id, news)))
