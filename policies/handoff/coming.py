"""The time between accepting a handoff and being there: how long the person is waited for, and what follows.

Promises that a handoff waits for no helpdesk and for no person without end: after that time another person is awaited,
so that rules on `handoff_waiting` count again, while the assistant answers. Must not know when a person counts as being
there (`transitions`).
"""

from datetime import datetime, timedelta

from policies.handoff.transitions import take
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.keys import Key
from policies.state.situation import Situation

CONFIRMED_WITHIN = timedelta(minutes=10)
"""How long the helpdesk has to make a person the assignee once a colleague has named them."""
COMES_WITHIN = timedelta(minutes=30)
"""Business time to answer for a person that a queue without a lease has chosen. The leases of queues and calls end on
their own."""


def deadline(s: Situation, policy: Policy) -> tuple[datetime, str, str] | None:
    """Return `(at, what, unless)`: until when the person who accepted is waited for; None where none is waited for."""
    handoff = s.handoffs.latest
    if handoff is None or handoff.state != "accepted" or handoff.accepted_at is None:
        return None
    if not s.is_waiting or s.waiting.callback_at is not None or not s.responsible.assignee:
        return None
    what = f"an agent other than {handoff.accepted_by} is awaited"
    if s.responsible.given_by == "person":
        return handoff.accepted_at + CONFIRMED_WITHIN, what, "the helpdesk making them the assignee, or a public reply"
    team = policy.team(s.responsible.team)
    if s.responsible.given_by != "queue" or (
        team is not None and team.queue is not None and team.queue.lease is not None
    ):
        return None
    return policy.hours_of_team(s.responsible.team).due(handoff.accepted_at, COMES_WITHIN), what, "a public reply"


def reach_deadline(turn: Turn) -> None:
    """Await another person: the one who accepted has not answered, or the helpdesk has not made them the assignee."""
    take(turn, "the person has not come in time")


def could_not_be_assigned(turn: Turn, key: str, why: str) -> None:
    """Await another person where the helpdesk has refused the assignment for good."""
    if turn.situation.responsible.assigned_by == Key(key).original:
        take(turn, "the helpdesk refuses the assignment", why=f": {why}")
