"""Microseconds to add business time, beside opening-hours-py walked interval by interval, and pandas where installed.

Must not know conversations.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours

from bench.report import Figure, median, say
from bench.stage import Stage
from policies.time.hours import BusinessHours, resolve_holidays

SPANS = {240: 5.0, 9600: 50.0}
"""Minutes to add, and the most microseconds that adding them may take."""
_ZONE = "America/New_York"
_WEEK = "Mo-Fr 09:00-18:00"
_FROM = datetime(2026, 11, 23, 15, 7, tzinfo=UTC)
_REPEATS, _AT_ONCE = 7, 200


async def measure(_stage: Stage, _rounds: int) -> list[Figure]:
    """Measure warm calls: as in a running worker, the calendar of the years in question has been computed."""
    holidays = tuple(sorted(day for day, _ in resolve_holidays("US", None, range(2025, 2030))))
    ours = BusinessHours(opening=f"{_WEEK}; PH off", timezone=_ZONE, holidays=holidays)
    figures: list[Figure] = []
    for minutes, most in SPANS.items():
        span = timedelta(minutes=minutes)
        taken = _microseconds(lambda span=span: ours.add(_FROM, span))
        walked = _microseconds(lambda span=span: _walk(span), at_once=20)
        what = f"add {minutes:,} minutes of business time"
        figures.append(
            Figure(
                "business time",
                what,
                f"{taken:.1f} µs",
                f"{walked:.0f} µs",
                taken / walked,
                f"< {most:.0f} µs",
                taken < most,
            )
        )
        figures += _pandas(minutes, holidays, taken)
    say("business time", "done; “bare” is opening-hours-py walked by its own next_change, without the holidays")
    return figures


def _walk(span: timedelta) -> datetime:
    """Add time with the library alone, as one would write it: from change to change, until the time is used up."""
    hours = OpeningHours(_WEEK, timezone=ZoneInfo(_ZONE))
    at, left = _FROM.astimezone(ZoneInfo(_ZONE)), span
    while True:
        change = hours.next_change(at)
        assert change is not None
        if hours.is_open(at):
            if left <= (open_for := change.astimezone(UTC) - at.astimezone(UTC)):
                return at + left
            left -= open_for
        at = change


def _pandas(minutes: int, holidays: tuple[date, ...], ours: float) -> list[Figure]:
    """Measure pandas, for its speed alone: it counts in naive local time and ignores changes of the clocks."""
    try:
        import pandas as pd  # pyright: ignore[reportMissingImports]
    except ImportError:
        return []
    offset = pd.offsets.CustomBusinessHour(minutes // 60, start="09:00", end="18:00", holidays=list(holidays))
    start = pd.Timestamp(_FROM.astimezone(ZoneInfo(_ZONE)).replace(tzinfo=None))
    taken = _microseconds(lambda: start + offset, at_once=20)
    what = f"add {minutes:,} minutes: Baton beside pandas"
    return [Figure("business time", what, f"{ours:.1f} µs", f"{taken:.0f} µs", ours / taken)]


def _microseconds(call: Callable[[], object], *, at_once: int = _AT_ONCE) -> float:
    """Return the median of some repetitions, in microseconds."""
    call()
    taken: list[float] = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        for _ in range(at_once):
            call()
        taken.append((time.perf_counter() - began) / at_once * 1e6)
    return median(taken)
