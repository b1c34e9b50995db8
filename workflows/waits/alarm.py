"""The one timer of a workflow.

Promises to ring at or before the next deadline. After three rings for the same deadline, or a hundred for deadlines of
the same instant, it waits a minute. It is set anew only when a deadline moves earlier: an early ring costs less history
than a new timer for every message. Must not know what a deadline is about.
"""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow

from workflows.limits import shortening

_SOONEST = timedelta(milliseconds=1)
_AGAIN = timedelta(minutes=1)
_AT_ONCE, _TOGETHER = 3, 100
"""Rings for one deadline, and for all that are due at the same instant: a task may be too short to reach them all."""
_REMEMBERED = 120
"""The number of deadlines for which it remembers how often it has rung."""

_Deadline = tuple[datetime, str]


class Alarm:
    """Rings once. `has_rung` stays true until the alarm is set again."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._at: datetime | None = None
        self._deadline: _Deadline = (workflow.now(), "")
        self._rings: dict[_Deadline, int] = {}
        self._rung_at = workflow.now()

    @property
    def has_rung(self) -> bool:
        """True where the time that it was set to has come."""
        return self._task is not None and self._task.done()

    def set(self, at: datetime, what: str, *, exactly: bool = False) -> None:
        """Ring at `at`, or earlier where an earlier ring is set already and `exactly` isn't asked for."""
        deadline = (at, what)
        if self._stays(deadline):
            at = max(at, self._rung_at + _AGAIN)
        is_armed = self._task is not None and not self._task.done() and self._at is not None
        if is_armed and self._at is not None and (self._at == at or (self._at < at and not exactly)):
            return
        self.stop()
        self._at, self._deadline = at, deadline
        summary = shortening.summary(f"{at:%a %H:%M:%S}Z: {what}")
        self._task = asyncio.create_task(workflow.sleep(max(at - workflow.now(), _SOONEST), summary=summary))

    def _stays(self, deadline: _Deadline) -> bool:
        """Return whether the alarm rang for this deadline so often without effect that it can wait."""
        if self._rings.get(deadline, 0) >= _AT_ONCE:
            return True
        return sum(times for (at, _), times in self._rings.items() if at == deadline[0]) >= _TOGETHER

    def doubt(self) -> None:
        """Don't rely on a ring that should have come: the next `set` starts a new timer.

        The old timer is not cancelled: if it was only late, it may have fired already, and then nothing would hear of
        it.
        """
        if self._at is not None and self._at <= workflow.now() and not self.has_rung:
            self._task = None
            self._at = None

    def stop(self) -> None:
        """Stop the timer, and count the ring where it has rung."""
        if self.has_rung:
            times = self._rings.pop(self._deadline, 0)
            self._rings = dict([*self._rings.items(), (self._deadline, times + 1)][-_REMEMBERED:])
            self._rung_at = workflow.now()
        elif self._task is not None:
            self._task.cancel()
        self._task = None
        self._at = None
