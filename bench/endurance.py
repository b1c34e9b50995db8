"""A conversation that never ends, with very many messages over many runs.

The history for each message and the worker's memory must stay flat. BATON_BENCH_MESSAGES sets how many messages,
`--long` the issue's 100,000, which take half an hour on two cores.
"""

import asyncio
import os
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from bench.canonical import BATON
from bench.report import Figure, say
from bench.stage import Stage

LONG = 100_000
_PARTS = 4
_AT_ONCE = 25
_UNREAD = 100
"""Messages that are sent before the sender checks whether they were taken in.

Where more than a hundred arrive within one workflow task, the server fails the task to make room for them; a sender who
never checks could make it fail for ever.
"""
_FLAT = 1.25


async def measure(stage: Stage, _rounds: int) -> list[Figure]:
    """Send the messages in four equal parts, and compare the last with the second, the first that had a warm worker."""
    messages = int(os.environ.get("BATON_BENCH_MESSAGES", "4000")) // _PARTS * _PARTS
    body = {"conversation_id": "endurance", "policy": "tiered", "channel": "email"}
    async with stage.worker("baton", "-endurance") as worker:
        handle = await stage.client.start_workflow(
            BATON.workflow, body, id=BATON.workflow_id("endurance"), task_queue=BATON.task_queue
        )
        events, memory, began = [0], [worker.memory()], time.perf_counter()
        for part in range(_PARTS):
            await _send(stage, part, messages // _PARTS)
            events.append(await _events(stage, handle.id))
            memory.append(worker.memory())
            sent, took = (part + 1) * messages // _PARTS, time.perf_counter() - began
            now = f"{events[-1] / sent:.3f} events each so far, worker at {memory[-1] / 1e6:.0f} MB"
            say("endurance", f"{sent:,} of {messages:,} messages after {took:.0f} s, {now}")
        runs = await stage.client.count_workflows(f"WorkflowId = '{handle.id}'")
    each = [(later - earlier) * _PARTS / messages for earlier, later in pairwise(events)]
    return [
        Figure("endurance", f"{messages:,} messages in one conversation", f"{runs.count} runs"),
        _flat("history events a message, second and last quarter", each[1], each[-1], "{:.2f}"),
        _flat("worker's memory after the second and the last quarter, MB", memory[2] / 1e6, memory[-1] / 1e6, "{:.0f}"),
    ]


def _flat(what: str, early: float, late: float, shown: str) -> Figure:
    growth = late / early
    values = f"{shown.format(early)} → {shown.format(late)}"
    return Figure("endurance", what, values, "", growth, f"growth at most {_FLAT}", growth <= _FLAT)


async def _send(stage: Stage, part: int, count: int) -> None:
    """Send as many messages at once as a busy helpdesk would. Their ids make a repeated call harmless."""
    handle = stage.client.get_workflow_handle(BATON.workflow_id("endurance"))
    free = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int) -> None:
        author = "customer" if number % 2 else "agent"
        text = f"Message {number} of part {part}: still about the invoice, and a little more text than one line has."
        event = {"event_id": f"{part}-{number}", "author": author, "text": text}
        async with free:
            await handle.signal("message", {**event, "occurred_at": datetime.now(UTC).isoformat()})

    for first in range(0, count, _UNREAD):
        last = min(count, first + _UNREAD)
        await asyncio.gather(*(one(number) for number in range(first, last)))
        await _settled(handle, part * count + last)


async def _settled(handle: WorkflowHandle[Any, Any], messages: int) -> None:
    """Wait until every message has been taken in."""
    while True:
        try:
            state: dict[str, Any] = await handle.query("state")
            if state["messages"] >= messages and not state["waiting_effects"]:
                return
        except RPCError:
            pass  # between two runs, no run answers
        await asyncio.sleep(0.02)


async def _events(stage: Stage, workflow_id: str) -> int:
    """Return the number of events of all runs so far."""
    total = 0
    async for run in stage.client.list_workflows(f"WorkflowId = '{workflow_id}'"):
        described = await stage.client.get_workflow_handle(workflow_id, run_id=run.run_id).describe()
        total += described.raw_description.workflow_execution_info.history_length
    return total
