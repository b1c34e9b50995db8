"""Messages of one workflow to a conversation: that another conversation was merged, or that a team found an agent.

Promises that telling twice is harmless: every message carries a key as its event id, which the receiver remembers. Must
not know why there is something to tell.
"""

import asyncio
from collections.abc import Sequence
from itertools import groupby

from pydantic import BaseModel, ConfigDict
from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.effects.accepted import Accepted, Attempt
from activities.effects.errors import permanent
from activities.effects.missing import unless_missing
from policies.queues.teams.events import Ask, Message
from policies.state.effects import TellConversation

_SIDE_BY_SIDE = 20
_EACH_WITHIN = 8.0
"""The seconds for all messages to one conversation, so that one that can't be told delays no other."""


class MessageBatch(BaseModel):
    """The messages that a team has to send, in order."""

    model_config = ConfigDict(frozen=True)

    messages: tuple[Message, ...]


class AskedAfter(BaseModel):
    """Conversations that a team has not heard of for long."""

    model_config = ConfigDict(frozen=True)

    asked: tuple[Ask, ...]


class Missing(BaseModel):
    """The conversations among them that no longer run."""

    model_config = ConfigDict(frozen=True)

    gone: tuple[Ask, ...] = ()


class ToldMany(BaseModel):
    """`gone` are the conversations that are over, and so were not told; `untold` those that could not be told now."""

    model_config = ConfigDict(frozen=True)

    gone: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()


class Conversations:
    """The conversations of this namespace. `id_prefix` is the beginning of their workflow ids."""

    def __init__(self, client: Client, id_prefix: str, *, each_within: float = _EACH_WITHIN) -> None:
        self._client = client
        self._id_prefix = id_prefix
        self._each_within = each_within

    @activity.defn(name="conversations.tell")
    async def tell(self, effect: TellConversation) -> Accepted:
        """Tell a conversation that another one was merged into it. Permanent error where it is over."""
        attempt = Attempt()
        body = {"event_id": effect.key, "occurred_at": effect.due_at.isoformat(), "other": effect.conversation_id}
        for name in ("waiting_since", "callback_at"):
            if (at := getattr(effect, name)) is not None:
                body[name] = at.isoformat()
        try:
            await self._client.get_workflow_handle(self._id_prefix + effect.to).signal("absorbed", body)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                raise permanent(
                    f"Conversation {effect.to} is not running: reopen it, or merge the other way."
                ) from error
            if error.status == RPCStatusCode.INVALID_ARGUMENT:
                why = f"the server does not take its id ({error.message})"
                raise permanent(f"Conversation {effect.to} can't be told, because {why}.") from error
            raise
        return attempt.accepted(f"told {effect.to}")

    @activity.defn(name="conversations.tell_all")
    async def tell_all(self, batch: MessageBatch) -> ToldMany:
        """Send a batch: to one conversation in order, to different ones side by side. A repeat changes nothing.

        Raises the error where every conversation failed: then the server is in trouble, not a conversation.
        """
        turns = asyncio.Semaphore(_SIDE_BY_SIDE)
        ordered = sorted(batch.messages, key=lambda message: message.conversation)  # a stable sort keeps their order
        groups = [(name, tuple(messages)) for name, messages in groupby(ordered, key=lambda each: each.conversation)]

        async def bring(conversation: str, messages: Sequence[Message]) -> str:
            async with turns, asyncio.timeout(self._each_within):
                return "" if await self._signal(conversation, messages) else conversation

        brought = await asyncio.gather(*(bring(name, messages) for name, messages in groups), return_exceptions=True)
        results = list(zip((name for name, _ in groups), brought, strict=True))
        failed = {name: result for name, result in results if isinstance(result, BaseException)}
        for failure in failed.values():
            if len(failed) == len(groups):
                raise failure
        gone = tuple(name for name in brought if isinstance(name, str) and name)
        return ToldMany(gone=gone, untold=tuple(failed))

    @activity.defn(name="conversations.find")
    async def find(self, after: AskedAfter) -> Missing:
        """Return which of these conversations are over. A new one under the id of an earlier one is another one."""
        turns = asyncio.Semaphore(_SIDE_BY_SIDE)

        async def runs(asked: Ask) -> bool:
            async with turns:
                return await self._runs(asked)

        found = await asyncio.gather(*map(runs, after.asked))
        return Missing(gone=tuple(asked for asked, is_there in zip(after.asked, found, strict=True) if not is_there))

    async def _runs(self, asked: Ask) -> bool:
        handle = self._client.get_workflow_handle(self._id_prefix + asked.conversation)
        if (described := await unless_missing(handle.describe())) is None:
            return False
        first_run = described.raw_description.workflow_execution_info.first_run_id
        return described.status == WorkflowExecutionStatus.RUNNING and first_run.endswith(asked.run)

    async def _signal(self, conversation: str, messages: Sequence[Message]) -> bool:
        handle = self._client.get_workflow_handle(self._id_prefix + conversation)
        try:
            for message in messages:
                await handle.signal(message.name, message.body)
        except RPCError as error:
            if error.status == RPCStatusCode.INVALID_ARGUMENT:
                # For example, a run that has had ten thousand signals. No retry helps, and the others need not wait.
                why = {"conversation": conversation, "why": error.message}
                activity.logger.error("conversations.not_told", extra=why)
                return True
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True
