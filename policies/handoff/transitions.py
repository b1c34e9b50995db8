"""The handoff's transitions: in which state what leads to which other state, and what is done then.

`TRANSITIONS` is the whole of it: what it does not name changes nothing. Promises that the assistant is muted only when
a person is there, and speaks again when that person leaves without a word to the customer. Must not know when to look
(`stages`), or what the customer is told (`telling`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from policies.on_call import ladder
from policies.on_call.calls import subject_of
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.effects import SetAssistant
from policies.state.records.handoffs import Handoff, Handoffs
from policies.state.records.responsible import Stint
from policies.state.situation import Situation

HandoffState = Literal["none", "requested", "accepted", "committed", "returned"]
HandoffEvent = Literal[
    "the conversation is resolved",
    "the assistant has the conversation",
    "people have the conversation",
    "the person has not come in time",
    "the helpdesk refuses the assignment",
    "a promised callback is due",
]


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: in one of the states `within`, where the guard holds, the event leads to the state `to`.

    `do` returns the handoff as it is then, but for its state. The docstrings of both are the words of docs/handoff.md.
    """

    within: tuple[HandoffState, ...]
    event: HandoffEvent
    guard: Callable[[Turn, Handoff], bool] | None
    to: HandoffState
    do: Callable[..., Handoff]


def take(turn: Turn, event: HandoffEvent, **said: str) -> None:
    """Go through the rows of the event from the top; each sees the state that the rows above have led to."""
    for row in TRANSITIONS:
        if row.event != event:
            continue
        handoff = turn.situation.handoffs.latest or Handoff(0, "", "", turn.at)  # the stand-in for no handoff so far
        state = handoff.state if handoff.number else "none"
        if state in row.within and (row.guard is None or row.guard(turn, handoff)):
            changed = row.do(turn, handoff, **said)
            turn.change(Handoffs, latest=replace(changed, state=row.to))


def was_assistant(stint: Stint, policy: Policy) -> bool:
    """True where an assistant answered for the team then, whatever the policy of today says."""
    return policy.is_assistant(stint.team) if stint.is_assistant is None else stint.is_assistant


def _was_with_the_assistant(turn: Turn, _: Handoff) -> bool:
    """True where the assistant had it before."""
    return any(was_assistant(stint, turn.policy) for stint in turn.situation.responsible.path)


def _has_no_agent(turn: Turn, handoff: Handoff) -> bool:
    """True where the customer waits, without an assignee and without an answer since the handoff."""
    s = turn.situation
    return not s.responsible.assignee and s.waiting.since is not None and not _has_answered(s, handoff)


def _no_agent_comes(turn: Turn, handoff: Handoff) -> bool:
    """True where no agent is coming any more."""
    return not _who_comes(turn.situation, handoff)


def _another_comes(turn: Turn, handoff: Handoff) -> bool:
    """True where a person is coming who was not noted: assigned, but by no rule; or with a call they acknowledged."""
    return _who_comes(turn.situation, handoff) not in ("", handoff.accepted_by)


def _is_there(turn: Turn, handoff: Handoff) -> bool:
    """True where a person has answered, or a person assigned it and the helpdesk has confirmed the assignment."""
    s = turn.situation
    is_on_the_desk = not s.responsible.assigned_by or s.responsible.assigned_by in s.handoffs.confirmed
    return _has_answered(s, handoff) or (s.responsible.given_by == "person" and is_on_the_desk)


def _is_given_by_a_person(turn: Turn, _: Handoff) -> bool:
    """True where a person has named the assignee."""
    return turn.situation.responsible.given_by == "person"


def _has_answered(s: Situation, handoff: Handoff) -> bool:
    return s.waiting.answered_at is not None and s.waiting.answered_at >= handoff.requested_at


def _who_comes(s: Situation, handoff: Handoff) -> str:
    """Return who is coming: the assignee unless a rule chose them, else a person whose lease of a call still runs.

    A team's queue chooses among agents who are available, so an agent of its choice counts as coming. A person
    whose present acceptance was waited for in vain does not count.
    """
    calls = [run for run in s.on_call.runs if run.started_at >= handoff.requested_at and run.has_lease]
    called = next((run.acknowledged_by for run in reversed(calls)), "")
    who = s.responsible.assignee if s.responsible.assignee and s.responsible.given_by else called
    return who if who and _acceptance(s, who) != handoff.given_up else ""


def _acceptance(s: Situation, who: str) -> str:
    """Return the name of one acceptance: the person and the assignment. A later assignment is another acceptance."""
    return f"{who}@{s.responsible.assigned_by}" if who else ""


def _end(turn: Turn, handoff: Handoff) -> Handoff:
    """End it: opened again, the conversation gets another handoff."""
    turn.record("handoff_ended", f"Handoff {handoff.number}: resolved before anybody came")
    return replace(handoff, returned_at=turn.at)


def _hand_back(turn: Turn, handoff: Handoff) -> Handoff:
    """Let the assistant speak again, and withdraw the choices that the customer was offered."""
    has_moved = turn.situation.responsible.path[-1].since >= handoff.requested_at
    because = (
        turn.situation.responsible.path[-1].because
        if has_moved
        else f"{handoff.accepted_by or 'nobody'} has let go of it"
    )
    turn.change(Handoffs, offered=())
    turn.record("handed_back", f"Handed back to {turn.policy.team_name(turn.situation.responsible.team)}: {because}")
    _set_assistant(turn, is_muted=False, because=because)
    return replace(handoff, returned_at=turn.at)


