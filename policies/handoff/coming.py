"""The time between accepting a handoff and being there: how long the person is waited for, and what follows.

Promises that a handoff waits for no helpdesk and for no person without end: after that time another person is awaited,
so that rules on `handoff_waiting` count again, while the assistant answers. Must not know when a person counts as being
there (`stages`).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from policies.on_call import ladder
from policies.on_call.calls import subject_of
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.keys import Key
from policies.state.situation import Handoff, Situation

CONFIRMED_WITHIN = timedelta(minutes=10)
"""How long the helpdesk has to make a person the assignee once a colleague has named them."""
COMES_WITHIN = timedelta(minutes=30)
"""Business time to answer for a person whom a queue without a lease has chosen. The leases of queues and calls end on
their own."""


def deadline(s: Situation, policy: Policy) -> tuple[datetime, str, str] | None:
    """Return `(at, what, unless)`: until when the person who accepted is waited for; None where none is waited for."""
    handoff = s.handoff
    if handoff is None or handoff.state != "accepted" or handoff.accepted_at is None:
        return None
    if not s.is_waiting or s.callback_at is not None or not s.assignee:
        return None
    what = f"an agent other than {handoff.accepted_by} is awaited"
    if s.given_by == "person":
        return handoff.accepted_at + CONFIRMED_WITHIN, what, "the helpdesk making them the assignee, or a public reply"
    team = policy.team(s.team)
    if s.given_by != "queue" or (team is not None and team.queue is not None and team.queue.lease is not None):
        return None
    return policy.hours_of_team(s.team).due(handoff.accepted_at, COMES_WITHIN), what, "a public reply"


def reach_deadline(turn: Turn) -> None:
    """Await another person: the one who accepted has not answered, or the helpdesk has not made them the assignee."""
    of_desk = turn.situation.given_by == "person"
    why = "the helpdesk has not made them the assignee" if of_desk else "has not answered the customer"
    _await_another(turn, why, is_trouble=of_desk)


def could_not_be_assigned(turn: Turn, key: str, why: str) -> None:
    """Await another person where the helpdesk has refused the assignee for good."""
    s = turn.situation
    is_waited_for = s.handoff is not None and s.handoff.state == "accepted" and s.given_by == "person"
    if is_waited_for and s.assigned_by == Key(key).original:
        _await_another(turn, f"the helpdesk has not made them the assignee: {why}", is_trouble=True)


def acceptance(s: Situation, who: str) -> str:
    """Return the name of one acceptance: the person and the assignment. A later assignment is another acceptance."""
    return f"{who}@{s.assigned_by}" if who else ""


def _await_another(turn: Turn, why: str, *, is_trouble: bool) -> None:
    handoff = turn.situation.handoff
    if handoff is None:
        return
    who = handoff.accepted_by
    turn.change(handoff=reopened(turn, replace(handoff, given_up=acceptance(turn.situation, who))))
    text = f"Handoff {handoff.number}: {who} accepted, and {why}; another agent is awaited"
    turn.record("handoff_reopened", text)
    if is_trouble:
        ladder.alert(turn, f"{text} — {subject_of(turn)}", "a handoff waits for the helpdesk")


def reopened(turn: Turn, handoff: Handoff) -> Handoff:
    """Return the handoff as requested anew."""
    again = replace(handoff, state="requested", accepted_by="", accepted_at=None, committed_at=None)
    return replace(again, reopened=handoff.reopened + 1, awaited_at=turn.at)
