"""Checks at the start and while a worker runs whether it can work, for `/readyz` and the log.

Promises that a worker does not begin before it has what it needs; that a worker which loses it later says so once and
is not ready; and that it is ready again by itself once everything is back. Must not know what is needed
(`worker.process.requirements`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from worker.trouble import TroubleError

log = structlog.get_logger("baton.worker")

LOOK_EVERY = 10.0
"""Seconds between two checks. A server may need another minute to notice search attributes added or removed."""

_FRESH_FOR, _TRY_EVERY = 1.0, 1.0
"""Seconds: how long one check answers all requests, and the pause between checks of a worker that can't begin yet."""


class Readiness:
    """The readiness of one worker process. `look` returns what is missing, or an empty text."""

    def __init__(
        self, look: Callable[[], Awaitable[str]], *, every: float = LOOK_EVERY, fresh_for: float = _FRESH_FOR
    ) -> None:
        """`fresh_for`: the seconds for which one check answers all requests."""
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
        """Wait until nothing is missing. Raises TroubleError after `within` seconds."""
        end = time.monotonic() + within
        while trouble := await self.trouble():
            if time.monotonic() >= end:
                raise TroubleError(trouble)
            await asyncio.sleep(_TRY_EVERY)

    async def watch(self) -> None:
        """Check again and again, so that the log tells of a loss when it happens."""
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
