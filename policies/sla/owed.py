"""When each promise is owed: what begins its clock, and what ends it.

Promises that both follow from the situation alone, whichever event led to it. Must not know spans or business hours.
"""

from typing import Literal, assert_never

from policies.document.clocks import ClockName
from policies.state.records.sla import Clock
from policies.state.situation import Situation

OF_A_LATER_WAIT: ClockName = "next_response"
"""The promise that begins with a wait after the first. A wait that other conversations gave away may be older."""


def is_owed(s: Situation, name: ClockName) -> bool:
    """`True` where a clock of this kind begins, if the policy promises it and none runs."""
    match name:
        case "first_response":
            return s.waiting.since == s.opened_at
        case "next_response":
            return s.waiting.since not in (None, s.opened_at)
        case "resolution":
            return _is_unresolved(s)
        case "ownership":
            return bool(s.responsible.team) and _is_unresolved(s)
        case _:
            assert_never(name)


def ending(s: Situation, clock: Clock) -> Literal["met", "cancelled"] | None:
    """Return how an open clock ends now: its promise is kept, or no longer applies; None where it is still owed."""
    match clock.name:
        case "first_response" | "next_response":
            if s.lifecycle.is_resolved:
                return "cancelled"
            return "met" if s.waiting.since is None else None
        case "resolution":
            return _end_of_work(s)
        case "ownership":
            return _end_of_work(s) or ("met" if clock.team != s.responsible.team else None)
        case _:
            assert_never(clock.name)


def _is_unresolved(s: Situation) -> bool:
    return not (s.lifecycle.is_resolved or s.lifecycle.merged_into)


def _end_of_work(s: Situation) -> Literal["met", "cancelled"] | None:
    if s.lifecycle.merged_into:
        return "cancelled"
    return "met" if s.lifecycle.is_resolved else None
