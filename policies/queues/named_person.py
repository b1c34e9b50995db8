"""People whom a rule names: who gets the conversation, and what happens where they are away.

Promises that no customer waits for a person who is not at work. In a team with a queue of Baton's the queue asks them
first, and then goes on; in every other team they become the assignee only in their hours, and only until these end.
Must not know how a queue chooses (`teams`).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from policies.document.document import ToPerson
from policies.document.escalations import Person
from policies.queues.queueing import queue_of
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.sla import responsible
from policies.state.situation import Situation


def assign(turn: Turn, to: ToPerson, because: str, reason: str) -> None:
    """Give the conversation to a person's team, and there to the person, as far as they can have it."""
    person = turn.policy.document.people.get(to.person)
    team = to.team or next(iter(person.teams if person else ()), turn.situation.responsible.team)
    responsible.assign(turn, team, because, reason=reason, **_terms(turn, team, to.person, because))


def escalate(turn: Turn, to: ToPerson, because: str, reason: str) -> None:
    """Give the conversation to a person of a higher tier, or to one of the team that has it already."""
    here, policy = turn.situation.responsible.team, turn.policy
    person = policy.document.people.get(to.person)
    teams = (to.team,) if to.team else person.teams if person else ()
    above = sorted((team for team in teams if policy.tier(team) > policy.tier(here)), key=policy.tier)
    if not above and here in teams:
        return assign(turn, ToPerson(person=to.person, team=here), because, reason)
    team = next(iter(above), here)
    return responsible.escalate(turn, team, because, reason, **_terms(turn, team, to.person, because))


def deadlines(s: Situation, policy: Policy) -> Iterator[tuple[datetime, str, str]]:
    """Yield `(at, what, unless)`: the end of the hours of a person whom a rule named, and who has not answered."""
    if (at := _hours_end(s, policy)) is not None:
        yield at, f"taken back from {s.responsible.assignee}, whose hours end", "a public reply"


def reach_deadline(turn: Turn) -> None:
    """Leave the conversation to the team, because the hours of the person whom a rule named have ended."""
    who = turn.situation.responsible.assignee
    responsible.unassign(turn, f"the hours of {who} have ended, and the customer waits")


def _terms(turn: Turn, team: str, who: str, because: str) -> dict[str, Any]:
    """Return how the team gets the person: as the one to ask first, as the assignee, or not at all."""
    person = turn.policy.document.people.get(who)
    if person is None or team not in person.teams:
        _say(turn, f"{who} is not in {turn.policy.team_name(team)}: given to the team", because)
        return {}
    if is_asked_in(turn.policy, team):
        return {"wanted": who}
    if not turn.policy.hours(person.shift).is_open(turn.at):
        opens_at = turn.policy.hours(person.shift).opens_at(turn.at)
        until = f" until {turn.policy.local_time(opens_at)}" if opens_at else ""
        _say(turn, f"{who} does not work{until}: given to the team", because)
        return {}
    return {"assignee": who}


def is_asked_in(policy: Policy, team: str) -> bool:
    """`True` where Baton chooses the people of the team, so that it can ask a person first."""
    queue = queue_of(policy, team)
    return queue is not None and queue.led_by == "baton"


def _say(turn: Turn, text: str, because: str) -> None:
    turn.record("unknown_agent", text)
    turn.note(text, because)


def _hours_end(s: Situation, policy: Policy) -> datetime | None:
    """Return when the hours of an assignee by rule end, while the customer waits; None where that does not matter."""
    here = s.responsible
    person: Person | None = policy.document.people.get(here.assignee)
    is_by_rule = bool(here.assigned_by) and not here.given_by
    if s.edition < 4 or person is None or person.shift is None or not is_by_rule or not s.is_waiting:
        return None
    if is_asked_in(policy, here.team) or s.waiting.answered_by == here.assignee:
        return None  # a queue takes it back by itself; the customer of an agent who has answered is in good hands
    hours = policy.hours(person.shift)
    return hours.next_closing(s.at) if hours.is_open(s.at) else s.at
