"""The lateness of a thousand deadlines that fall into the same second: from the due time to the message on Slack.

Beside it, bare timers that send the same message show what the server and this machine can do at all.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from activities.database.tables import engine
from activities.ledger.lines import Ledger
from bench.canonical import BARE, BATON, Watch
from bench.report import Figure, milliseconds, percentile, say
from bench.stage import Stage, WorkerProcess
from policies.state.effects import Notify
from tests.fakes.slack import Message

DEADLINES = 1000
TARGET = timedelta(seconds=1)
_PROMISE = timedelta(minutes=10)
_WARM_UP = 60
_IN_FLIGHT = 20
_CACHED = 2 * DEADLINES
"""With fewer, each of these conversations would push another out of memory and be replayed from its history."""
_PATIENCE = 120
_SHARES = (("p50", 50), ("p99", 99), ("max", 100))

Start = Callable[[Stage, str, datetime], Awaitable[None]]


class Arrivals(list[Message]):
    """Slack's messages, with the time at which each came."""

    def __init__(self, expected: int = DEADLINES) -> None:
        super().__init__()
        self._expected = expected
        self.times: dict[str, float] = {}
        self.are_all_here = asyncio.Event()

    def append(self, message: Message) -> None:
        """Add a message. Where it is repeated because Slack was slow to answer, the first counts."""
        self.times.setdefault(message.key.split("/", 1)[0], time.time())
        super().append(message)
        if len(self.times) == self._expected:
            self.are_all_here.set()


async def measure(stage: Stage, _rounds: int) -> list[Figure]:
    """Measure the time until Baton's clock knew of the breach, and until the message was on Slack."""
    async with stage.worker("baton", "-lateness", cached=_CACHED) as worker:
        ours = await _lateness(stage, "baton", start_conversation)
        decided = await _decided(worker)
    async with stage.worker("bare", "-lateness", cached=_CACHED):
        theirs = await _lateness(stage, "bare", start_timer)
    figures = [
        Figure("lateness", f"deadline → decided, {name}", milliseconds(percentile(decided, share)))
        for name, share in _SHARES
    ]
    return figures + [_figure(name, percentile(ours, share), percentile(theirs, share)) for name, share in _SHARES]


async def _lateness(stage: Stage, name: str, start: Start) -> list[float]:
    arrivals = stage.slack.messages = Arrivals()
    began = time.perf_counter()
    await open_all(stage, name, start, [datetime.now(UTC) + _PROMISE] * _WARM_UP)
    each = (time.perf_counter() - began) / _WARM_UP
    first = datetime.now(UTC) + timedelta(seconds=min(each * DEADLINES * 1.4 + 3, _PROMISE.total_seconds() - 10))
    due = [first + timedelta(seconds=1) * number / DEADLINES for number in range(DEADLINES)]
    say("lateness", f"{name}: {DEADLINES} deadlines fall due in {(first - datetime.now(UTC)).total_seconds():.0f} s")
    await open_all(stage, f"{name}-due", start, due)
    if datetime.now(UTC) > first:
        raise TimeoutError("The machine was too busy to start all conversations before the first deadline: run again.")
    async with asyncio.timeout((due[-1] - datetime.now(UTC)).total_seconds() + _PATIENCE):
        await arrivals.are_all_here.wait()
    return [arrivals.times[f"{name}-due-{number}"] - at.timestamp() for number, at in enumerate(due)]


async def open_all(stage: Stage, name: str, start: Start, due: Sequence[datetime]) -> None:
    """Start one conversation for each instant, a few at a time, and wait until each has come to rest."""
    free = asyncio.Semaphore(_IN_FLIGHT)

    async def one(number: int, at: datetime) -> None:
        async with free:
            await start(stage, f"{name}-{number}", at)

    async with asyncio.TaskGroup() as group:
        for number, at in enumerate(due):
            group.create_task(one(number, at))


async def start_conversation(
    stage: Stage, identifier: str, due: datetime, policy: str = "bench-deadlines", rests: bool = True
) -> None:
    """Start a conversation whose customer wrote so long ago that the promise ends at `due`.

    `rests`: wait until the conversation has come to rest.
    """
    body: dict[str, Any] = {"conversation_id": identifier, "policy": policy, "channel": "email"}
    body["opened_at"] = (due - _PROMISE).isoformat()
    handle = await stage.client.start_workflow(
        BATON.workflow, body, id=BATON.workflow_id(identifier), task_queue=BATON.task_queue
    )
    if rests:
        await Watch(handle).until(partial(Watch.has_settled, signals=0))


async def start_timer(stage: Stage, identifier: str, due: datetime) -> None:
    """Start a bare timer with its message."""
    message = Notify(
        key=f"{identifier}/due",
        conversation_id=identifier,
        due_at=due,
        because="the deadline passed",
        target="slack:#bench-deadlines",
        headline="Deadline",
    )
    handle = await stage.client.start_workflow(
        "BareDeadline", message, id=f"bare/{identifier}", task_queue=BARE.task_queue
    )
    await Watch(handle).until(partial(Watch.has_settled, signals=0))


async def _decided(worker: WorkerProcess) -> list[float]:
    """Return the seconds from each breach until the workflow's clock recorded it, read from the ledger."""
    store = engine(worker.database)
    found: list[float] = []
    for number in range(DEADLINES):
        entries = await Ledger(store).entries(f"baton-due-{number}")
        found += [(e.recorded_at - e.occurred_at).total_seconds() for e in entries if e.kind == "clock_breached"]
    await store.dispose()
    return found


def _figure(name: str, ours: float, theirs: float) -> Figure:
    shown = milliseconds(ours), milliseconds(theirs)
    if name != "p99":
        return Figure("lateness", f"deadline → on Slack, {name}", *shown, ours / theirs)
    is_met = ours < TARGET.total_seconds()
    return Figure("lateness", f"deadline → on Slack, {name}", *shown, ours / theirs, "under 1 s", is_met)
