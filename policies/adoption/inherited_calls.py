"""Calls under way when another policy is adopted: they go on by its escalations, or people hear that they end.

Promises that no call ends unheard: it goes on by an escalation of the new policy, at the same step where that has the
same steps up to there, or its end is told to the new policy's `alert`, else to those who would have heard under the
old one. Must not know how a step is tried (`ladder`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from policies import ending
from policies.document.escalations import Escalation, Step
from policies.on_call import ladder
from policies.on_call.calls import lead_in, notify, update
from policies.on_call.reaching import Reach, reach
from policies.running.facts import StepFacts
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.entry_kind import EntryKind
from policies.state.records.on_call import Calling, OnCallRun

FATE: EntryKind = "call_inherited"
"""The kind of the timeline's line about a call that goes on by another escalation, or ends."""


def hand_over(turn: Turn, before: Policy, ladders: Mapping[str, Escalation]) -> None:
    """Decide for every call whose steps the new policy does not have, or not in that order.

    `ladders` are those of the old policy. Where no more of it is known than these, `before` is the new policy.
    """
    for known in turn.situation.on_call.runs:
        run = next(run for run in turn.situation.on_call.runs if run.id == known.id)
        may_go_on = run.can_go_on or turn.situation.on_call.incident is not None
        now = turn.policy.document.escalations.get(run.ladder)
        if not may_go_on or (now is not None and _has_come_so_far(turn, run, ladders.get(run.ladder), now)):
            continue
        renamed = _renamed(run, ladders, turn.policy) if now is None else ""
        heir = renamed or (_other(turn, run) if now is None else run.ladder)
        if not heir:
            _end(turn, run, before, ladders.get(run.ladder))
        elif run.ended:
            _leave_to_heir(turn, run, heir, is_same=bool(renamed))
        else:
            _go_on(turn, run, heir, is_same=bool(renamed))


def _has_come_so_far(turn: Turn, run: OnCallRun, old: Escalation | None, now: Escalation) -> bool:
    """True where the call can go on at its step: all steps up to there call the same people, after whatever wait.

    Else the next number could be a person who was called already, and a person before it would never be called.
    """
    if old is None or turn.situation.edition < 3:  # before, a call went on by number
        return True
    return _people(old.steps[: run.step]) == _people(now.steps[: run.step])


def _people(steps: tuple[Step, ...]) -> list[Step]:
    """Return the steps without what does not decide who is called."""
    return [step.model_copy(update={"wait": timedelta(), "name": None}) for step in steps]


def _renamed(run: OnCallRun, before: Mapping[str, Escalation], after: Policy) -> str:
    """Return the escalation that got another name: one of the same steps that the old policy did not have."""
    old = before.get(run.ladder)
    new = {name: found for name, found in after.document.escalations.items() if name not in before}
    return next((name for name, found in new.items() if old is not None and found.steps == old.steps), "")


def _other(turn: Turn, run: OnCallRun) -> str:
    """Return the escalation that the calling rule calls now, else the policy's `alert`; "" for a drill."""
    document, of = turn.policy.document, turn.situation.on_call.incident
    if turn.situation.on_call.drill:
        return ""
    cause = of.cause if of is not None else run.cause
    calls = (do.notify for rule in document.rules if rule.enabled and rule.name == cause for do in rule.do)
    wanted = (*calls, document.alert)
    return next((name for name in wanted if name is not None and name in document.escalations), "")


def _leave_to_heir(turn: Turn, run: OnCallRun, heir: str, *, is_same: bool) -> None:
    """Call by the other escalation if the person who acknowledged does not answer in time."""
    moved = replace(run, by=heir) if is_same else replace(run, by=heir, round=1, step=1)
    turn.change(Calling, runs=turn.situation.on_call.with_run(moved))
    if run.has_lease:
        called = heir if heir != run.ladder else f"{heir}, which has other steps now,"
        text = f"{run.acknowledged_by} has {run.escalation}: {called} is called where they do not answer in time"
        turn.record(FATE, text)


