"""Clocks: promises to customers that start, pause, get another target, are met or breached.

Promises that due times follow from the instants of events alone: business time used so far plus what is left of the
target. At or before the due time is met. Must not know rules or who gets told.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from policies.document.clocks import KINDS, ClockName
from policies.document.document import ALWAYS_OPEN
from policies.document.part import format_span
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.sla import owed
from policies.state.records.sla import Clock, ClockState, Mark, Silence, Sla
from policies.state.situation import Situation
from policies.time.hours import BusinessHours

_KEPT_EPISODES = 10


def begin_wait(turn: Turn) -> None:
    """Begin the promise of an answer to a customer who waits again."""
    _start(turn, owed.of_wait(turn.situation))


def follow(turn: Turn, because: str = "no longer owed") -> None:
    """End the clocks of promises that are not owed any more, and begin those that are; to be called after every change.

    `because` tells why a promise is cancelled. Clocks for an answer begin with the wait, or when the terms change.
    """
    endings = [(clock, owed.ending(turn.situation, clock)) for clock in turn.situation.sla.open_clocks]
    for clock in (clock for clock, how in endings if how == "cancelled"):
        _cancel(turn, clock, because)
    for clock in (clock for clock, how in endings if how == "met"):
        _meet(turn, clock)
    _start_owed(turn, are_answers=False)


def follow_terms(turn: Turn) -> None:
    """Judge open promises by the terms that hold now (team, priority, customer), on the time already used.

    Where the new target is already used up, the breach happens now, not in the past. A promise that was not made before
    begins now.
    """
    for clock in (clock for clock in turn.situation.sla.open_clocks if clock.state != "breached"):
        terms = {} if owed.ending(turn.situation, clock) else _terms(turn, clock.name)
        if replace(clock, **terms) == clock:
            continue
        changed = replace(_stop(turn, clock), state=clock.state, **terms)
        _put(turn, _standing(turn, changed) if clock.since is None else _let_run(turn, changed))
        if (changed.target, changed.hours) != (clock.target, clock.hours):
            due = f"is now due within {format_span(changed.target)}"
            text = f"{clock.kind.title} {due} ({turn.policy.team_name(turn.situation.responsible.team)})"
            turn.record("clock_retargeted", text, clock=clock.id)
    follow_status(turn)
    _start_owed(turn, are_answers=True)
    follow(turn)


def stop_all(turn: Turn) -> None:
    """Count the time that every open clock has used by now, under the policy that measured it so far."""
    for clock in turn.situation.sla.open_clocks:
        _put(turn, replace(_stop(turn, clock), state=clock.state))


def change_terms(turn: Turn, *, restart: bool) -> None:
    """Let stopped clocks run on under another policy's terms; a promise that it does not make ends.

    With `restart` open clocks begin anew, also those that were breached; otherwise the time used counts.
    """
    for clock in turn.situation.sla.open_clocks:
        terms = _terms(turn, clock.name)
        if not terms:
            _cancel(turn, clock, "no longer promised")
            continue
        fresh = {"spent": timedelta(0), "reached": (), "state": "running", "started_at": turn.at}
        fresh |= {"late_from": None, "repeated": ()}
        unpaused = {"pause_spent": timedelta(0), "paused_at": None}
        changed = replace(clock, **terms, **(fresh | unpaused if restart else {}))
        is_paused = _is_paused(turn, changed)
        _put(turn, _pause(turn, changed) if is_paused else _let_run(turn, changed))
    follow_terms(turn)


def follow_status(turn: Turn) -> None:
    """Pause or resume the open clocks as the status and a hold demand, and say why."""
    paused = resumed = 0
    for clock in turn.situation.sla.open_clocks:
        if _is_paused(turn, clock):
            paused += clock.since is not None
            _put(turn, _pause(turn, clock))
        elif clock.since is None:
            _put(turn, _let_run(turn, clock))
            resumed += 1
    if paused:
        turn.record("clocks_paused", f"Clocks paused: {_why_paused(turn.situation)}")
    elif resumed:
        turn.record("clocks_resumed", "Clocks run again")


def end_pause(turn: Turn, clock: Clock) -> None:
    """Let the clock run on during its pause, because its pauses have used up their budget."""
    _put(turn, _let_run(turn, clock))
    budget = format_span(clock.pause_budget or timedelta(0))
    text = f"{clock.kind.title} runs on: its pauses have used up their {budget}"
    turn.record("pause_budget_used", text, clock=clock.id)


def pause_ends_at(situation: Situation, clock: Clock, policy: Policy) -> datetime | None:
    """Return when the pause will have used up its budget; None where none limits it, as on an operator's hold."""
    if clock.pause_budget is None or situation.lifecycle.is_held or not clock.is_open:
        return None
    return clock.pause.reaches(clock.pause_budget, policy.hours(clock.hours))


