"""The messages that a team sends to conversations: in order, and many in one activity.

Promises that a message is tried for three days, that a conversation which can't be told holds back no other, and that a
thousand messages cost few events of history. Must not know what they say.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.workflows.conversations import Conversations, MessageBatch, ToldMany
from policies.queues.teams.events import Message
from workflows.carrying.packing import first_that_fit
from workflows.limits.patience import TELLING_AGAIN, TELLING_MANY, Patience
from workflows.waits.beside import perform_beside

_BATCH = 100
KEPT_FOR = timedelta(days=3)


class Messenger:
    """Brings messages to all conversations. `gone` is called for each conversation that is over.

    Messages for a conversation that could not be told go out beside the others, in their own order.
    """

    def __init__(self, waiting: Iterable[Message], gone: Callable[[str], None]) -> None:
        self._first = _Lane(waiting, TELLING_MANY)
        self._again = _Lane((), TELLING_AGAIN)
        self._gone = gone
        self.is_held = False

    def put(self, messages: Iterable[Message]) -> None:
        """Queue messages. Nothing leaves before `send`."""
        late = {message.receiver for message in self._again.waiting}
        for message in messages:
            (self._again if message.receiver in late else self._first).waiting.append(message)

    def send(self) -> None:
        """Start to bring messages, where there are any and no activity brings some already."""
        for lane in (self._first, self._again):
            if lane.waiting and not self.is_held and not lane.is_under_way:
                lane.task = asyncio.create_task(self._bring(lane))

    @property
    def waiting(self) -> tuple[Message, ...]:
        """The messages that were not brought yet."""
        return (*self._again.waiting, *self._first.waiting)

    @property
    def is_under_way(self) -> bool:
        """True where an activity is running."""
        return self._first.is_under_way or self._again.is_under_way

    async def _bring(self, lane: "_Lane") -> None:
        while lane.waiting and not self.is_held:
            batch = tuple(first_that_fit(lane.waiting[:_BATCH]))
            told = await _tell(batch, lane.patience)
            self._put_back(lane, len(batch), set(told.untold))
            for conversation in told.gone:
                self._gone(conversation)
        self.send()

    def _put_back(self, lane: "_Lane", number: int, untold: set[str]) -> None:
        """Remove the messages that were brought, and keep those for conversations that could not be told for later."""
        tried, rest = lane.waiting[:number], lane.waiting[number:]
        late = [message for message in (*tried, *rest) if message.receiver in untold]
        lane.waiting = [message for message in rest if message.receiver not in untold]
        oldest = workflow.now() - KEPT_FOR
        # An older message is told again with the next change: a team repeats its grants by itself, and sends a position
        # again when the conversation checks its entry.
        self._again.waiting += [message for message in late if message.at > oldest]


class _Lane:
    """Messages that go out one batch after another."""

    def __init__(self, waiting: Iterable[Message], patience: Patience) -> None:
        self.waiting = list(waiting)
        self.patience = patience
        self.task: asyncio.Task[None] | None = None

    @property
    def is_under_way(self) -> bool:
        return self.task is not None and not self.task.done()


async def _tell(messages: tuple[Message, ...], patience: Patience) -> ToldMany:
    names = sorted({message.name for message in messages})
    try:
        batch, summary = MessageBatch(messages=messages), f"tell {len(messages)}: {', '.join(names)}"
        return await perform_beside(Conversations.tell_all, patience, batch, summary)
    except ActivityError:
        return ToldMany(untold=tuple(dict.fromkeys(message.receiver for message in messages)))
