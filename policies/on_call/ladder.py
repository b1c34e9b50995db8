"""On-call ladders: one step after another until a person acknowledges, or the lead knows that no person did.

Promises that one escalation runs at most once at a time in a conversation; that a step takes its wait and no more,
whatever becomes of its message; that a ladder that reached no person begins again; that a person who acknowledged and
forgot costs the customer no more than the lease; that a step that can reach no person takes no time; and that no
further people are called while there is nothing to do. Must not know Slack, or what becomes of a message
(`deliveries`).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from policies.on_call import call_leases, withholding
from policies.on_call.calls import (
    News,
    called,
    early_news,
    escalation_of,
    notify,
    reach_or_say,
    resumed,
    step_after,
    step_number,
    step_of,
    storm_of,
    subject_of,
    tell_lead,
    update,
    with_latest_call,
)
from policies.on_call.reaching import Reach, named, reach
from policies.running.facts import StepFacts
from policies.running.turn import Turn, by
from policies.state.keys import Cause
from policies.state.records.on_call import Calling, OnCallRun
from policies.state.records.outages.known import WithheldCall

_KEPT_RUNS = 10
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=15), timedelta(hours=1)
"""A ladder that reached no person begins again after 15 minutes, then after 30, then every hour."""


def alert(turn: Turn, headline: str, because: str, *, rule: str = "") -> None:
    """Tell the policy's `alert` target of trouble, where it names one."""
    if target := turn.policy.document.alert:
        tell(turn, target, headline, because, rule=rule, is_alert=True)


def tell(
    turn: Turn,
    target: str,
    headline: str,
    because: str,
    *,
    rule: str = "",
    reason: str = "",
    is_alert: bool = False,
) -> None:
    """Tell a Slack target once, or start the ladder where `target` names an escalation."""
    if turn.is_before_import:
        return turn.record(
            "step_passed_over", f"{target} not told, it was due before the import: {headline}", rule=rule
        )
    wanted = WithheldCall(rule=rule, target=target, headline=headline, because=because, reason=reason)
    if not is_alert and withholding.withholds(turn, wanted):
        return None
    if target not in turn.policy.document.escalations:
        if found := reach_or_say(turn, target, headline, rule=rule):
            notify(turn, found, headline, because, is_alert=is_alert)
        return None
    runs = turn.situation.on_call.runs
    if any(run.ladder == target for run in turn.situation.on_call.running):
        return turn.record("already_paging", f"{target} is already being called: {headline}", rule=rule)
    if rule and (has_it := call_leases.who_has_it(turn, target, because)):
        text = f"{target} was called for this, and already acknowledged by {has_it}: {headline}"
        return turn.record("already_acknowledged", text, rule=rule)
    generation = 1 + max((run.generation for run in runs if run.escalation == target), default=0)
    # The latest run of every escalation is kept: its number must not come twice.
    kept = [run for run in runs[: 1 - _KEPT_RUNS] if not run.ended or run.id in _latest_runs(runs)]
    turn.change(Calling, runs=(*kept, *runs[1 - _KEPT_RUNS :]))
    run = OnCallRun(
        target, generation, because, headline, turn.at, rule=rule, despite_pause=turn.situation.lifecycle.is_paused
    )
    called(turn, run, reason)
    return _try(turn, run)


def go_on(turn: Turn, run: OnCallRun) -> None:
    """Go to the next step, the next round, or the end: no acknowledgement in time, or the step could not be reached."""
    escalation = escalation_of(turn.policy, run)
    if escalation is None:
        _is_gone(turn, run)
    elif (following := step_after(run, escalation)) is None:
        _came_to_its_end(turn, run)
    else:
        _try(turn, following)


def reach_deadline(turn: Turn, run: OnCallRun) -> None:
    """End the wait of a step, or the lease of the person who acknowledged."""
    if run.lease_until is not None:
        return _lease_over(turn, run)
    # A deadline is reached later than it was due only where it was put off.
    if run.next_at is not None and run.next_at < turn.at:
        turn.record("resumed", f"{run.escalation} goes on: neither on hold nor with the customer any more")
    if run.begins_again:
        return _begin_after_pause(turn, run)
    if run.step and not run.is_delivered:
        text = f"{run.escalation} step {run.step} was not delivered within its wait: the ladder goes on"
        turn.record("step_not_delivered", text)
    return go_on(turn, run)


def _begin_after_pause(turn: Turn, run: OnCallRun) -> None:
    """Call the first step once more: no step reached a person before."""
    turn.record("resumed", f"{run.escalation} begins again, because nobody could be reached before")
    first = replace(run, round=1, step=1, acknowledged=(), begins_again=False, resumed=run.resumed + 1)
    return _try(turn, first)


def _lease_over(turn: Turn, run: OnCallRun) -> None:
    run = replace(run, lease_until=None)
    still_waits = f"{run.acknowledged_by} acknowledged, but the customer still waits"
    if (other := call_leases.other_run(turn, run)) is not None:
        return call_leases.leave_to(turn, run, other, still_waits)
    text = f"{still_waits}: {run.escalation} goes on"
    turn.record("lease_over", text)
    update(turn, run, "resumed", text)
    return _try(turn, resumed(run))


