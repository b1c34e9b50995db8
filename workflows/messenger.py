"""What a team has to tell conversations, on its way: in order, many at a time.

Promises that a message stays until it was brought, and that a thousand of them cost few events of history. Must not
know what they say.
"""

import asyncio
from collections.abc import Callable, Iterable

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.conversations import Conversations, MessageBatch
from policies.teams.events import Message
from workflows.packing import first_that_fit
from workflows.patience import DESK

_BATCH = 100


class Messenger:
    """One lane to all conversations; `gone` hears of those that are over."""

    def __init__(self, waiting: Iterable[Message], gone: Callable[[str], None]) -> None:
        self._waiting = list(waiting)
        self._gone = gone
        self._task: asyncio.Task[None] | None = None
        self.is_held = False

    def put(self, messages: Iterable[Message]) -> None:
        """Queue messages; nothing leaves before `send`."""
        self._waiting.extend(messages)

    def send(self) -> None:
        """Start bringing, where there is something to bring and nobody under way."""
        if self._waiting and not self.is_held and not self.is_under_way:
            self._task = asyncio.create_task(self._bring())

    @property
    def waiting(self) -> tuple[Message, ...]:
        """What was not brought yet."""
        return tuple(self._waiting)

    @property
    def is_under_way(self) -> bool:
        """Whether an activity is running."""
        return self._task is not None and not self._task.done()

    async def _bring(self) -> None:
        while self._waiting and not self.is_held:
            batch = MessageBatch(messages=tuple(first_that_fit(self._waiting[:_BATCH])))
            names = sorted({message.name for message in batch.messages})
            try:
                told = await workflow.execute_activity_method(
                    Conversations.tell_all,
                    batch,
                    summary=f"tell {len(batch.messages)}: {', '.join(names)}",
                    start_to_close_timeout=DESK.attempt_within,
                    schedule_to_close_timeout=DESK.give_up_after,
                    retry_policy=DESK.retry,
                )
            except ActivityError:
                gone: tuple[str, ...] = ()  # days have passed: grants are told again, places with the next change
            else:
                gone = told.gone
            del self._waiting[: len(batch.messages)]
            for conversation in gone:
                self._gone(conversation)
