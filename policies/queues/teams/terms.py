"""A new version of the policy for a team's queue: its members, and the work of those who left the team.

Promises that no conversation is left in a queue that no longer exists, and that no customer waits for an agent who has
left the team. Must not know who gets the work instead (`matching`).
"""

from policies.queues.teams import presence
from policies.queues.teams.events import TermsChanged
from policies.queues.teams.turn import TeamTurn
from policies.running.policy import Policy


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
    for agent in sorted(turn.team.members.keys() - turn.members.keys()):
        presence.withdraw_offers(turn, agent)
        _give_back(turn, agent)
    for agent in turn.members:  # the helpdesk may have led the queue until now, and nothing was taken back
        turn.change_member(agent, is_reclaimed=False)
    return None


def _give_back(turn: TeamTurn, agent: str) -> None:
    """Ask waiting conversations to give up an agent who left. Where the helpdesk leads the queue, it has to do that."""
    why = f"{agent} is not in this team any more"
    for entry in list(turn.tickets.values()):
        if entry.agent != agent or turn.queue.led_by == "desk":
            continue
        if entry.state == "granted":
            turn.return_to_queue(entry, why)
        elif entry.state == "owned" and entry.is_waiting:
            turn.tell(entry, "reclaimed", agent=agent, because=why)
            turn.record("reclaimed", f"{entry.conversation} taken back: {why}")
