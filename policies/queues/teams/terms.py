"""A new version of the policy for a team's queue: its members, the work of those who left, and the end of the queue.

Promises that no customer waits for an agent who has left the team. Where a version has no queue for the team any more,
every conversation under an earlier one is told so, and the terms before hold until it has gone. Must not know who gets
the work instead (`matching`).
"""

from collections.abc import Mapping
from dataclasses import replace

from policies.queues.teams import presence
from policies.queues.teams.events import TermsChanged
from policies.queues.teams.state import ClosingVersion, TeamQueueEntry, by_rank
from policies.queues.teams.turn import TeamTurn
from policies.running.policy import Policy
from policies.state.limits import DEPARTED_LIMIT


def has_queue(policy: Policy, team: str) -> bool:
    """`True` where the policy has a queue for the team. A version without one is not followed: it closes the queue."""
    found = policy.team(team)
    return found is not None and found.queue is not None


def change(turn: TeamTurn, event: TermsChanged) -> None:
    """Take the new terms in, and give back the work of members who left where a customer waits for it."""
    name = f"{event.policy} v{event.version}"
    if not event.is_followed and turn.team.edition < 3:  # before, conversations under earlier versions stayed in line
        return turn.record("policy_kept", f"Its terms stay as they were: {name} has no queue for this team")
    if not event.is_followed:
        return _close(turn, event, name)
    turn.team = replace(turn.team, closed_by=_other_closings(turn, event.policy))
    turn.record("policy_adopted", f"Under {name} from now on")
    departed = sorted(turn.team.members.keys() - turn.members.keys())
    for agent in departed:
        presence.withdraw_offers(turn, agent)
        _give_back(turn, agent)
    if turn.team.edition >= 3:
        known = (agent for agent in turn.team.departed if agent not in turn.members and agent not in departed)
        turn.team = replace(turn.team, departed=(*known, *departed)[-DEPARTED_LIMIT:])
    for agent in turn.members:  # the helpdesk may have led the queue until now, and nothing was taken back
        turn.change_member(agent, is_reclaimed=False)
    return None


def left_by(tickets: Mapping[str, TeamQueueEntry], policy: str, version: int) -> list[TeamQueueEntry]:
    """Return the conversations that have to leave the queue which this version closes, the first in line first."""
    return sorted((entry for entry in tickets.values() if _has_to_leave(entry, policy, version)), key=by_rank)


def asked_under(turn: TeamTurn, conversation: str) -> None:
    """Take in that a conversation counts on the queue: tell it where a later version of its policy has closed it."""
    entry = turn.tickets[conversation]
    for version in turn.team.closed_by:
        if _has_to_leave(entry, version.policy, version.version):
            _tell_closed(turn, entry, version)


def _close(turn: TeamTurn, event: TermsChanged, name: str) -> None:
    version = ClosingVersion(event.policy, event.version, turn.at)
    leaving = left_by(turn.tickets, event.policy, event.version)
    turn.team = replace(turn.team, closed_by=(*_other_closings(turn, event.policy), version))
    go = f"{len(leaving)} conversations go where it routes them" if leaving else "no conversation is in it"
    turn.record("team_closed", f"The queue is closed, because {name} has none for this team: {go}")
    for entry in leaving:
        _tell_closed(turn, entry, version)


def _other_closings(turn: TeamTurn, policy: str) -> tuple[ClosingVersion, ...]:
    return tuple(version for version in turn.team.closed_by if version.policy != policy)


def _has_to_leave(entry: TeamQueueEntry, policy: str, version: int) -> bool:
    """`True` where the conversation is under an earlier version of that policy, or did not say which it is under."""
    return entry.policy in ("", policy) and entry.version < version


def _tell_closed(turn: TeamTurn, entry: TeamQueueEntry, version: ClosingVersion) -> None:
    turn.tell(entry, "team_closed", policy=version.policy, version=version.version)


def owned_by_other(turn: TeamTurn, entry: TeamQueueEntry) -> None:
    """Take in that a person who is not in the team has a conversation: take it back from one who has left the team.

    That person had it before, or was given it at that moment. A person who never was in the team keeps it: the helpdesk
    may have its reasons.
    """
    if entry.agent not in turn.team.departed:
        return presence.stranger(turn, entry.agent)
    _take_back(turn, entry)
    return None


def _give_back(turn: TeamTurn, agent: str) -> None:
    """Take back what an agent who left was given or has, where a customer waits for it."""
    for entry in [entry for entry in turn.tickets.values() if entry.agent == agent]:
        if entry.state == "granted" and (turn.queue.led_by == "baton" or turn.team.edition >= 3):
            turn.return_to_queue(entry, _why(agent))
        elif entry.state == "owned":
            _take_back(turn, entry)


def _take_back(turn: TeamTurn, entry: TeamQueueEntry) -> None:
    """Ask a conversation to give up its agent where its customer waits. A helpdesk that leads does it itself."""
    if entry.is_waiting and turn.queue.led_by == "baton":
        turn.tell(entry, "reclaimed", agent=entry.agent, because=_why(entry.agent))
        turn.record("reclaimed", f"{entry.conversation} taken back: {_why(entry.agent)}")


def _why(agent: str) -> str:
    return f"{agent} is not in this team any more"
