"""The handoff's stages, from the assistant to a person and back: requested, accepted, committed, handed back.

Promises that the assistant answers until a person is really there, so that no customer is left without an answer: the
assistant is muted only when the handoff is committed, and speaks again when the conversation comes back to it, or when
the person who was there left without a word to the customer. Must not know who is chosen (`queueing`, `ladder`) or what
the customer is told (`telling`).
"""

from dataclasses import replace
from datetime import datetime

from policies.handoff import coming
from policies.handoff.outlook import facts
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.effects import SetAssistant
from policies.state.events import AssignmentConfirmed
from policies.state.keys import Key
from policies.state.situation import Handoff, Situation, Stint

_CONFIRMED = 5
"""How many confirmed assignments are remembered; only the latest can still matter."""


def follow(turn: Turn) -> None:
    """Bring the handoff up to date with who has the conversation; to be called after every change."""
    s = turn.situation
    if not s.team or s.drill or s.incident is not None:
        return
    if s.is_resolved:
        _end(turn, s.handoff)
        return
    if is_with_the_assistant(s, turn.policy):
        _hand_back(turn, s.handoff)
        return
    if _has_left_the_assistant(s, turn.policy):
        _request(turn)
    if (handoff := turn.situation.handoff) is not None and handoff.state == "committed":
        _reopen_where_nobody_is_there(turn, handoff)
    if (handoff := turn.situation.handoff) is not None and handoff.is_open:
        _accept(turn, handoff)
    if (handoff := turn.situation.handoff) is not None and handoff.is_open:
        _commit_where_somebody_is_there(turn, handoff)
    _tell_rules(turn, s.handoff)


def await_anew(turn: Turn) -> None:
    """Count from now how long no person comes: the time of a promised callback has come."""
    handoff = turn.situation.handoff
    if handoff is not None and handoff.state == "requested":
        turn.change(handoff=replace(handoff, reopened=handoff.reopened + 1, awaited_at=turn.at))


def is_with_the_assistant(s: Situation, policy: Policy) -> bool:
    """True where the assistant's team has it, no person of the policy is assigned, and no person has answered there."""
    if not policy.is_assistant(s.team) or s.assignee in policy.document.people:
        return False
    return s.answered_at is None or s.answered_at <= _with_it_since(s)


def can_be_given_back(s: Situation, policy: Policy) -> bool:
    """True where people have the conversation in the assistant's own team."""
    return policy.is_assistant(s.team) and not is_with_the_assistant(s, policy)


def confirmed(turn: Turn, event: AssignmentConfirmed) -> None:
    """Remember that the helpdesk has made the assignee: they are there, unless there is another assignee by now."""
    keys = (*turn.situation.confirmed[1 - _CONFIRMED :], Key(event.key).original)
    turn.change(confirmed=keys)


def _tell_rules(turn: Turn, before: Handoff | None) -> None:
    """Announce the handoff's new state to the rules, unless it is only requested again.

    Of several states in one change only the last is announced: the others are over.
    """
    handoff = turn.situation.handoff
    if handoff is None or handoff == before:
        return
    if before is None or before.number != handoff.number or handoff.state not in (before.state, "requested"):
        turn.announce(facts(turn, handoff), f"handoff_{handoff.state}")


def _with_it_since(s: Situation) -> datetime:
    """Return when the assistant's team got the conversation, or had it back."""
    returned = s.handoff.returned_at if s.handoff is not None else None
    began = s.path[-1].since if s.path else s.opened_at
    return max(began, returned) if returned else began


def _has_left_the_assistant(s: Situation, policy: Policy) -> bool:
    """True where the conversation was with the assistant, and no open or committed handoff is known."""
    is_known = s.handoff is not None and s.handoff.state != "returned"
    return not is_known and any(was_assistant(stint, policy) for stint in s.path)


def was_assistant(stint: Stint, policy: Policy) -> bool:
    """True where an assistant answered for the team then, whatever the policy of today says."""
    return policy.is_assistant(stint.team) if stint.is_assistant is None else stint.is_assistant


def _request(turn: Turn) -> None:
    s = turn.situation
    was = next(stint.team for stint in reversed(s.path) if was_assistant(stint, turn.policy))
    number = s.handoff.number + 1 if s.handoff else 1
    handoff = Handoff(number, was, _why_it_left(turn), turn.at, reason=s.reason)
    turn.change(handoff=handoff)
    turn.record("handoff_requested", f"Handoff {number} to {turn.policy.team_name(s.team)}: {handoff.because}")


