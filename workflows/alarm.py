"""The one armed timer of a workflow.

Promises to ring at or before the next deadline. It is set anew only when a deadline moves earlier: an early ring costs
less history than a new timer for every message. Must not know what a deadline is about.
"""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow

from workflows import shortening

_SOONEST = timedelta(milliseconds=1)


class Alarm:
    """Rings once; `has_rung` stays true until it is set again."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._at: datetime | None = None

    @property
    def has_rung(self) -> bool:
        """Whether the time it was set to has come."""
        return self._task is not None and self._task.done()

    def set(self, at: datetime, what: str, *, exactly: bool = False) -> None:
        """Ring at `at`, or before where an earlier ring is armed already and `exactly` isn't asked for."""
        is_armed = self._task is not None and not self._task.done() and self._at is not None
        if is_armed and self._at is not None and (self._at == at or (self._at < at and not exactly)):
            return
        self.stop()
        self._at = at
        summary = shortening.summary(f"{at:%a %H:%M:%S}Z: {what}")
        self._task = asyncio.create_task(workflow.sleep(max(at - workflow.now(), _SOONEST), summary=summary))

    def doubt(self) -> None:
        """Don't count on a ring that should have come: the next `set` arms a new one.

        The old timer is not cancelled. If it was only late it may have fired already, and then nobody listens any more.
        """
        if self._at is not None and self._at <= workflow.now() and not self.has_rung:
            self._task = None
            self._at = None

    def stop(self) -> None:
        """Disarm."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
        self._task = None
        self._at = None
