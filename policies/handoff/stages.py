"""The handoff's stages, from the assistant to a person and back: requested, accepted, committed, handed back.

Promises that the handoff follows who has the conversation, so that no customer is left without an answer, and that
rules hear of each change. Must not know the transitions (`transitions`), who is chosen (`queueing`, `ladder`) or what
the customer is told (`telling`).
"""

from datetime import datetime

from policies.handoff.outlook import facts
from policies.handoff.transitions import take
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.events import AssignmentConfirmed
from policies.state.keys import Key
from policies.state.records.handoffs import Handoff, Handoffs
from policies.state.situation import Situation

_CONFIRMED = 5
"""How many confirmed assignments are remembered; only the latest can still matter."""


def follow(turn: Turn) -> None:
    """Bring the handoff up to date with who has the conversation, and tell the rules."""
    s = turn.situation
    if not s.responsible.team or s.on_call.drill or s.on_call.incident is not None:
        return
    if s.lifecycle.is_resolved:
        take(turn, "the conversation is resolved")
    elif is_with_the_assistant(s, turn.policy):
        take(turn, "the assistant has the conversation")
        if (handoff := turn.situation.handoffs.latest) is not None and handoff != s.handoffs.latest:
            turn.announce(facts(turn, handoff), "handed_back")
    else:
        take(turn, "people have the conversation")
        _tell_rules(turn, s.handoffs.latest)


def await_anew(turn: Turn) -> None:
    """Count from now how long no person comes: the time of a promised callback has come."""
    take(turn, "a promised callback is due")


def is_with_the_assistant(s: Situation, policy: Policy) -> bool:
    """True where the assistant's team has it, no person of the policy is assigned, and no person has answered there."""
    if not policy.is_assistant(s.responsible.team) or s.responsible.assignee in policy.document.people:
        return False
    return s.waiting.answered_at is None or s.waiting.answered_at <= _with_it_since(s)


def can_be_given_back(s: Situation, policy: Policy) -> bool:
    """True where people have the conversation in the assistant's own team."""
    return policy.is_assistant(s.responsible.team) and not is_with_the_assistant(s, policy)


def confirmed(turn: Turn, event: AssignmentConfirmed) -> None:
    """Remember that the helpdesk has made the assignee: they are there, unless there is another assignee by now."""
    keys = (*turn.situation.handoffs.confirmed[1 - _CONFIRMED :], Key(event.key).original)
    turn.change(Handoffs, confirmed=keys)


def _tell_rules(turn: Turn, before: Handoff | None) -> None:
    """Announce the handoff's new state to the rules, unless it is only requested again.

    Of several states in one change only the last is announced: the others are over.
    """
    handoff = turn.situation.handoffs.latest
    if handoff is None or handoff == before:
        return
    if before is None or before.number != handoff.number or handoff.state not in (before.state, "requested"):
        turn.announce(facts(turn, handoff), f"handoff_{handoff.state}")


def _with_it_since(s: Situation) -> datetime:
    """Return when the assistant's team got the conversation, or had it back."""
    returned = s.handoffs.latest.returned_at if s.handoffs.latest is not None else None
    began = s.responsible.path[-1].since if s.responsible.path else s.opened_at
    return max(began, returned) if returned else began
