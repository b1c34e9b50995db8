"""The log of a team's workflow: what it heard and told, read from its history as it grows, over all its runs.

Promises exact times, the server's own, and asks the team itself nothing: a query would be work for it. Must not know
what is measured.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from bench.canonical import kind


def seconds(event: HistoryEvent) -> float:
    """Return the time of the event, in seconds since the epoch."""
    return event.event_time.ToNanoseconds() / 1e9


class Heard(NamedTuple):
    """A signal that arrived. `number` is its place among all entries of the log."""

    number: int
    name: str
    conversation: str
    at: float


class Said(NamedTuple):
    """A message for a conversation. `brought_at` is when an activity had delivered it."""

    number: int
    name: str
    conversation: str
    agent: str
    because: str
    brought_at: float


class TeamLog:
    """The log of one team; `follow` keeps it up to date."""

    def __init__(self, client: Client, workflow_id: str) -> None:
        self.heard: list[Heard] = []
        self.said: list[Said] = []
        self.reached: set[str] = set()
        """The conversations that were told anything."""
        self.events = 0
        self.runs = 1
        self.carried: list[int] = []
        """The bytes of the state that each run handed to the next."""
        self._client, self._id = client, workflow_id
        self._handed: dict[int, tuple[int, list[dict[str, Any]]]] = {}
        self._keys: set[str] = set()
        self._who: defaultdict[str, set[str]] = defaultdict(set)
        self._changed = asyncio.Event()

    async def follow(self) -> None:
        """Read the history, for ever."""
        run = ""
        while True:
            handle = self._client.get_workflow_handle(self._id, run_id=run or None)
            async for event in handle.fetch_history_events(wait_new_event=True):
                self.events += 1
                run = self._take(event) or run
                self._changed.set()

    async def shows(self, enough: Callable[["TeamLog"], bool], within: float) -> None:
        """Wait for a condition that can only come true by another event."""
        try:
            async with asyncio.timeout(within):
                while not enough(self):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(f"{self._id}: not there after {within:.0f} s: {self.summary()}") from None

    def count(self, name: str) -> int:
        """Return how many conversations sent a signal of that name."""
        return len(self._who[name])

    def times(self, name: str) -> list[float]:
        """Return when the signals of that name came."""
        return [each.at for each in self.heard if each.name == name]

    def told(self, *names: str) -> list[Said]:
        """Return the messages that were brought, in the order in which the team decided on them.

        The team brings one batch after another.
        """
        return [each for each in self.said if each.name in names]

    def summary(self) -> str:
        """Return the progress for the person who waits."""
        names = ("asked", "owned", "left")
        heard = ", ".join(f"{self.count(name):,} {name}" for name in names)
        return f"{heard}, {len(self.said):,} told, {self.events:,} events in {self.runs} runs"

    def _take(self, event: HistoryEvent) -> str:
        """Note an event. Return the id of the next run where this one ends."""
        match kind(event):
            case "WORKFLOW_EXECUTION_SIGNALED":
                signal = event.workflow_execution_signaled_event_attributes
                body = json.loads(signal.input.payloads[0].data)
                name, conversation = signal.signal_name, body.get("conversation", "")
                self.heard.append(Heard(self.events, name, conversation, seconds(event)))
                self._who[name].add(conversation)
            case "ACTIVITY_TASK_SCHEDULED":
                asked = event.activity_task_scheduled_event_attributes
                if asked.activity_type.name == "conversations.tell_all":
                    self._handed[event.event_id] = self.events, json.loads(asked.input.payloads[0].data)["messages"]
            case "ACTIVITY_TASK_COMPLETED":
                done = event.activity_task_completed_event_attributes
                self._note(*self._handed.pop(done.scheduled_event_id, (0, [])), seconds(event))
            case "WORKFLOW_EXECUTION_CONTINUED_AS_NEW":
                ended = event.workflow_execution_continued_as_new_event_attributes
                self.runs, self._handed = self.runs + 1, {}
                self.carried.append(ended.input.ByteSize())
                return ended.new_execution_run_id
            case _:
                pass
        return ""

    def _note(self, number: int, messages: Sequence[dict[str, Any]], brought_at: float) -> None:
        for message in messages:
            if message["key"] in self._keys:
                continue  # a batch that a run left behind is brought again by the next one
            self._keys.add(message["key"])
            self.reached.add(message["conversation"])
            body = message["body"]
            words = message["name"], message["conversation"], body.get("agent", ""), body.get("because", "")
            self.said.append(Said(number, *words, brought_at))


@asynccontextmanager
async def following(client: Client, workflow_ids: Sequence[str]) -> AsyncIterator[list[TeamLog]]:
    """Yield the logs of some running teams, kept up to date inside the block."""
    logs = [TeamLog(client, workflow_id) for workflow_id in workflow_ids]
    async with asyncio.TaskGroup() as group:
        readers = [group.create_task(log.follow()) for log in logs]
        yield logs
        for reader in readers:
            reader.cancel()