def _why_it_left(turn: Turn) -> str:
    """Return why it moved; in the assistant's own team, who has taken or answered it there."""
    s = turn.situation
    if not turn.policy.is_assistant(s.team):
        return s.path[-1].because
    return f"taken by {s.assignee}" if s.assignee else f"answered by {s.answered_by or 'a person'}"


def _accept(turn: Turn, handoff: Handoff) -> None:
    """Note who accepts the handoff; reopen it where that person does not come after all."""
    who = _who_comes(turn.situation, handoff)
    if who and coming.acceptance(turn.situation, who) == handoff.given_up:
        who = ""
    if who == handoff.accepted_by:
        return
    if not who:
        _reopen(turn, handoff)
        return
    turn.change(handoff=replace(handoff, state="accepted", accepted_by=who, accepted_at=turn.at))
    turn.record("handoff_accepted", f"Handoff {handoff.number} accepted by {who}; the assistant still answers")


def _who_comes(s: Situation, handoff: Handoff) -> str:
    """Return who is coming: the assignee unless a rule chose them, else a person whose lease of a call still runs.

    A team's queue chooses among agents who are available, so an agent whom it chose counts as coming.
    """
    if s.assignee and s.given_by:
        return s.assignee
    calls = [page for page in s.pages if page.started_at >= handoff.requested_at and page.has_lease]
    return next((page.acknowledged_by for page in reversed(calls)), "")


def _commit_where_somebody_is_there(turn: Turn, handoff: Handoff) -> None:
    """Commit when an agent has answered, or a person assigned it and the helpdesk confirmed the assignment."""
    s = turn.situation
    is_on_the_desk = not s.assigned_by or s.assigned_by in s.confirmed
    if not (_has_answered(s, handoff) or (s.given_by == "person" and is_on_the_desk)):
        return
    who = s.assignee or s.answered_by or handoff.accepted_by
    committed = replace(handoff, state="committed", accepted_by=who, committed_at=turn.at)
    turn.change(handoff=committed, offered=())
    turn.record("handoff_committed", f"Handoff {handoff.number} committed: {who or 'an agent'} has the conversation")
    _set_assistant(turn, is_muted=True, because=f"{who or 'a person'} has the conversation")


def _has_answered(s: Situation, handoff: Handoff) -> bool:
    return s.answered_at is not None and s.answered_at >= handoff.requested_at


def _reopen_where_nobody_is_there(turn: Turn, handoff: Handoff) -> None:
    """Reopen a handoff whose person left before a word to the waiting customer; the assistant answers meanwhile."""
    s = turn.situation
    if s.assignee or s.waiting_since is None or _has_answered(s, handoff):
        return
    _reopen(turn, handoff)
    _set_assistant(turn, is_muted=False, because=f"{handoff.accepted_by or 'nobody'} does not come after all")


def _reopen(turn: Turn, handoff: Handoff) -> None:
    turn.change(handoff=coming.reopened(turn, handoff))
    turn.record("handoff_reopened", f"Handoff {handoff.number}: {handoff.accepted_by} does not come after all")


def _hand_back(turn: Turn, handoff: Handoff | None) -> None:
    if handoff is None or handoff.state == "returned":
        return
    has_moved = turn.situation.path[-1].since >= handoff.requested_at
    because = turn.situation.path[-1].because if has_moved else f"{handoff.accepted_by or 'nobody'} has let go of it"
    returned = replace(handoff, state="returned", returned_at=turn.at)
    turn.change(handoff=returned, offered=())
    turn.record("handed_back", f"Handed back to {turn.policy.team_name(turn.situation.team)}: {because}")
    _set_assistant(turn, is_muted=False, because=because)
    turn.announce(facts(turn, returned), "handed_back")


def _end(turn: Turn, handoff: Handoff | None) -> None:
    """End a handoff that is resolved before a person came; a reopened conversation gets another handoff."""
    if handoff is not None and handoff.is_open:
        turn.change(handoff=replace(handoff, state="returned", returned_at=turn.at))
        turn.record("handoff_ended", f"Handoff {handoff.number}: resolved before anybody came")


def _set_assistant(turn: Turn, *, is_muted: bool, because: str) -> None:
    if turn.situation.is_assistant_muted != is_muted:
        turn.change(is_assistant_muted=is_muted)
        turn.ask(SetAssistant, because, is_muted=is_muted)