def count_from(turn: Turn, since: datetime) -> None:
    """Count the customer's wait from an earlier instant, when it began in another conversation."""
    for clock in (clock for clock in turn.situation.sla.open_clocks if clock.kind.is_answer):
        used = _hours(turn, clock).between(since, max(turn.at, since))
        if clock.state != "breached" and used > clock.spent_by(turn.at, _hours(turn, clock)):
            earlier = replace(_stop(turn, clock), started_at=since, spent=used)
            _put(turn, _standing(turn, earlier) if clock.since is None else _let_run(turn, earlier))


def reopen(turn: Turn) -> None:
    """Let clocks that go on do so from where they stood: the time in between does not count."""
    ended = {clock.name: clock for clock in turn.situation.sla.clocks if clock.kind.goes_on and not clock.is_open}
    for clock in ended.values():
        state = "breached" if clock.state == "breached" else "running"
        _put(turn, _let_run(turn, replace(clock, ended_at=None, state=state)))
    follow_terms(turn)


def take_up_again(
    turn: Turn, clocks: tuple[Clock, ...], silences: tuple[Silence, ...], answered_at: datetime | None
) -> None:
    """Let these clocks and silences go on as they were; clocks for an answer end where it came at `answered_at`."""
    for clock in clocks:
        if clock.kind.is_answer and answered_at is not None:
            stopped = clock.stopped(answered_at, _hours(turn, clock))
            is_late = clock.state == "breached" or stopped.spent > clock.target
            state: ClockState = "breached" if is_late else "met"
            _put(turn, replace(stopped, marks=(), state=state, ended_at=answered_at))
        else:
            _put(turn, clock)
    turn.change(Sla, silences=silences)
    follow_terms(turn)


def reach(turn: Turn, clock: Clock, mark: Mark) -> None:
    """Record that a running clock has used a share of its target; 100 % is the breach."""
    marks = tuple(other for other in clock.marks if other != mark)
    reached = replace(clock, marks=marks, reached=(*clock.reached, mark.percent))
    if mark.percent == 100:
        used = max(clock.target, clock.spent_by(turn.at, _hours(turn, clock)))
        reached = replace(reached, state="breached", late_from=used)
    _put(turn, reached)
    name, target = clock.kind.title, format_span(clock.target)
    if mark.percent == 100:
        how = f": {target} passed without it"
        if clock.spent > clock.target:  # the time was used before these terms held
            how = f" by the change: {format_span(clock.spent)} used of {target}"
        return turn.record("clock_breached", f"{name} breached{how}", clock=clock.id)
    left = f"due {turn.policy.local_time(clock.due_at)}" if clock.due_at else "no due time"
    return turn.record("clock_at_risk", f"{name} at risk: {mark.percent}% of {target} used, {left}", clock=clock.id)


def _put(turn: Turn, clock: Clock) -> None:
    turn.change(Sla, clocks=turn.situation.sla.with_clock(clock))


def _start_owed(turn: Turn, *, are_answers: bool) -> None:
    for name, kind in KINDS.items():
        if kind.is_answer == are_answers and owed.is_owed(turn.situation, name):
            _start(turn, name)


def _start(turn: Turn, name: ClockName) -> None:
    """Start the promise of that name from now, if the responsible team makes it and none stands in for it."""
    s, kind = turn.situation, KINDS[name]
    if any(clock.name == name or (kind.is_answer and clock.kind.is_answer) for clock in s.sla.open_clocks):
        return
    if not (terms := _terms(turn, name)):
        return
    earlier = [clock for clock in s.sla.clocks if clock.name == name]
    episode = 1 + max((clock.episode for clock in earlier), default=0)
    clock = Clock(name, episode, started_at=turn.at, team=s.responsible.team, **terms)
    forgotten = earlier[: 1 - _KEPT_EPISODES]
    turn.change(Sla, clocks=tuple(kept for kept in s.sla.clocks if kept not in forgotten))
    _put(turn, _pause(turn, clock) if _is_paused(turn, clock) else _let_run(turn, clock))


