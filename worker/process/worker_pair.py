"""Two Temporal workers of one process as one: that of everything, and that of Slack's own queue.

Promises that they start, drain and die together. Must not know what they work on.
"""

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from temporalio.worker import Worker


class WorkerPair:
    """Used as the SDK's worker is: in an `async with` block, or by `run` and `shutdown`."""

    def __init__(self, main: Worker, slack: Worker) -> None:
        self.main = main
        self.slack = slack
        self._entered = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as entering:
            await entering.enter_async_context(self.main)
            await entering.enter_async_context(self.slack)
            self._entered = entering.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._entered.__aexit__(kind, error, trace)

    @property
    def is_running(self) -> bool:
        """Whether both are: one alone would leave people without pages, or pages without conversations."""
        return self.main.is_running and self.slack.is_running

    @property
    def task_queues(self) -> list[str]:
        """Whose work they do."""
        return [self.main.task_queue, self.slack.task_queue]

    async def run(self) -> None:
        """Until `shutdown`. Where one dies, the other drains; raises what it died of."""
        running = [asyncio.create_task(worker.run()) for worker in (self.main, self.slack)]
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        await self.shutdown()
        for result in await asyncio.gather(*running, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    async def shutdown(self) -> None:
        """Let both finish what they are doing, side by side."""
        await asyncio.gather(*(worker.shutdown() for worker in (self.main, self.slack)))
