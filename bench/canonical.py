"""The canonical conversation, and how a client plays it: with the same steps, pace and end for Baton and bare Temporal.

Promises that both sides are watched by the same calls, long polls for new events of the history, and that a
conversation counts only once everything it had to do is confirmed. Must not know how anything is measured.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle

SideName = Literal["baton", "bare"]
Pace = Literal["settled", "burst"]
"""The pace of the messages. `settled`: each is sent when the one before has had all its effects, as in real life.

`burst`: as fast as the server acknowledges them, so that several messages fall into one workflow task.
"""

SUBJECT = "Charged twice for my March invoice"
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("message", {"author": "customer", "author_id": "c-81", "text": "Hello, I was charged twice in March."}),
    ("message", {"author": "customer", "author_id": "c-81", "text": "The invoices are INV-2041 and INV-2042."}),
    ("tag_added", {"tag": "billing", "by": "triage"}),
    ("message", {"author": "agent", "author_id": "dana", "text": "I have refunded INV-2042, sorry about that!"}),
    ("status_changed", {"status": "resolved", "by": "dana"}),
)
_PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two sides that are compared."""

    name: SideName
    workflow: str
    task_queue: str

    def workflow_id(self, identifier: str) -> str:
        """Return the workflow id of a conversation of this side."""
        return f"{'conversation' if self.name == 'baton' else 'bare'}/{identifier}"

    def start_body(self, identifier: str) -> dict[str, Any]:
        """Return the one JSON object that a conversation of this side starts with."""
        body = {"channel": "email", "subject": SUBJECT, "customer": {"id": "c-81", "name": "Ada", "tier": "pro"}}
        if self.name == "baton":
            return {"conversation_id": identifier, "policy": "tiered", **body}
        return {"event_id": identifier, "occurred_at": _now(), **body}


BATON = Side("baton", "Conversation", "baton")
BARE = Side("bare", "BareConversation", "bare")
SIDES = (BATON, BARE)


@dataclass(slots=True)
class Watch:
    """Follows a history as it grows, to know when a conversation has come to rest."""

    handle: WorkflowHandle[Any, Any]
    events: list[HistoryEvent] = field(default_factory=list[HistoryEvent])
    counts: Counter[str] = field(default_factory=Counter[str])
    _pages: Any = None
    _is_task_open: bool = True

    async def until(self, condition: Callable[["Watch"], bool]) -> None:
        """Wait for a condition. It is checked only between the server's transactions."""
        if self._pages is None:
            self._pages = self.handle.fetch_history_events(wait_new_event=True)
        try:
            async with asyncio.timeout(_PATIENCE):
                while not condition(self):
                    await self._pages.fetch_next_page()
                    for event in self._pages.current_page:
                        self._take(event)
        except TimeoutError:
            raise TimeoutError(f"{self.handle.id} did not come to rest within {_PATIENCE} s") from None

    def has_settled(self, signals: int) -> bool:
        """Return whether so many signals have been taken in and nothing is under way any more."""
        if self.counts["WORKFLOW_EXECUTION_COMPLETED"]:
            return True
        closed = self.counts["ACTIVITY_TASK_COMPLETED"] + self.counts["ACTIVITY_TASK_FAILED"]
        is_idle = not self._is_task_open and closed == self.counts["ACTIVITY_TASK_SCHEDULED"]
        return is_idle and self.counts["WORKFLOW_EXECUTION_SIGNALED"] == signals

    def _take(self, event: HistoryEvent) -> None:
        name = kind(event)
        self.events.append(event)
        self.counts[name] += 1
        if name == "WORKFLOW_TASK_SCHEDULED":
            self._is_task_open = True
        elif name == "WORKFLOW_TASK_COMPLETED":
            self._is_task_open = False


async def play(client: Client, side: Side, identifier: str, pace: Pace) -> Watch:
    """Play one conversation from its start until it is resolved and all effects are confirmed."""
    handle = await begin(client, side, identifier)
    watch = Watch(handle)
    for number, (signal, body) in enumerate(STEPS):
        if pace == "settled":
            await watch.until(lambda w, sent=number: w.has_settled(sent))
        await tell(handle, number, signal, body)
    await watch.until(lambda w: w.has_settled(len(STEPS)))
    return watch


async def begin(client: Client, side: Side, identifier: str) -> WorkflowHandle[Any, Any]:
    """Start a conversation."""
    return await client.start_workflow(
        side.workflow, side.start_body(identifier), id=side.workflow_id(identifier), task_queue=side.task_queue
    )


async def tell(handle: WorkflowHandle[Any, Any], number: int, signal: str, body: dict[str, Any]) -> None:
    """Send one fact, with an id and the time at which it happened, as a backend would."""
    await handle.signal(signal, {"event_id": f"{handle.id}/{number}", "occurred_at": _now(), **body})


async def play_many(client: Client, side: Side, names: list[str], pace: Pace, in_flight: int) -> None:
    """Play many conversations, `in_flight` of them at a time."""
    free = asyncio.Semaphore(in_flight)

    async def one(name: str) -> None:
        async with free:
            await play(client, side, name, pace)

    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(one(name))


def kind(event: HistoryEvent) -> str:
    """Return the type of an event as the Temporal UI names it."""
    return EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")


def _now() -> str:
    return datetime.now(UTC).isoformat()
