"""Work that goes on beside other work, and the signals that end a process.

Must not know the work.
"""

import asyncio
import faulthandler
import signal
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
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


def stop_on_signals(gone_within: timedelta | None = None) -> asyncio.Event:
    """Return an event that Ctrl-C and SIGTERM set, instead of ending the process in the middle of its work.

    With `gone_within`, a process that still runs so long after the signal says where it hangs, and ends with exit
    code 1: also where the event loop itself hangs, or a thread that Python waits for at its end.
    """
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
        if gone_within is not None:
            # The loop's own handler is called in the loop; this one between any two steps of the main thread.
            signal.signal(name, partial(_leave, gone_within))
    return stop


def is_done() -> None:
    """Let the process go on: its work ended in time, and the rest of the stopping has bounds of its own."""
    faulthandler.cancel_dump_traceback_later()


def _leave(within: timedelta, *_: object) -> None:
    faulthandler.dump_traceback_later(within.total_seconds(), exit=True)


async def is_done_before(stop: asyncio.Event, work: "asyncio.Task[Any]") -> bool:
    """Wait until the work is done or the event is set. Return whether the work is done."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    return work.done()
