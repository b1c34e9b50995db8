"""Keeps garbage collections short: Python's collector does not look through all conversations in memory every time.

A full collection looks at every object, and nothing else runs meanwhile: up to 2.6 s with 5,000 conversations in memory
[measured], in which no call to people goes out. So the objects that survive a full collection are frozen, and the next
collection looks only at new ones. Frozen objects may become garbage, so all of them are looked through when the worker
has little to do, or has frozen several times as many as were left at the last look. Must not know what a worker does.
"""

import asyncio
import gc
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from worker.background import beside

EVERY = 5.0
"""Seconds between two checks whether to look through everything."""
_CALM = 0.1
"""The share of one processor that a worker with little to do uses."""
FEW = 1_000_000
"""Objects of some 500 conversations: looking through them takes a quarter of a second."""
_WORTH_IT, _TOO_MANY = 1.25, 4.0
_OLDEST = 2


@asynccontextmanager
async def short_pauses() -> AsyncGenerator[None]:
    """Freeze objects while the block runs, in a process that serves nothing else.

    From Python 3.14 on, the collector works in small steps anyway, and this does nothing.
    """
    if sys.version_info >= (3, 14):
        yield
        return
    aside = FrozenObjects()
    gc.callbacks.append(aside.after)
    gc.collect()
    try:
        async with beside(_look_when_calm(aside)):
            yield
    finally:
        gc.callbacks.remove(aside.after)
        gc.unfreeze()


class FrozenObjects:
    """The frozen objects, which no collection looks at."""

    def __init__(self, few: int = FEW) -> None:
        self._few = few
        self._count = 0
        self._kept = 0
        """The number of objects left when all were last looked through."""

    def after(self, phase: str, info: dict[str, int]) -> None:
        """Freeze what a full collection has left; a callback of `gc.callbacks`.

        Counts only the new objects, as counting all of them takes long, too.
        """
        if phase == "stop" and info["generation"] == _OLDEST:
            self._count += len(gc.get_objects(_OLDEST))
            gc.freeze()

    def is_due(self, *, is_calm: bool) -> bool:
        """Return whether there may be enough garbage among the frozen objects to look through all of them."""
        return self._count > (_WORTH_IT if is_calm else _TOO_MANY) * max(self._few, self._kept)

    def look_through(self) -> None:
        """Look at all objects once, and freeze those that are left."""
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