def _go_on(turn: Turn, run: OnCallRun, heir: str, *, is_same: bool) -> None:
    if any(other.ladder == heir and other.id != run.id for other in turn.situation.on_call.running):
        return _stop_for(turn, run, heir)
    to = f"as {heir}" if heir != run.ladder else "from the first step, because its steps are others now"
    text = f"{run.escalation} goes on {to}"
    turn.record(FATE, text)
    run = replace(run, by=heir)
    if is_same:
        turn.change(Calling, runs=turn.situation.on_call.with_run(run))
    elif run.incident:
        turn.change(Calling, runs=turn.situation.on_call.with_run(replace(run, round=1, step=1)))
    elif run.is_put_off(is_paused=turn.situation.lifecycle.is_paused):
        # Step 0: the first is tried once there is something to do again.
        waits = replace(run, round=1, step=0, resumed=run.resumed + 1, next_at=turn.at)
        turn.change(Calling, runs=turn.situation.on_call.with_run(waits))
    else:
        update(turn, run, "resumed", f"another policy holds: {text}")
        ladder.begin_again(turn, run)
    return None


def _stop_for(turn: Turn, run: OnCallRun, heir: str) -> None:
    """End the call: two calls by one escalation would call the same people twice."""
    text = f"{heir} is called for this conversation already"
    turn.change(Calling, runs=turn.situation.on_call.with_run(replace(run, next_at=None, ended=text, stood_down=text)))
    turn.record(FATE, f"{run.escalation} ends: {text}")
    update(turn, run, "stood_down", text)


def _end(turn: Turn, run: OnCallRun, before: Policy, old: Escalation | None) -> None:
    """End the call for want of an escalation, and let people hear that no one is called any more."""
    name = f"{turn.policy.document.policy} v{turn.policy.document.version}"
    if run.ended and not run.has_lease:
        return
    if run.ended:
        text = f"{run.acknowledged_by} has {run.escalation}, and nobody is called where they do not answer: {name} "
        text += "has no such escalation"
    else:
        text = f"{run.escalation} ends, nobody else is called: {name} has no such escalation"
        ended = f"{name} has no such escalation"
        turn.change(Calling, runs=turn.situation.on_call.with_run(replace(run, next_at=None, ended=ended)))
        update(turn, run, "exhausted", ended)
    turn.record(FATE, text)
    turn.note(f"{text}: {run.headline}", text)
    _tell(turn, run, before, old, text)
    if turn.situation.on_call.incident is not None and not run.ended:
        ending.resolved(turn, text)


def _tell(turn: Turn, run: OnCallRun, before: Policy, old: Escalation | None, text: str) -> None:
    """Tell the new policy's alert; else the old lead; else the call's last step. A drill tells its own lead."""
    if turn.situation.on_call.drill and lead_in(turn.policy, turn.policy.document.escalations.get(run.ladder)):
        return
    found = next(_those_who_hear(turn, run, before, old), None)
    if found is not None:
        notify(turn, found, f"{text}: {run.headline}", text, is_alert=True)


def _those_who_hear(turn: Turn, run: OnCallRun, before: Policy, old: Escalation | None) -> Iterator[Reach]:
    alert, lead = turn.policy.document.alert, lead_in(before, old)
    step = next(iter(old.steps[run.step - 1 : run.step]), None) if old else None
    if before is turn.policy and step is not None:
        step = step.model_copy(update={"when": None, "during": None})  # they name parts of the old policy
    alert_step = Step.model_validate({"notify": alert}) if alert and not turn.situation.on_call.drill else None
    lead_step = Step.model_validate({"notify": lead}) if lead else None
    for policy, tried in ((turn.policy, alert_step), (before, lead_step), (before, step)):
        found = reach(turn, policy, tried, StepFacts()) if tried is not None else None
        if isinstance(found, Reach):
            yield found
