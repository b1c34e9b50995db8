"""Messages of a conversation to the queue of a team.

Promises that the team runs once it is told something, and that telling twice is harmless: each message carries the
effect's key as its event id, which the team remembers. Must not know why there is something to tell.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.common import QueryRejectCondition, WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.effects.accepted import Accepted, Attempt
from policies.queues.teams.events import Message
from policies.state.effects import FindEntry, InQueue, LeaveTeam, TellOwner

_ANSWERS_WITHIN = timedelta(seconds=5)


class TeamSilentError(Exception):
    """A team's queue runs, but does not answer, or has not taken in a message."""


class Teams:
    """The teams of this namespace. Their workflows have the type `workflow_type` and ids beginning with `id_prefix`."""

    def __init__(self, client: Client, id_prefix: str, workflow_type: str) -> None:
        self._client = client
        self._id_prefix = id_prefix
        self._workflow_type = workflow_type

    @activity.defn(name="teams.ask")
    async def ask(self, effect: InQueue) -> Accepted:
        """Ask the team for an agent: enter its queue."""
        needs = [{"skill": skill, "required": required, "steps": steps} for skill, required, steps in effect.needs]
        body = effect.model_dump(mode="json", exclude={"key", "due_at", "life", "because", "kind", "team", "needs"})
        return await self._tell(effect, "asked", {**body, "needs": needs})

    @activity.defn(name="teams.find")
    async def find(self, effect: FindEntry) -> Accepted:
        """Make sure that the team runs and knows the queue entry; enter the queue again where it does not."""
        attempt = Attempt()
        if await self._knows(effect):
            return attempt.accepted(f"{effect.team} knows of it")
        accepted = await self.ask(effect)
        if not await self._knows(effect):
            raise TeamSilentError(f"the queue of {effect.team} has not taken it in yet")
        return accepted

    @activity.defn(name="teams.own")
    async def own(self, effect: TellOwner) -> Accepted:
        """Tell the team who the assignee is."""
        body = effect.model_dump(mode="json", exclude={"key", "due_at", "life", "because", "kind", "team"})
        return await self._tell(effect, "owned", body)

    @activity.defn(name="teams.leave")
    async def leave(self, effect: LeaveTeam) -> Accepted:
        """Tell the team that the conversation leaves its queue or assignee. Succeeds where the team does not run."""
        attempt = Attempt()
        try:
            handle = self._client.get_workflow_handle(self._id_prefix + effect.team)
            under = {"policy": effect.policy, "version": effect.version}
            await handle.signal("left", {**_head(effect, attempt), **under, "because": effect.because})
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return attempt.accepted(f"{effect.team} does not run")
        return attempt.accepted(f"told {effect.team}")

    async def send(self, messages: Sequence[Message]) -> str:
        """Bring another team's messages to a team, which runs from then on. Returns "" because none is ever over."""
        for message in messages:
            await self._start(message.team, str(message.body.get("policy", "")), message.name, message.body)
        return ""

    async def _knows(self, effect: FindEntry) -> bool:
        """Return whether the conversation waits or is being given to an agent. False where the team has ended."""
        handle = self._client.get_workflow_handle(self._id_prefix + effect.team)
        try:
            known: dict[str, Any] = await handle.query(
                "ticket",
                {"conversation": effect.conversation_id},
                reject_condition=QueryRejectCondition.NOT_OPEN,
                rpc_timeout=_ANSWERS_WITHIN,
            )
        except WorkflowQueryRejectedError:
            return False
        except (RPCError, WorkflowQueryFailedError) as error:
            if isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND:
                return False
            raise TeamSilentError(f"the queue of {effect.team} gives no answer ({error})") from error
        return known.get("ticket") == effect.ticket and known.get("state") != "owned"

    async def _tell(self, effect: InQueue | TellOwner, signal: str, body: dict[str, Any]) -> Accepted:
        attempt = Attempt()
        await self._start(effect.team, effect.policy, signal, {**body, **_head(effect, attempt)})
        return attempt.accepted(f"told {effect.team}")

    async def _start(self, team: str, policy: str, signal: str, body: dict[str, Any]) -> None:
        """Tell a team something; start it where it does not run."""
        await self._client.start_workflow(
            self._workflow_type,
            {"team": team, "policy": policy},
            id=self._id_prefix + team,
            task_queue=activity.info().task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"Queue of the team {team}",
            start_signal=signal,
            start_signal_args=[body],
        )


def _head(effect: InQueue | TellOwner | LeaveTeam, attempt: Attempt) -> dict[str, Any]:
    """Return the fields of every message. `occurred_at` is the conversation's clock now, not when the effect was due.

    The team compares it with its own clock, so it must not include how late a helpdesk told us of a customer.
    """
    return {
        "event_id": effect.key,
        "occurred_at": attempt.started_at.isoformat(),
        "conversation": effect.conversation_id,
    }
