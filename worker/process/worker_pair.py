"""Two Temporal workers of one process as one: the main worker, and the worker of Slack's own queue.

Promises that they start, drain and die together. Must not know what they work on.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from temporalio.worker import Worker


class WorkerPair:
    """The two workers, used as the SDK's worker is: in an `async with` block, or by `run` and `shutdown`.

    `beside` runs as long as they do.
    """

    def __init__(
        self, main: Worker, slack: Worker, beside: Callable[[], Coroutine[Any, Any, None]] | None = None
    ) -> None:
        self.main = main
        self.slack = slack
        self._beside = beside
        self._entered = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as entering:
            await entering.enter_async_context(self.main)
            await entering.enter_async_context(self.slack)
            entering.push_async_callback(self._begin_beside())
            self._entered = entering.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._entered.__aexit__(kind, error, trace)

    @property
    def is_running(self) -> bool:
        """True where both are running: one alone would leave people without calls, or calls without conversations."""
        return self.main.is_running and self.slack.is_running

    @property
    def task_queues(self) -> list[str]:
        """The task queues of both workers."""
        return [self.main.task_queue, self.slack.task_queue]

    async def run(self) -> None:
        """Run until `shutdown`. Where one worker dies, the other drains, and the error is raised."""
        running = [asyncio.create_task(worker.run()) for worker in (self.main, self.slack)]
        end_beside = self._begin_beside()
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        await end_beside()
        await self.shutdown()
        for result in await asyncio.gather(*running, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    async def shutdown(self) -> None:
        """Let both workers finish what they are doing, at the same time."""
        await asyncio.gather(*(worker.shutdown() for worker in (self.main, self.slack)))

    def _begin_beside(self) -> Callable[[], Coroutine[Any, Any, None]]:
        """Begin what runs beside the workers. Return how to end it."""
        task = asyncio.create_task(self._beside()) if self._beside is not None else None

        async def end() -> None:
            if task is not None:
                task.cancel()
                await asyncio.wait([task])

        return end