def acknowledge(turn: Turn, who: str, step: str = "") -> bool:
    """Stop the ladders that called a person who now has it. Returns False where no call of `step` ran."""
    meant = [run for run in turn.situation.on_call.running if run.is_meant_by(step)]
    for run in meant:
        acknowledge_run(turn, run, who)
    return bool(meant)


def call(turn: Turn, who: str, to: str, step: str) -> None:
    """Call others at once, as a person asks: the next step, a step by name or number, or an escalation."""
    if to in turn.policy.document.escalations:
        turn.record("called", f"{who} asked to call {to}")
        headline = f"{who} asks for help — {subject_of(turn)}"
        return tell(turn, to, headline, f"called{by(who)}", reason="agent_judgement")
    latest = {run.escalation: run for run in turn.situation.on_call.runs if run.can_go_on}.values()
    meant = [run for run in latest if run.is_meant_by(step)]
    if not meant:
        return turn.record("called", f"{who} wanted others called, but nobody is being called any more")
    for run in meant:
        turn.record("called", f"{who} had {run.escalation} go on{f' with step {to}' if to else ''}")
        if run.ended:
            update(turn, run, "resumed", f"{who} asked for others: {run.escalation} goes on")
        _call_on(turn, run, to)
    return None


def _call_on(turn: Turn, run: OnCallRun, to: str) -> None:
    """Go on at a person's wish: no incident may hold it back, and a step that an incident held back is called now."""
    was_held_back = bool(run.incident) and run.is_silent
    run = replace(resumed(run) if run.ended else run, rule="", despite_pause=turn.situation.lifecycle.is_paused)
    number = step_number(turn.policy, run, to)
    if number is not None or was_held_back:
        again(turn, replace(run, step=number or run.step))
    elif run.begins_again:
        _begin_after_pause(turn, run)
    else:
        go_on(turn, run)


def again(turn: Turn, run: OnCallRun) -> None:
    """Call the current step once more."""
    run = replace(run, has_reached=False, begins_again=False, unheard=0)
    if step_of(turn.policy, run) is None:
        return go_on(turn, run)
    return _try(turn, replace(run, resumed=run.resumed + 1))


def begin_again(turn: Turn, run: OnCallRun) -> None:
    """Call the first step, in the same run."""
    _try(turn, replace(resumed(run), round=1, step=1, despite_pause=run.despite_pause))


def stand_down(turn: Turn, because: str, *, only: Callable[[OnCallRun], bool] = lambda _run: True) -> None:
    """End all calls and all leases, or `only` some of them: no person needs to come any more."""
    for run in filter(only, turn.situation.on_call.runs):
        if run.ended and run.has_lease:
            over = replace(run, lease_until=None, lease_left=None, stood_down=because)
            turn.change(Calling, runs=turn.situation.on_call.with_run(over))
            update(turn, run, "stood_down", because)
    for run in filter(only, turn.situation.on_call.running):
        turn.change(
            Calling,
            runs=turn.situation.on_call.with_run(replace(run, next_at=None, ended=because, stood_down=because)),
        )
        turn.record("stood_down", f"{run.escalation} stood down: {because}")
        update(turn, run, "stood_down", because)


def take_up_again(turn: Turn, runs: tuple[OnCallRun, ...], because: str) -> None:
    """Go on with runs that were stood down by mistake: call their step again, or let the person who has it answer."""
    for run in runs:
        if run.ended:
            turn.change(Calling, runs=turn.situation.on_call.with_run(run))
            update(turn, run, "acknowledged", f"{run.acknowledged_by} still has it: {because}")
        else:
            turn.record("resumed", f"{run.escalation} goes on: {because}")
            update(turn, run, "resumed", because)
            again(turn, replace(run, incident=""))


def acknowledge_run(turn: Turn, run: OnCallRun, who: str) -> None:
    """Note that this person has acknowledged this run; the run ends unless others still have to."""
    run = replace(run, acknowledged=(*(name for name in run.acknowledged if name != who), who))
    if missing := _missing(turn, run):
        turn.change(Calling, runs=turn.situation.on_call.with_run(run))
        text = f"{who} acknowledged {run.escalation} at step {run.step}; {', '.join(missing)} still has to"
        return turn.record("acknowledged", text)
    escalation = escalation_of(turn.policy, run)
    lease_until = call_leases.ends_at(turn, escalation.lease) if escalation and turn.situation.is_waiting else None
    ended = replace(
        run,
        next_at=None,
        acknowledged_by=who,
        acknowledged=(),
        ended=f"acknowledged by {who}",
        lease_until=lease_until,
    )
    turn.change(Calling, runs=turn.situation.on_call.with_run(ended))
    until = f", to answer by {turn.policy.local_time(lease_until)}" if lease_until else ""
    turn.record("acknowledged", f"{who} acknowledged {run.escalation} at step {run.step}{until}")
    return call_leases.show(turn, ended)


