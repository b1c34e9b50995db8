"""From the assistant to a person and back: requested, accepted, committed, handed back.

Promises that the assistant answers until somebody is really there, so that no customer falls between two chairs: it is
muted only when the handoff is committed, and speaks again when the conversation comes back to it. Must not know who is
chosen (`queueing`, `ladder`) or what the customer is told (`telling`).
"""

from dataclasses import replace

from policies import rules
from policies.effects import SetAssistant, original
from policies.events import AssignmentConfirmed
from policies.handoff.outlook import facts
from policies.policy import Policy
from policies.situation import Handoff, Situation
from policies.turn import Turn

_CONFIRMED = 5
"""Assignments that the desk has confirmed; only the latest can still matter."""


def follow(turn: Turn) -> None:
    """Bring the handoff up to date with who has the conversation; to be called after every change."""
    s = turn.situation
    if not s.team or s.is_resolved or s.drill or s.incident is not None:
        return
    if _is_with_the_assistant(s, turn.policy):
        if s.handoff is not None and s.handoff.state != "returned":
            _hand_back(turn, s.handoff)
        return
    if _has_left_the_assistant(s, turn.policy):
        _request(turn)
    if (handoff := turn.situation.handoff) is not None and handoff.is_open:
        _accept(turn, handoff)
    if (handoff := turn.situation.handoff) is not None and handoff.is_open:
        _commit_where_somebody_is_there(turn, handoff)
    _tell_rules(turn, s.handoff)


def await_anew(turn: Turn) -> None:
    """It is time to call the customer back: from now on counts how long nobody comes."""
    handoff = turn.situation.handoff
    if handoff is not None and handoff.state == "requested":
        turn.change(handoff=replace(handoff, reopened=handoff.reopened + 1))


def confirmed(turn: Turn, event: AssignmentConfirmed) -> None:
    """The desk has made somebody the assignee: they are there, unless somebody else is by now."""
    keys = (*turn.situation.confirmed[1 - _CONFIRMED :], original(event.key))
    turn.change(confirmed=keys)


def _tell_rules(turn: Turn, before: Handoff | None) -> None:
    """Of what became of it at once only the end: whoever is there already need not be announced."""
    handoff = turn.situation.handoff
    if handoff is None or handoff == before:
        return
    if before is None or before.number != handoff.number or handoff.state not in (before.state, "requested"):
        rules.fire(turn, f"handoff_{handoff.state}", facts(turn, handoff))


def _is_with_the_assistant(s: Situation, policy: Policy) -> bool:
    """In its team, and with none of the people whom the policy knows: one of them may take it right there."""
    return policy.is_assistant(s.team) and s.assignee not in policy.document.people


def _has_left_the_assistant(s: Situation, policy: Policy) -> bool:
    """It was with the assistant, and no handoff of that time is known."""
    is_known = s.handoff is not None and s.handoff.state != "returned"
    return not is_known and any(policy.is_assistant(stint.team) for stint in s.path)


def _request(turn: Turn) -> None:
    s = turn.situation
    was = next(stint.team for stint in reversed(s.path) if turn.policy.is_assistant(stint.team))
    number = s.handoff.number + 1 if s.handoff else 1
    handoff = Handoff(number, was, s.path[-1].because, turn.at, reason=s.reason)
    turn.change(handoff=handoff)
    turn.record("handoff_requested", f"Handoff {number} to {turn.policy.team_name(s.team)}: {handoff.because}")


def _accept(turn: Turn, handoff: Handoff) -> None:
    """Somebody says that they come; or, before they are there, that they don't after all."""
    who = _who_comes(turn.situation, handoff)
    if who == handoff.accepted_by:
        return
    if not who:
        again = handoff.reopened + 1
        turn.change(handoff=replace(handoff, state="requested", accepted_by="", accepted_at=None, reopened=again))
        turn.record("handoff_reopened", f"Handoff {handoff.number}: {handoff.accepted_by} does not come after all")
        return
    turn.change(handoff=replace(handoff, state="accepted", accepted_by=who, accepted_at=turn.at))
    turn.record("handoff_accepted", f"Handoff {handoff.number} accepted by {who}; the assistant still answers")


def _who_comes(s: Situation, handoff: Handoff) -> str:
    """The assignee, or who acknowledged a call of since then and has not run out of time."""
    if s.assignee:
        return s.assignee
    calls = [page for page in s.pages if page.started_at >= handoff.requested_at and page.lease_until is not None]
    return next((page.acknowledged_by for page in reversed(calls)), "")


def _commit_where_somebody_is_there(turn: Turn, handoff: Handoff) -> None:
    s = turn.situation
    has_answered = s.answered_at is not None and s.answered_at >= handoff.requested_at
    is_on_the_desk = bool(s.assignee) and (not s.assigned_by or s.assigned_by in s.confirmed)
    if not (has_answered or is_on_the_desk):
        return
    who = s.assignee or s.answered_by or handoff.accepted_by
    committed = replace(handoff, state="committed", accepted_by=who, committed_at=turn.at)
    turn.change(handoff=committed, offered=())
    turn.record("handoff_committed", f"Handoff {handoff.number} committed: {who or 'somebody'} has the conversation")
    _set_assistant(turn, is_muted=True, because=f"{who or 'a person'} has the conversation")


def _hand_back(turn: Turn, handoff: Handoff) -> None:
    because = turn.situation.path[-1].because
    returned = replace(handoff, state="returned", returned_at=turn.at)
    turn.change(handoff=returned, offered=())
    turn.record("handed_back", f"Handed back to {turn.policy.team_name(turn.situation.team)}: {because}")
    _set_assistant(turn, is_muted=False, because=because)
    rules.fire(turn, "handed_back", facts(turn, returned))


def _set_assistant(turn: Turn, *, is_muted: bool, because: str) -> None:
    if turn.situation.is_assistant_muted != is_muted:
        turn.change(is_assistant_muted=is_muted)
        turn.ask(SetAssistant, because, is_muted=is_muted)
