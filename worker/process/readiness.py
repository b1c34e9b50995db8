"""Whether a worker can work, at its start and while it runs: what `/readyz` and the log say of it.

Promises that a worker does not begin before it has what it needs, that one which loses it later says so once and turns
red, and that it gets well by itself when it is back. Must not know what is needed (`worker.process.requirements`).
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog

from worker.trouble import TroubleError

log = structlog.get_logger("baton.worker")

LOOK_EVERY = 10.0
"""Seconds. A server may need another minute to notice search attributes that were added or removed."""

_FRESH_FOR, _TRY_EVERY = 1.0, 1.0
"""Seconds: for how long one look answers all who ask, and how often a worker that can't begin yet looks again."""


class NotSetUpError(TroubleError):
    """What the worker needs is missing, and was not put there in time."""


class Readiness:
    """Of one worker process. `look` says what is missing, or nothing."""

    def __init__(
        self, look: Callable[[], Awaitable[str]], *, every: float = LOOK_EVERY, fresh_for: float = _FRESH_FOR
    ) -> None:
        """`fresh_for` so many seconds one look answers all who ask."""
        self._look = look
        self._every = every
        self._fresh_for = fresh_for
        self._trouble = ""
        self._looked_at = -fresh_for

    async def trouble(self) -> str:
        """Return what is missing now; empty where nothing is."""
        if time.monotonic() - self._looked_at >= self._fresh_for:
            self._note(await self._look())
        return self._trouble

    async def begin(self, within: float) -> None:
        """Wait until nothing is missing. Raises NotSetUpError after `within` seconds."""
        end = time.monotonic() + within
        while trouble := await self.trouble():
            if time.monotonic() >= end:
                raise NotSetUpError(trouble)
            await asyncio.sleep(_TRY_EVERY)

    @asynccontextmanager
    async def watching(self) -> AsyncGenerator[None]:
        """Look again and again, so that the log tells of a loss when it happens."""
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self.trouble()

    def _note(self, trouble: str) -> None:
        self._looked_at = time.monotonic()
        if trouble and trouble != self._trouble:
            log.error("worker.not_ready", why=trouble)
        elif self._trouble and not trouble:
            log.info("worker.ready_again", was=self._trouble)
        self._trouble = trouble
