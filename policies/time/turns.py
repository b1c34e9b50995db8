"""The arithmetic of turns in one layer of an on-call rotation.

Promises that turns change on the wall clock of a zone, at the same hour in summer and in winter: a change at a time
that the clocks skip comes with the first instant after the gap, and one in an hour that comes twice comes the first
time. A layer with time windows counts only days (hours, weeks, months) in which it works, so that a daily turn on
weekends passes from Saturday to Sunday to the next Saturday. Must not know who takes the turns (`rotation`).
"""

import re
from bisect import bisect_left, bisect_right
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from policies.time.hours import BusinessHours
from policies.time.wall_clock import instant

Unit = Literal["hour", "day", "week", "month"]
_STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
_UNITS: dict[str, Unit] = {"h": "hour", "d": "day", "w": "week", "m": "month"}
_NAMED: dict[str, Unit] = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}
_COUNTED = re.compile(r"(\d{1,4}) *(h|d|w|hours?|days?|weeks?|months?)")
_DAY = timedelta(days=1)


@lru_cache(maxsize=256)
def read_every(text: str) -> tuple[int, Unit]:
    """Read a turn's length: `weekly` is `(1, "week")`, `12 hours` and `12h` are `(12, "hour")`. Raises ValueError."""
    if text in _NAMED:
        return 1, _NAMED[text]
    counted = _COUNTED.fullmatch(text)
    if counted is None or not int(counted[1]):
        raise ValueError(
            f"`{text}` is not how long a turn lasts: write daily, weekly, monthly, or a number and a unit, "
            "such as 12 hours, 3 days, 2 weeks"
        )
    return int(counted[1]), _UNITS[counted[2][0]]


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns of `count` units each from `start`, a wall-clock time of `zone`. `only` is written like business hours."""

    start: datetime
    count: int
    unit: Unit
    zone: str
    only: str = ""

    def number_at(self, at: datetime) -> int | None:
        """Return the number of the turn at `at`, from 0; None before the first turn and outside the windows."""
        if at < self._starts_at(0):
            return None
        if not self.only:
            return (self._begun(at) - 1) // self.count
        return (self._worked(at) - 1) // self.count if self._hours().is_open(at) else None

    def next_change(self, at: datetime) -> datetime | None:
        """Return an instant after `at` up to which the turn stays the same; None where it never changes again.

        The turn may go on there: callers compare the turns before and after.
        """
        if at < self._starts_at(0):
            return self._starts_at(0)
        begun = self._begun(at)
        if not self.only:
            return self._starts_at(begun + -begun % self.count)
        hours = self._hours()
        if not hours.is_open(at):
            return hours.opens_at(at)
        return min(hours.next_closing(at) or datetime.max.replace(tzinfo=at.tzinfo), self._starts_at(begun))

    def worked_in(self, year: int) -> tuple[datetime, ...]:
        """Return the starts of those units of one calendar year in which the windows are open at all."""
        first, last = (
            bisect_left(range(self._bound(new_year)), new_year, key=self._local)
            for new_year in (datetime.combine(date(number, 1, 1), time()) for number in (year, year + 1))
        )
        hours, starts = self._hours(), [self._starts_at(number) for number in range(first, last + 1)]
        return tuple(start for start, end in pairwise(starts) if hours.between(start, end))

    def _hours(self) -> BusinessHours:
        return BusinessHours(self.only, self.zone)

    def _begun(self, at: datetime) -> int:
        """Return how many units have begun."""
        # In a repeated hour a unit may have begun though the wall clock went back to before it, so look a day ahead.
        local = at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None) + _DAY
        return bisect_right(range(self._bound(local)), at, key=self._starts_at)

    def _worked(self, at: datetime) -> int:
        """Return how many units with open windows have begun."""
        year = at.astimezone(ZoneInfo(self.zone)).year
        before = sum(len(_worked_in(self, earlier)) for earlier in range(self.start.year, year))
        return before + bisect_right(_worked_in(self, year), at)

    def _starts_at(self, number: int) -> datetime:
        return instant(self._local(number), ZoneInfo(self.zone))

    def _local(self, number: int) -> datetime:
        if self.unit != "month":
            return self.start + number * _STEPS[self.unit]
        years, month = divmod(self.start.month - 1 + number, 12)
        year, month = self.start.year + years, month + 1
        return self.start.replace(year=year, month=month, day=min(self.start.day, monthrange(year, month)[1]))

    def _bound(self, local: datetime) -> int:
        """Return a number of units that certainly reaches beyond `local`."""
        if self.unit == "month":
            return max(0, (local.year - self.start.year) * 12 + local.month - self.start.month + 2)
        return max(0, (local - self.start) // _STEPS[self.unit] + 2)


# Not cached on the object, which is the key. Whole years are counted, so no answer depends on what was asked before.
@lru_cache(maxsize=512)
def _worked_in(turns: Turns, year: int) -> tuple[datetime, ...]:
    return turns.worked_in(year)
