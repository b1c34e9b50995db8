"""What a conversation tells the queue of a team.

Promises that the team runs once it is told something, and that telling twice is harmless: each message carries the
effect's key as its event id, which the team remembers. Must not know why there is something to tell.
"""

from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.accepted import Accepted, Attempt
from policies.effects import AskTeam, LeaveTeam, TellOwner


class Teams:
    """The teams of this namespace. `id_prefix` and `workflow_type` are what their workflows are named by."""

    def __init__(self, client: Client, id_prefix: str, workflow_type: str) -> None:
        self._client = client
        self._id_prefix = id_prefix
        self._workflow_type = workflow_type

    @activity.defn(name="teams.ask")
    async def ask(self, effect: AskTeam) -> Accepted:
        """Get in line."""
        needs = [{"skill": skill, "required": required, "steps": steps} for skill, required, steps in effect.needs]
        body = effect.model_dump(mode="json", exclude={"key", "due_at", "life", "because", "kind", "team", "needs"})
        return await self._tell(effect, "asked", {**body, "needs": needs})

    @activity.defn(name="teams.own")
    async def own(self, effect: TellOwner) -> Accepted:
        """Say who has it."""
        body = effect.model_dump(mode="json", exclude={"key", "due_at", "life", "because", "kind", "team"})
        return await self._tell(effect, "owned", body)

    @activity.defn(name="teams.leave")
    async def leave(self, effect: LeaveTeam) -> Accepted:
        """Get out of line, or give up who had it. A team that does not run holds nobody."""
        attempt = Attempt()
        try:
            handle = self._client.get_workflow_handle(self._id_prefix + effect.team)
            await handle.signal("left", {**_head(effect, attempt), "because": effect.because})
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return attempt.accepted(f"{effect.team} does not run")
        return attempt.accepted(f"told {effect.team}")

    async def _tell(self, effect: AskTeam | TellOwner, signal: str, body: dict[str, Any]) -> Accepted:
        attempt = Attempt()
        await self._client.start_workflow(
            self._workflow_type,
            {"team": effect.team, "policy": effect.policy},
            id=self._id_prefix + effect.team,
            task_queue=activity.info().task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=signal,
            start_signal_args=[{**body, **_head(effect, attempt)}],
        )
        return attempt.accepted(f"told {effect.team}")


def _head(effect: AskTeam | TellOwner | LeaveTeam, attempt: Attempt) -> dict[str, Any]:
    """`occurred_at` is what the conversation's clock shows now, not since when the effect was due.

    The team compares it with its own clock, so how late a helpdesk told us of a customer must not be in it.
    """
    return {
        "event_id": effect.key,
        "occurred_at": attempt.started_at.isoformat(),
        "conversation": effect.conversation_id,
    }
