"""The people that a running ladder calls next unless a person acknowledges, as the policy names them now.

Promises to change nothing. Must not know overrides of a rotation, which are looked up when the call goes out
(`reaching`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from policies.document.escalations import Escalation
from policies.document.rotation import on_call
from policies.on_call.calls import escalation_of, step_after
from policies.on_call.reaching import Reach, reach
from policies.running.facts import EventFacts, StepFacts
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.records.on_call import OnCallRun
from policies.state.situation import Situation


@dataclass(frozen=True, slots=True)
class NextCall:
    """The next call of a run: when, by which escalation, and its people or its channel by name."""

    at: datetime
    escalation: str
    called: tuple[str, ...]


def next_calls(situation: Situation, policy: Policy) -> tuple[NextCall, ...]:
    """Return the next call of each running ladder that will call on, the earliest first."""
    is_paused = situation.lifecycle.is_paused
    running = (run for run in situation.on_call.running if not run.incident and not run.is_put_off(is_paused=is_paused))
    found = (call for run in running if (call := _next_call(situation, policy, run)) is not None)
    return tuple(sorted(found, key=lambda call: call.at))


def _next_call(situation: Situation, policy: Policy, run: OnCallRun) -> NextCall | None:
    escalation = escalation_of(policy, run)
    if escalation is None or run.next_at is None:
        return None
    turn = Turn(situation, policy, run.next_at, listen=_hear_nothing)
    for ahead in _steps_ahead(run, escalation):
        step = escalation.steps[ahead.step - 1]
        found = reach(turn, policy, step, StepFacts(ahead.escalation, ahead.round, ahead.step))
        if isinstance(found, Reach):
            return NextCall(run.next_at, run.escalation, _names(policy, found, run.next_at))
    return None


def _hear_nothing(_turn: Turn, _facts: EventFacts, _topic: str) -> None:
    """Hear of no topic: a look ahead fires no rule."""


def _steps_ahead(run: OnCallRun, escalation: Escalation) -> Iterator[OnCallRun]:
    """Yield the run at each of its next steps, as far as one round: a step that reaches no person takes no time."""
    ahead = replace(run, round=1, step=1) if run.begins_again else step_after(run, escalation)
    for _ in escalation.steps:
        if ahead is None:
            return
        yield ahead
        ahead = step_after(ahead, escalation)


def _names(policy: Policy, found: Reach, at: datetime) -> tuple[str, ...]:
    people = on_call(found.rotation, at) if found.rotation else tuple(each.person for each in found.people)
    named = (policy.document.people.get(person) for person in people)
    return tuple((known.name if known else "") or person for person, known in zip(people, named, strict=True)) or (
        found.target,
    )