def _missing(turn: Turn, run: OnCallRun) -> list[str]:
    """Return the people who still have to acknowledge an `everyone` step, only of those whom its message reached."""
    step = step_of(turn.policy, run)
    if step is None or not step.everyone:
        return []
    return [name for name in run.called or named(turn.policy, step) if name not in run.acknowledged]


def _try(turn: Turn, run: OnCallRun) -> None:
    """Call the run's current step, or the first after it that can reach a person."""
    escalation = escalation_of(turn.policy, run)
    if escalation is None:
        return _is_gone(turn, run)
    # A policy that was adopted meanwhile may have fewer steps: then from the first.
    has_step = step_of(turn.policy, run) is not None
    following: OnCallRun | None = replace(run, next_at=None, step=run.step if has_step else 1)
    passed_over: set[int] = set()
    while following is not None:
        run = following
        step = escalation.steps[run.step - 1]
        event = StepFacts(run.escalation, run.round, run.step)
        found = reach(turn, turn.policy, step, event)
        if isinstance(found, Reach):
            return _call(turn, run, found)
        turn.record("step_passed_over", f"{run.escalation} step {run.step} passed over: {found.why}")
        passed_over.add(run.step)
        following = step_after(run, escalation) if len(passed_over) < len(escalation.steps) else None
    if len(passed_over) < len(escalation.steps):
        return _came_to_its_end(turn, run)
    text = f"Nobody could be called by {run.escalation}, every step was passed over: {run.headline}"
    return _exhausted(turn, run, "nobody could be called", text)


def _call(turn: Turn, run: OnCallRun, found: Reach) -> None:
    step = step_of(turn.policy, run)
    called = tuple(each.person for each in found.people) if step and step.everyone else ()
    news = early_news(turn.situation, run.step_id)
    is_delivered = news is News.DELIVERED
    next_at = turn.at + step.wait if step and news in (News.DELIVERED, News.TRIED) else None
    run = with_latest_call(replace(run, is_silent=False, called=called, next_at=next_at))
    run = replace(run, is_delivered=is_delivered, has_reached=run.has_reached or is_delivered)
    turn.change(Calling, runs=turn.situation.on_call.with_run(run))
    turn.record("paged", f"{run.escalation} round {run.round}, step {run.step}: {found.target}")
    cause, turn.cause = turn.cause, Cause.of_call(run.at_step)
    key = notify(turn, found, run.headline, run.cause, step=run.step_id, storm=storm_of(turn, run))
    turn.cause = cause
    if turn.situation.edition >= 3:  # before, a call was not known as news of the breach that led to it
        turn.causes[key] = cause
    _take_in(turn, run, news)


def _take_in(turn: Turn, run: OnCallRun, news: News | None) -> None:
    """Act on the news of a call that came before the call."""
    match news:
        case News.DELIVERED:
            following = turn.policy.local_time(run.next_at or turn.at)
            turn.record("step_delivered", f"{run.escalation} step {run.step} delivered, next {following}")
        case News.HELD_BACK:
            again(turn, run)
        case News.REFUSED:
            go_on(turn, run)
        case News.TRIED | None:
            pass
        case _:
            assert_never(news)


def _is_gone(turn: Turn, run: OnCallRun) -> None:
    text = f"{run.escalation} is not in the policy any more, nobody else is called: {run.headline}"
    _exhausted(turn, run, "no longer in the policy", text)


def _came_to_its_end(turn: Turn, run: OnCallRun) -> None:
    """End a run after its last step. Where no message arrived it begins again later, except in a drill."""
    if not run.has_reached and not turn.situation.on_call.drill:
        return _reached_no_person(turn, run)
    text = f"Nobody acknowledged {run.escalation} in {_rounds(run.round)}: {run.headline}"
    return _exhausted(turn, run, "nobody acknowledged", text)


def _reached_no_person(turn: Turn, run: OnCallRun) -> None:
    """Begin again after a pause: no message of the ladder has arrived, though all are still being sent."""
    pause = min(_FIRST_PAUSE * 2**run.unheard if run.unheard < 2 else _LONGEST_PAUSE, _LONGEST_PAUSE)
    begins_at = turn.at + pause
    waiting = replace(run, next_at=begins_at, begins_again=True, unheard=run.unheard + 1)
    turn.change(Calling, runs=turn.situation.on_call.with_run(waiting))
    text = f"Nobody could be reached by {run.escalation} in {_rounds(run.round)}: {run.headline}"
    turn.record("nobody_reached", f"{text}; it begins again {turn.policy.local_time(begins_at)}")
    if not run.unheard:
        turn.note(text, text)
    tell_lead(turn, run, text, text)


def _exhausted(turn: Turn, run: OnCallRun, ended: str, text: str) -> None:
    turn.change(Calling, runs=turn.situation.on_call.with_run(replace(run, next_at=None, ended=ended)))
    turn.record("escalation_exhausted", text)
    turn.note(text, text)
    update(turn, run, "exhausted", ended)
    tell_lead(turn, run, text, text)


def _latest_runs(runs: tuple[OnCallRun, ...]) -> set[str]:
    return set({run.escalation: run.id for run in runs}.values())


def _rounds(number: int) -> str:
    return "one round" if number == 1 else f"{number} rounds"
