"""Short pauses: Python's garbage collector does not look through all conversations in memory again and again.

A full collection looks at every object, and nothing else runs meanwhile: up to 2.6 s with 5,000 conversations at hand
[measured], in which no page goes out. Here what has survived one is set aside, and the next looks at what is new. What
is set aside can't be told from garbage, so all of it is looked through when the worker has little to do, or has set
aside several times as much as at the last look. Must not know what a worker does.
"""

import asyncio
import gc
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

EVERY = 5.0
"""Seconds between two thoughts of looking through everything."""
_CALM = 0.1
"""The share of one processor that a worker with little to do uses."""
FEW = 1_000_000
"""Objects, of some 500 conversations: looking through them takes a quarter of a second."""
_WORTH_IT, _TOO_MANY = 1.25, 4.0
_OLDEST = 2


@asynccontextmanager
async def short_pauses() -> AsyncGenerator[None]:
    """For a process that serves nothing else. From Python 3.14 on the collector works in small steps anyway."""
    if sys.version_info >= (3, 14):
        yield
        return
    aside = FrozenObjects()
    gc.callbacks.append(aside.after)
    gc.collect()
    looking = asyncio.create_task(_look_when_calm(aside))
    try:
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        gc.callbacks.remove(aside.after)
        gc.unfreeze()


class FrozenObjects:
    """The objects that are not looked at."""

    def __init__(self, few: int = FEW) -> None:
        self._few = few
        self._count = 0
        self._kept = 0
        """How many were left when all were last looked through."""

    def after(self, phase: str, info: dict[str, int]) -> None:
        """Of `gc.callbacks`: a full collection has ended. Counts only what is new, as counting all takes long, too."""
        if phase == "stop" and info["generation"] == _OLDEST:
            self._count += len(gc.get_objects(_OLDEST))
            gc.freeze()

    def is_due(self, *, is_calm: bool) -> bool:
        """Whether there may be enough garbage among them to look through all."""
        return self._count > (_WORTH_IT if is_calm else _TOO_MANY) * max(self._few, self._kept)

    def look_through(self) -> None:
        """Look at everything once, and set aside what is left."""
        self._count = 0
        gc.unfreeze()
        gc.collect()
        self._kept = self._count


async def _look_when_calm(aside: FrozenObjects) -> None:
    while True:
        used = time.process_time()
        await asyncio.sleep(EVERY)
        if aside.is_due(is_calm=time.process_time() - used < _CALM * EVERY):
            aside.look_through()
