"""When each promise is owed: what begins its clock, and what ends it.

Promises that both follow from the situation alone, whichever event led to it. Must not know spans or business hours.
"""

from datetime import datetime
from typing import Literal, assert_never

from policies.document.clocks import ClockName
from policies.state.records.sla import Clock
from policies.state.situation import Situation


def of_wait(s: Situation) -> ClockName:
    """Return the promise that begins with a wait after the start: the first one only where we began the conversation.

    A wait that other conversations gave away may be older than the first.
    """
    return "first_response" if s.waiting.since == s.waiting.first_since else "next_response"


def is_owed(s: Situation, name: ClockName) -> bool:
    """`True` where a clock of this kind begins, if the policy promises it and none runs."""
    first = _first_wait(s)
    match name:
        case "first_response":
            return first is not None and s.waiting.since == first
        case "next_response":
            return s.waiting.since not in (None, first)
        case "resolution":
            return first is not None and _is_unresolved(s)
        case "ownership":
            return first is not None and bool(s.responsible.team) and _is_unresolved(s)
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


def _first_wait(s: Situation) -> datetime | None:
    """Return when the customer first waited; None in a conversation that we began, until they have written."""
    return s.waiting.first_since if s.contact.direction == "outbound" else s.opened_at


def _is_unresolved(s: Situation) -> bool:
    return not (s.lifecycle.is_resolved or s.lifecycle.merged_into)


def _end_of_work(s: Situation) -> Literal["met", "cancelled"] | None:
    if s.lifecycle.merged_into:
        return "cancelled"
    return "met" if s.lifecycle.is_resolved else None
