"""A new version of the policy for a team's queue: its members, and the work of those who left the team.

Promises that no conversation is left in a queue that no longer exists, and that no customer waits for an agent who has
left the team. Must not know who gets the work instead (`matching`).
"""

from dataclasses import replace

from policies.queues.teams import presence
from policies.queues.teams.events import TermsChanged
from policies.queues.teams.state import TeamQueueEntry
from policies.queues.teams.turn import TeamTurn
from policies.running.policy import Policy
from policies.state.limits import DEPARTED_LIMIT


def has_queue(policy: Policy, team: str) -> bool:
    """`True` where the policy still has a queue for the team.

    A version without one is not followed, because conversations still wait in the queue.
    """
    found = policy.team(team)
    return found is not None and found.queue is not None


def change(turn: TeamTurn, event: TermsChanged) -> None:
    """Take the new terms in, and give back the work of members who left where a customer waits for it."""
    name = f"{event.policy} v{event.version}"
    if not event.is_followed:
        return turn.record("policy_kept", f"Its terms stay as they were: {name} has no queue for this team")
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


def owned_by_other(turn: TeamTurn, ticket: TeamQueueEntry) -> None:
    """Take in that a person who is not in the team has a conversation: take it back from one who has left the team.

    That person had it before, or was given it at that moment. A person who never was in the team keeps it: the helpdesk
    may have its reasons.
    """
    if ticket.agent not in turn.team.departed:
        return presence.stranger(turn, ticket.agent)
    _take_back(turn, ticket)
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