def _request(turn: Turn, handoff: Handoff) -> Handoff:
    """Begin the next handoff."""
    s, number, because = turn.situation, handoff.number + 1, _why_it_left(turn)
    was = next(stint.team for stint in reversed(s.responsible.path) if was_assistant(stint, turn.policy))
    turn.record("handoff_requested", f"Handoff {number} to {turn.policy.team_name(s.responsible.team)}: {because}")
    return Handoff(number, was, because, turn.at, reason=s.responsible.reason)


def _why_it_left(turn: Turn) -> str:
    """Return why it moved; in the assistant's own team, who has taken or answered it there."""
    s = turn.situation
    if not turn.policy.is_assistant(s.responsible.team):
        return s.responsible.path[-1].because
    return (
        f"taken by {s.responsible.assignee}"
        if s.responsible.assignee
        else f"answered by {s.waiting.answered_by or 'a person'}"
    )


def _reopen_with_the_assistant(turn: Turn, handoff: Handoff) -> Handoff:
    """Await another person, and let the assistant speak again."""
    again = _reopen(turn, handoff)
    _set_assistant(turn, is_muted=False, because=f"{handoff.accepted_by or 'nobody'} does not come after all")
    return again


def _reopen(turn: Turn, handoff: Handoff) -> Handoff:
    """Await another person."""
    turn.record("handoff_reopened", f"Handoff {handoff.number}: {handoff.accepted_by} does not come after all")
    return _awaited_anew(turn, handoff)


def _accept(turn: Turn, handoff: Handoff) -> Handoff:
    """Note who is coming; the assistant still answers."""
    who = _who_comes(turn.situation, handoff)
    turn.record("handoff_accepted", f"Handoff {handoff.number} accepted by {who}; the assistant still answers")
    return replace(handoff, accepted_by=who, accepted_at=turn.at)


def _commit(turn: Turn, handoff: Handoff) -> Handoff:
    """Mute the assistant, and withdraw the choices that the customer was offered."""
    s = turn.situation
    who = s.responsible.assignee or s.waiting.answered_by or handoff.accepted_by
    turn.change(Handoffs, offered=())
    turn.record("handoff_committed", f"Handoff {handoff.number} committed: {who or 'an agent'} has the conversation")
    _set_assistant(turn, is_muted=True, because=f"{who or 'a person'} has the conversation")
    return replace(handoff, accepted_by=who, committed_at=turn.at)


def _await_another(turn: Turn, handoff: Handoff) -> Handoff:
    """Await another person, and count this acceptance no more."""
    return _given_up(turn, handoff, "has not answered the customer", is_trouble=False)


def _helpdesk_is_late(turn: Turn, handoff: Handoff, why: str = "") -> Handoff:
    """Await another person, count this acceptance no more, and alert people: the helpdesk has not assigned it."""
    return _given_up(turn, handoff, f"the helpdesk has not made them the assignee{why}", is_trouble=True)


def _given_up(turn: Turn, handoff: Handoff, why: str, *, is_trouble: bool) -> Handoff:
    who = handoff.accepted_by
    text = f"Handoff {handoff.number}: {who} accepted, and {why}; another agent is awaited"
    turn.record("handoff_reopened", text)
    if is_trouble:
        ladder.alert(turn, f"{text} — {subject_of(turn)}", "a handoff waits for the helpdesk")
    return _awaited_anew(turn, replace(handoff, given_up=_acceptance(turn.situation, who)))


def _awaited_anew(turn: Turn, handoff: Handoff) -> Handoff:
    """Count the wait for an agent anew."""
    again = replace(handoff, accepted_by="", accepted_at=None, committed_at=None)
    return replace(again, reopened=handoff.reopened + 1, awaited_at=turn.at)


def _set_assistant(turn: Turn, *, is_muted: bool, because: str) -> None:
    if turn.situation.handoffs.is_assistant_muted != is_muted:
        turn.change(Handoffs, is_assistant_muted=is_muted)
        turn.ask(SetAssistant, because, is_muted=is_muted)


_OPEN: tuple[HandoffState, ...] = ("requested", "accepted")
_PEOPLE = "people have the conversation"
TRANSITIONS = (
    Transition(_OPEN, "the conversation is resolved", None, "returned", _end),
    Transition((*_OPEN, "committed"), "the assistant has the conversation", None, "returned", _hand_back),
    Transition(("none", "returned"), _PEOPLE, _was_with_the_assistant, "requested", _request),
    Transition(("committed",), _PEOPLE, _has_no_agent, "requested", _reopen_with_the_assistant),
    Transition(("accepted",), _PEOPLE, _no_agent_comes, "requested", _reopen),
    Transition(_OPEN, _PEOPLE, _another_comes, "accepted", _accept),
    Transition(_OPEN, _PEOPLE, _is_there, "committed", _commit),
    Transition(("accepted",), "the person has not come in time", _is_given_by_a_person, "requested", _helpdesk_is_late),
    Transition(("accepted",), "the person has not come in time", None, "requested", _await_another),
    Transition(
        ("accepted",), "the helpdesk refuses the assignment", _is_given_by_a_person, "requested", _helpdesk_is_late
    ),
    Transition(("requested",), "a promised callback is due", None, "requested", _awaited_anew),
)