def _meet(turn: Turn, clock: Clock) -> None:
    """Meet an open clock: in time where it has not been breached, also not by a change at the same instant."""
    stopped = _standing(turn, _stop(turn, clock))
    for breach in stopped.marks:
        reach(turn, stopped, breach)
        clock = next(reached for reached in turn.situation.sla.clocks if reached.id == clock.id)
    ended, target = _ended(turn, clock, "met"), format_span(clock.target)
    _put(turn, ended)
    verb, of = ("late", f", target {target}") if ended.state == "breached" else ("met", f" of {target}")
    text = f"{clock.kind.title} {verb} after {format_span(ended.spent)}{of}"
    turn.record("clock_late" if ended.state == "breached" else "clock_met", text, clock=clock.id)


def _cancel(turn: Turn, clock: Clock, because: str) -> None:
    """End an open clock, because its promise no longer applies."""
    _put(turn, _ended(turn, clock, "cancelled"))
    turn.record("clock_cancelled", f"{clock.kind.title} ended: {because}", clock=clock.id)


def _terms(turn: Turn, name: ClockName) -> dict[str, Any]:
    """Return the promise's terms now; empty where there is no such promise, so that the clock keeps older terms."""
    s, targets = turn.situation, turn.policy.targets(turn.situation.responsible.team)
    facts = {
        "team": s.responsible.team,
        "channel": s.contact.channel,
        "priority": s.contact.priority,
        "customer_tier": s.contact.customer.tier,
    }
    target = turn.policy.span(name, **facts)
    if targets is None or target is None:
        return {}
    return {
        "target": target,
        "hours": targets.hours or ALWAYS_OPEN,
        "at_risk": targets.at_risk or (),
        "pause_while": targets.pause_while or (),
        "pause_budget": targets.pause_budget,
    }


def _is_paused(turn: Turn, clock: Clock) -> bool:
    has_budget = clock.pause_budget is None or clock.pause_spent < clock.pause_budget
    s = turn.situation
    is_called_back = s.waiting.callback_at is not None and s.waiting.is_callback_chosen
    waits = s.lifecycle.status in clock.pause_while or (clock.kind.is_answer and is_called_back)
    return s.lifecycle.is_held or (waits and has_budget)


def _why_paused(s: Situation) -> str:
    if s.lifecycle.is_held:
        return "on hold"
    return "the customer is called back" if s.lifecycle.status == "open" else s.lifecycle.status.replace("_", " ")


def _pause(turn: Turn, clock: Clock) -> Clock:
    """Stop the clock from now on; time on hold does not count against its budget for pauses."""
    is_held = turn.situation.lifecycle.is_held
    pause = clock.pause.stopped(turn.at, _hours(turn, clock)) if is_held else clock.pause.started(turn.at)
    return _standing(turn, _stop(turn, clock)).with_pause(pause)


def _standing(turn: Turn, clock: Clock) -> Clock:
    """Return a clock that stands still; where a change has used up its target, the breach is due now."""
    if turn.situation.edition < 3 or clock.state == "breached" or clock.spent <= clock.target:
        return clock
    return replace(clock, marks=(Mark(100, turn.at),), due_at=turn.at)


def _ended(turn: Turn, clock: Clock, state: ClockState) -> Clock:
    return replace(_stop(turn, clock), state="breached" if clock.state == "breached" else state, ended_at=turn.at)


def _stop(turn: Turn, clock: Clock) -> Clock:
    stopped, state = clock.stopped(turn.at, _hours(turn, clock)), "paused" if clock.state == "running" else clock.state
    return replace(stopped, marks=(), due_at=clock.due_at if clock.state == "breached" else None, state=state)


def _let_run(turn: Turn, clock: Clock) -> Clock:
    """Let a stopped clock run. Of the shares that a shorter target puts into the past only the last is kept."""
    hours, shares = _hours(turn, clock), {*clock.at_risk, *turn.policy.thresholds[clock.name]}
    running = clock.started(turn.at).with_pause(clock.pause.stopped(turn.at, hours))
    left = sorted(share for share in shares if share > max(clock.reached, default=0))
    marks = [Mark(p, at) for p in left if (at := running.reaches(clock.target * p / 100, hours)) is not None]
    passed = [mark for mark in marks if mark.at <= turn.at]
    return replace(
        running,
        marks=tuple(mark for mark in marks if mark not in passed[:-1]),
        due_at=next((mark.at for mark in marks if mark.percent == 100), clock.due_at),
        state="breached" if clock.state == "breached" else "running",
    )


def _hours(turn: Turn, clock: Clock) -> BusinessHours:
    return turn.policy.hours(clock.hours)
