"""The people that a step of an on-call ladder reaches at an instant, or why the step is passed over.

Promises that a step that can reach no person takes no time. Who is on call is found out when the call goes out: the
roster knows overrides that no policy does. Must not know what the call is about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from policies.document.escalations import Step
from policies.document.rotation import Rotation
from policies.document.targets import Target
from policies.running.conditions.evaluating import DidNotEvaluate
from policies.running.facts import StepFacts
from policies.running.judgement import judged, prepared
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.effects import Addressee
from policies.time.hours import BusinessHours


@dataclass(frozen=True, slots=True)
class Reach:
    """The target that is called. `people` are all that it may stand for; a channel has none."""

    target: str
    people: tuple[Addressee, ...] = ()
    rotation: Rotation | None = None


@dataclass(frozen=True, slots=True)
class PassedOver:
    """The reason why a step calls no person."""

    why: str


def reach(turn: Turn, policy: Policy, step: Step, event: StepFacts) -> Reach | PassedOver:
    """Return the people that the policy's step calls now, or why none. Gathers facts only for a condition."""
    at = turn.at
    if step.when is not None:
        verdict = judged(turn, policy.step_conditions[step.when], prepared(turn, event), in_any_case=True)
        if isinstance(verdict, DidNotEvaluate):
            return PassedOver(f"its condition could not be judged: {verdict.why}")
        if not verdict:
            return PassedOver(f"{step.when} does not hold")
    if step.during is not None and not policy.hours(step.during).is_open(at):
        return PassedOver(f"outside {step.during} hours")
    to = Target.of(step.target)
    if to.kind == "account-manager":
        manager = turn.situation.contact.customer.account_manager
        to = Target("person", manager)
        if manager not in policy.document.people:
            return PassedOver(f"{manager or 'nobody'} is the customer's account manager, who is not in `people`")
    names = _names(policy, to)
    if names is None:
        is_time = step.local_time is None or _is_time(step.local_time, policy.document.timezone, at)
        return Reach(step.target) if is_time else PassedOver(f"it is outside {step.local_time}")
    return _people(policy, step, to, names, at)


def named(policy: Policy, step: Step) -> tuple[str, ...]:
    """Return all people that the step names, for `everyone`."""
    to = Target.of(step.target)
    return tuple(_names(policy, to) or ()) if to.kind in ("person", "team") else ()


def _people(policy: Policy, step: Step, to: Target, names: Sequence[str], at: datetime) -> Reach | PassedOver:
    known = policy.document.people
    there = [name for name in names if name in known and known[name].slack]
    if not there:
        return PassedOver(f"nobody in {to} has a Slack member ID")
    awake = [name for name in there if step.local_time is None or _is_time(step.local_time, zone_of(policy, name), at)]
    if not awake:
        return PassedOver(f"it is outside {step.local_time} for {', '.join(there)}")
    addressees = tuple(Addressee(person=name, slack=known[name].slack) for name in awake)
    return Reach(str(to), addressees, policy.document.on_call.get(to.name) if to.kind == "on-call" else None)


def _names(policy: Policy, to: Target) -> Sequence[str] | None:
    """Return the people that a target may stand for; None for a channel or an address."""
    match to.kind:
        case "person":
            return to.names
        case "team":
            return [person for person, about in policy.document.people.items() if to.name in about.teams]
        case "on-call":
            return list(policy.document.people)
        case "channel" | "account-manager" | "escalation":
            return None
        case _:
            assert_never(to.kind)


def zone_of(policy: Policy, person: str) -> str:
    """Return the IANA zone that the person lives in."""
    return policy.document.people[person].timezone or policy.document.timezone


def _is_time(window: str, zone: str, at: datetime) -> bool:
    return BusinessHours(opening=window, timezone=zone, holidays=()).is_open(at)
