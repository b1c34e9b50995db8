"""Work that goes on beside other work, and the signals that end a process.

Must not know the work.
"""

import asyncio
import signal
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncGenerator["asyncio.Task[None]"]:
    """Do the work until the end of the block, then cancel it."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def stop_on_signals() -> asyncio.Event:
    """Return an event that Ctrl-C and SIGTERM set, instead of ending the process in the middle of its work."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


async def is_done_before(stop: asyncio.Event, work: "asyncio.Task[Any]") -> bool:
    """Wait until the work is done or the event is set. Return whether the work is done."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    return work.done()
