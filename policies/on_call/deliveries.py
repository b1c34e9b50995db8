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
    page = turn.situation.on_call.run_of(called)
    if page is None or _is_ahead(page, called):
        # Where it was delivered in the same instant, that news is known already and says more.
        return None if early_news(turn.situation, step_id) else _remember(turn, step_id, News.TRIED.value)
    is_at_it = page.step_id == step_id and isinstance(page.state, CallingRun)
    if is_at_it and page.next_at is None and (step := step_of(turn.policy, page)) is not None:
        turn.change(Calling, runs=turn.situation.on_call.with_run(replace(page, next_at=turn.at + step.wait)))
    return None


def delivered(turn: Turn, step_id: str, reached: tuple[str, ...] = ()) -> None:
    """Record that a message has arrived. Its receivers have the rest of the step's wait to acknowledge."""
    called = turn.situation.on_call.step(step_id)
    page = turn.situation.on_call.run_of(called)
    to = f" to {', '.join(reached)}" if reached else ""
    if page is None or _is_ahead(page, called):
        return _remember(turn, step_id, News.DELIVERED.value)
    match page.state:
        case AcknowledgedRun() | StoodDownRun() | ExhaustedRun() as ended:
            _show_how_it_ended(turn, page, ended)
        case IncidentRun():
            _delivered_in_an_incident(turn, page, called, to)
        case RepeatingRun():
            _go_on_from(turn, page, called, reached)
        case CallingRun() if page.step_id == step_id:
            _delivered_in_time(turn, page, to, reached)
        case CallingRun():
            turn.change(Calling, runs=turn.situation.on_call.with_run(replace(page, has_reached=True)))
            text = f"{page.escalation} step {called.step} delivered{to}, after the ladder had gone on"
            turn.record("step_delivered", text)
        case _:
            assert_never(page.state)
    return None


def failed(turn: Turn, step_id: str, why: str) -> None:
    """Go on at once where the outside system refused a message for good; tell the lead, who may know what to mend."""
    called = turn.situation.on_call.step(step_id)
    page = turn.situation.on_call.run_of(called)
    if page is None or _is_ahead(page, called):
        return _remember(turn, step_id, why)
    if not isinstance(page.state, CallingRun | IncidentRun) or page.step_id != step_id:
        return None
    text = f"{page.escalation} step {page.step} could not be reached: {why}"
    turn.record("step_unreachable", text)
    step = step_of(turn.policy, page)
    tell_lead(turn, page, f"Step {page.step} of {page.escalation} could not be reached", why, but=step and step.target)
    if page.incident:
        return None
    if page.is_put_off(is_paused=turn.situation.lifecycle.is_paused):
        turn.change(Calling, runs=turn.situation.on_call.with_run(replace(page, next_at=turn.at)))
        return None
    return ladder.go_on(turn, page)


def withdrawn(turn: Turn, step_id: str, *, may_be_folded: bool) -> None:
    """Note that a message was taken back before it arrived. Where a late fact shows that it is needed, call again."""
    called = turn.situation.on_call.step(step_id)
    page = turn.situation.on_call.run_of(called)
    if may_be_folded:
        turn.ask(LeaveIncident, "its call was taken back", incident="", page=called.run, why="its call was taken back")
    if page is None or _is_ahead(page, called):
        _remember(turn, step_id, News.HELD_BACK.value)
    elif isinstance(page.state, CallingRun) and page.step_id == step_id:
        ladder.again(turn, page)


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
    page = situation.on_call.run_of(called)
    if page is None or is_called_anew(page, called):
        return False
    match page.state:
        case AcknowledgedRun() | StoodDownRun():
            return False
        case ExhaustedRun():
            return _is_still_needed(page, situation)
        case CallingRun() | RepeatingRun() | IncidentRun():
            return not page.stood_down  # remains set where a run of a growing incident begins again
        case _:
            assert_never(page.state)


def _is_still_needed(page: OnCallRun, situation: Situation) -> bool:
    """True where a message may still arrive after all calls were in vain: its receiver may be the one who comes."""
    is_answered = situation.waiting.answered_at is not None and situation.waiting.answered_at >= page.started_at
    return not (is_answered or situation.lifecycle.is_resolved or situation.on_call.drill)


def _delivered_in_time(turn: Turn, page: OnCallRun, to: str, reached: tuple[str, ...]) -> None:
    # Slack may have refused some of them; where `reached` is empty, all were reached.
    called = tuple(name for name in page.called if name in reached) or page.called
    is_enough = called != page.called and set(called) <= set(page.acknowledged)
    step = step_of(turn.policy, page)
    if step is None:
        return ladder.go_on(turn, replace(page, has_reached=True))
    page = replace(
        page, called=called, is_delivered=True, has_reached=True, next_at=page.next_at or turn.at + step.wait
    )
    turn.change(Calling, runs=turn.situation.on_call.with_run(page))
    following = f", next {turn.policy.local_time(page.next_at)}" if page.next_at else ""
    turn.record("step_delivered", f"{page.escalation} step {page.step} delivered{to}{following}")
    return ladder.acknowledge_page(turn, page, page.acknowledged[-1]) if is_enough else None


def _delivered_in_an_incident(turn: Turn, page: OnCallRun, called: StepId, to: str) -> None:
    """Show on a message that was on its way when the incident began that the incident calls for it now."""
    heard = replace(page, is_silent=False, has_reached=True)
    turn.change(Calling, runs=turn.situation.on_call.with_run(heard))
    turn.record("step_delivered", f"{page.escalation} step {called.step} delivered{to}, while {page.incident} calls")
    update(turn, heard, "folded", f"part of incident {page.incident}")


def _go_on_from(turn: Turn, page: OnCallRun, on: StepId, reached: tuple[str, ...]) -> None:
    """Begin the wait of a step whose message has arrived after all, though all steps had been tried in vain."""
    page = replace(page, round=on.round, step=on.step, resumed=page.resumed + 1, begins_again=False)
    step = step_of(turn.policy, page)
    if step is None:
        return ladder.go_on(turn, page)
    called = reached if step.everyone else ()
    next_at = turn.at + step.wait
    page = replace(page, next_at=next_at, called=called, is_delivered=True, has_reached=True)
    turn.change(Calling, runs=turn.situation.on_call.with_run(page))
    to = f" to {', '.join(reached)}" if reached else ""
    text = f"{page.escalation} step {on.step} delivered{to} after all, next {turn.policy.local_time(next_at)}"
    return turn.record("step_delivered", text)


def _show_how_it_ended(turn: Turn, page: OnCallRun, ended: EndedRun) -> None:
    """Show how the call ended on a message that came later: its buttons are of no use any more."""
    page = replace(page, is_silent=False)
    match ended:
        case StoodDownRun():
            update(turn, page, "stood_down", ended.because)
        case AcknowledgedRun():
            call_leases.show(turn, page)
        case ExhaustedRun():
            update(turn, page, "exhausted", ended.why)
        case _:
            assert_never(ended)


def _is_ahead(page: OnCallRun, called: StepId) -> bool:
    """True where the run does not seem to have come to that step yet: clocks differ, and facts come late.

    A run that has ended comes to no later step of the same try.
    """
    if page.ended:
        return called.resumed > page.resumed
    return called.position > page.at_step.position


def _remember(turn: Turn, step_id: str, news: str) -> None:
    """Keep news of a call that a late fact may have moved to after its own delivery: the call is not made again."""
    turn.change(Calling, early=(*turn.situation.on_call.early[1 - _KEPT_EARLY :], (step_id, news)))
