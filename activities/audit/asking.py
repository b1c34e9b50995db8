"""Asks workflows for their state.

Promises to wait for no workflow longer than a few seconds, and to stop asking on a task queue where workflows do not
answer. Must not judge the answers.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.audit.denials import Denials

Handle = WorkflowHandle[Any, Any]

_PATIENT = 3
"""The number of workflows on one task queue that may fail to answer in a row before the pass asks no more of them."""
_SIDE_BY_SIDE = 5
"""The most workflows asked at a time. A worker may have to replay a history for each, beside its work for customers."""
_BRIEFLY = timedelta(seconds=1)
"""The wait on a task queue that no worker has polled lately: a worker might have started at this very moment."""
_AGAIN_AFTER = 0.1
_SILENT = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The reason why a workflow did not answer.

    `is_broken`: a worker tried, and the workflow could not answer. `is_served`: workers take work from its task queue,
    and did not answer in time.
    """

    why: str
    is_broken: bool = False
    is_served: bool = False


class Asker:
    """The questions of one pass."""

    def __init__(self, client: Client, ask_within: timedelta, denials: Denials, home: str = "") -> None:
        """Keep the client. `home` is the task queue that Baton's workers serve; empty where that is not known."""
        self._client = client
        self._home = home
        self._denials = denials
        self.ask_within = ask_within
        self._silent: Counter[str] = Counter()
        self._is_served: dict[str, bool] = {}
        self._turns = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def ask(self, handle: Handle, queue: str, *queries: str) -> list[Any] | NoAnswer:
        """Return the answers to `queries`, in their order. `queue` is the task queue of the workflow."""
        async with self._turns:
            return await self._ask(handle, queue, queries)

    async def _ask(self, handle: Handle, queue: str, queries: Sequence[str]) -> list[Any] | NoAnswer:
        is_served = await self.has_workers(queue)
        silence = NoAnswer(
            f"no worker answers on task queue {queue}{await self._elsewhere(queue)}", is_served=is_served
        )
        if self._silent[queue] >= (_PATIENT if is_served else 1):
            return silence
        within = self.ask_within if is_served else min(self.ask_within, _BRIEFLY)
        try:
            answers = [await self._query(handle, name, within) for name in queries]
        except WorkflowQueryFailedError as error:
            return NoAnswer(f"it can't say how things stand ({error})", is_broken=True)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                raise
            if self._denials.add("ask workflows how they stand", error):
                return NoAnswer("the server does not let the audit ask how it stands")
            if error.status in _SILENT:
                self._silent[queue] += 1
                return silence
            return replace(silence, why=f"{silence.why} ({error.message})")
        self._silent[queue] = 0
        return answers

    async def _elsewhere(self, queue: str) -> str:
        """Return that Baton's workers are on another task queue, where a start may have named a wrong one."""
        is_astray = queue != self._home != "" and not await self.has_workers(queue)
        return f": Baton's workers serve {self._home}" if is_astray and await self.has_workers(self._home) else ""

    async def _query(self, handle: Handle, name: str, within: timedelta) -> Any:
        """Query a workflow, again and again while its run is too new to be queried. Raises RPCError."""
        until = time.monotonic() + within.total_seconds()
        while True:
            try:
                return await handle.query(name, rpc_timeout=within)
            except RPCError as error:
                if error.status != RPCStatusCode.FAILED_PRECONDITION or time.monotonic() > until:
                    raise
            await asyncio.sleep(_AGAIN_AFTER)

    async def has_workers(self, queue: str, *, activities: bool = False) -> bool:
        """Return whether a worker has polled the task queue in the last minutes."""
        kind = "ACTIVITY" if activities else "WORKFLOW"
        if (known := f"{queue}/{kind}") not in self._is_served:
            request = DescribeTaskQueueRequest(
                namespace=self._client.namespace,
                task_queue=TaskQueue(name=queue),
                task_queue_type=TaskQueueType.Value(f"TASK_QUEUE_TYPE_{kind}"),
            )
            answer = await self._client.workflow_service.describe_task_queue(request, timeout=self.ask_within)
            self._is_served[known] = bool(answer.pollers)
        return self._is_served[known]
