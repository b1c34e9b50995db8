"""The agents' presence: coming, going, flapping, falling silent, the end of a shift, and what happens to their work.

Promises that an agent who comes back within `grace` finds everything as it was, and that no waiting customer waits
longer for an agent who is gone. Must not know who gets the work instead (`matching`).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from policies.queues.teams.events import Heartbeat, PresenceChanged
from policies.queues.teams.state import TeamMember, TeamQueueEntry, by_rank
from policies.queues.teams.turn import TeamTurn
from policies.state.limits import STRANGERS_LIMIT


def report(turn: TeamTurn, event: PresenceChanged | Heartbeat) -> None:
    """Take in a report on an agent's presence, or a heartbeat, which never brings back an agent who has left."""
    member = turn.members.get(event.agent)
    if member is None:
        return stranger(turn, event.agent)
    if isinstance(event, Heartbeat):
        return turn.change_member(event.agent, beat_at=turn.at)
    if member.since is not None and (member.presence == event.presence):
        return turn.change_member(event.agent, beat_at=turn.at if member.beat_at else None)
    if event.is_forwarded and member.since is not None and event.occurred_at <= member.since:
        return None  # this team has heard of a later change itself
    beat_at = turn.at if member.beat_at else None
    since = min(event.occurred_at, turn.at) if event.is_forwarded else turn.at
    turn.change_member(event.agent, presence=event.presence, since=since, beat_at=beat_at)
    for team in turn.teams_of(event.agent) if not event.is_forwarded else ():
        if team != turn.team.team:
            turn.tell_team(team, "presence", agent=event.agent, presence=event.presence, is_forwarded=True)
    if event.presence == "available" and (member.since is None or turn.at - member.since > turn.queue.grace):
        _forget_misses(turn, event.agent)
    return turn.record("presence", f"{event.agent} is {event.presence}")


def stranger(turn: TeamTurn, agent: str) -> None:
    """Record an agent who is not in this team by the policy. Nothing else follows."""
    turn.record("unknown_agent", f"{agent} is not in this team: ignored. Add `team: {turn.team.team}` under `people:`")
    known = tuple(name for name in turn.team.strangers if name != agent)
    turn.team = replace(turn.team, strangers=(*known[1 - STRANGERS_LIMIT :], agent))


def look(turn: TeamTurn) -> None:
    """Notice which agents are gone or back at this instant. Call this in every turn."""
    for member in list(turn.members.values()):
        is_gone = _is_gone(turn, member)
        if not is_gone and member.gone_since is not None:
            turn.change_member(member.agent, gone_since=None, is_reclaimed=False)
        elif is_gone and member.gone_since is None:
            turn.change_member(member.agent, gone_since=turn.at)
            withdraw_offers(turn, member.agent)
        elif is_gone and not member.is_reclaimed and _ends_at(turn, member) <= turn.at:
            turn.change_member(member.agent, is_reclaimed=True)
            for entry in _owned_by(turn, member.agent):
                take_back(turn, entry)


def take_back(turn: TeamTurn, entry: TeamQueueEntry, *, is_full: bool = False) -> None:
    """Ask a conversation to give up its agent, who is gone, or has no room for it after a hold (`is_full`).

    The conversation does so where its customer waits, and asks again.
    Nothing is taken back where the helpdesk chooses: it may have its reasons, and need not report who is at work.
    """
    if turn.queue.led_by == "desk":
        return
    member = turn.members[entry.agent]
    is_over = not turn.hours_of(member.agent).is_open(turn.at)
    why = f"the shift of {member.agent} has ended" if is_over else f"{member.agent} is gone"
    if is_full:
        why = f"{member.agent} has no room for it after the hold"
    turn.tell(entry, "reclaimed", agent=member.agent, because=why, **({"is_full": True} if is_full else {}))
    turn.record("reclaimed", f"{entry.conversation} taken back: {why}")


def withdraw_offers(turn: TeamTurn, agent: str) -> None:
    """Withdraw the offers to an agent who is gone. They may be asked again later: not answering was not their fault."""
    for entry in list(turn.tickets.values()):
        if entry.agent == agent and entry.state == "offered":
            turn.return_to_queue(entry, f"{agent} is gone", "offer_withdrawn")


def _forget_misses(turn: TeamTurn, agent: str) -> None:
    """Let an agent be asked again at once, because they were away for longer than `grace` when they were asked."""
    for entry in list(turn.tickets.values()):
        if entry.missed and agent in turn.just_missed(entry):
            missed = (replace(miss, again_at=turn.at) if miss.agent == agent else miss for miss in entry.missed)
            turn.put(replace(entry, missed=tuple(missed)))


def changes_ahead(turn: TeamTurn) -> Iterator[tuple[datetime, str]]:
    """Yield when time alone will change an agent's presence."""
    for member in turn.members.values():
        if member.gone_since is not None and not member.is_reclaimed and _owned_by(turn, member.agent):
            yield _ends_at(turn, member), f"{member.agent} counts as gone for good"
        silent_after = turn.queue.silent_after
        if silent_after and member.beat_at and turn.presence_of(member) != "offline":
            yield member.beat_at + silent_after, f"{member.agent} counts as offline without a heartbeat"
        if turn.people[member.agent].shift and (change := _shift_change(turn, member)):
            yield change, f"the shift of {member.agent} changes"


def _shift_change(turn: TeamTurn, member: TeamMember) -> datetime | None:
    hours = turn.hours_of(member.agent)
    return hours.next_closing(turn.at) if hours.is_open(turn.at) else hours.opens_at(turn.at)


def _is_gone(turn: TeamTurn, member: TeamMember) -> bool:
    return turn.presence_of(member) == "offline" or not turn.hours_of(member.agent).is_open(turn.at)


def _ends_at(turn: TeamTurn, member: TeamMember) -> datetime:
    """Return when the agent's grace is over."""
    return (member.gone_since or turn.at) + turn.queue.grace


def _owned_by(turn: TeamTurn, agent: str) -> list[TeamQueueEntry]:
    owned = (entry for entry in turn.tickets.values() if entry.agent == agent and entry.state == "owned")
    return sorted((entry for entry in owned if entry.is_waiting), key=by_rank)
