"""The messages people can see on Slack for each conversation: a message of its own, or a line of a digest.

Must not know how many there should be.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from temporalio.client import Client, WorkflowHandle

from bench.canonical import BATON, kind
from bench.report import say
from tests.fakes.slack import Message

PATIENCE = 180
_SHOWN = re.compile(r"Conversation ([\w-]+)")
_IN_FLIGHT = 20
_TOLD = 5
"""At most so many of the conversations that were shown more than once are named."""


class Board(list[Message]):
    """Slack's messages. `first` is when each conversation could first be seen."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, float] = {}
        self.taken: list[tuple[float, str]] = []
        self._changed = asyncio.Event()

    def append(self, message: Message) -> None:
        """Add a new message."""
        super().append(message)
        self._note(message)

    def __setitem__(self, where: Any, message: Any) -> None:
        """Replace a message whose text has changed."""
        super().__setitem__(where, message)
        self._note(message)

    def _note(self, message: Message) -> None:
        now = time.time()
        self.taken.append((now, message.key))
        for conversation in _SHOWN.findall(message.words):
            self.first.setdefault(conversation, now)
        self._changed.set()

    async def shows(self, enough: Callable[[], bool], within: float) -> None:
        """Wait for a condition that can only come true by another message or change.

        `within` bounds the seconds without another conversation, so that a busy machine may take its time.
        """
        while not enough():
            before = len(self.first)
            try:
                async with asyncio.timeout(within):
                    while len(self.first) == before and not enough():
                        self._changed.clear()
                        await self._changed.wait()
            except TimeoutError:
                said = f"only {before} conversations are on Slack, and none more for {within:.0f} s"
                raise TimeoutError(said) from None


class Seen(NamedTuple):
    """The numbers of conversations by how often they are shown, and of those with a call that was given up."""

    once: int
    more_often: int
    missing: int
    given_up: int


async def settled(client: Client, board: Board, conversations: Sequence[str], within: float = PATIENCE) -> Seen:
    """Wait until nothing is under way, so that nothing can come twice later. Return the counts of what people see."""
    free = asyncio.Semaphore(_IN_FLIGHT)

    async def one(conversation: str) -> bool:
        async with free:
            return await _is_given_up(client.get_workflow_handle(BATON.workflow_id(conversation)))

    async with asyncio.timeout(within):
        given_up = await asyncio.gather(*map(one, conversations))
    shown = Counter(found for message in board for found in _SHOWN.findall(message.words))
    times = [shown[conversation] for conversation in conversations]
    for conversation in [each for each, many in zip(conversations, times, strict=True) if many > 1][:_TOLD]:
        where = [message.key for message in board if conversation in _SHOWN.findall(message.words)]
        say("calling", f"told more than once: {conversation} by {', '.join(where)}")
    return Seen(times.count(1), sum(many > 1 for many in times), times.count(0), sum(given_up))


async def _is_given_up(handle: WorkflowHandle[Any, Any]) -> bool:
    """Return whether the server says that a call failed for good. Waits until the outcome is known."""
    while True:
        events = (await handle.fetch_history()).events
        counts = Counter(kind(event) for event in events)
        started = [event.activity_task_scheduled_event_attributes.activity_type.name for event in events]
        lost = counts["ACTIVITY_TASK_FAILED"] + counts["ACTIVITY_TASK_TIMED_OUT"]
        if "slack.notify" in started and lost + counts["ACTIVITY_TASK_COMPLETED"] == counts["ACTIVITY_TASK_SCHEDULED"]:
            return lost > 0
        await asyncio.sleep(0.5)
