"""The instant that a customer means by a time: the next sensible one, in their own zone, and never a past one.

Promises that of two readings (five in the morning or in the afternoon) the first within the team's hours is taken. Must
not know words (`reading`).
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from policies.handoff.callbacks.reading import ClockTime, WantedCall
from policies.handoff.callbacks.vocabularies import PartOfDay
from policies.time.hours import BusinessHours
from policies.time.wall_clock import instant

_SOONEST = timedelta(minutes=15)
"""The shortest time in which a person can call where the named part of the day has begun."""
_DAYS = 8
_PARTS: dict[PartOfDay, tuple[int, int]] = {
    "morning": (8, 12), "noon": (12, 14), "afternoon": (14, 18), "evening": (18, 22),
}  # fmt: skip
_DAY = (8, 22)
"""The hours at which people are called, where the team's hours leave a choice."""
_NOON, _EARLIEST = 12, 7
"""The earliest hour that is taken for one in the morning where a customer does not say so."""


class _Window(NamedTuple):
    """A time that was meant: an instant, or the first within a span in which the team is open."""

    start: datetime
    end: datetime


def instant_of(wanted: WantedCall, now: datetime, zone: ZoneInfo, hours: BusinessHours) -> datetime | None:
    """Return the instant of the call; None where no time was named, or only one that has passed.

    A time in the team's hours comes before an earlier one outside of them.
    """
    if wanted.minutes is not None:
        return now + timedelta(minutes=wanted.minutes)
    if not wanted.names_a_time:
        return None
    ahead = [window for window in _windows(wanted, now, zone) if window.end > now]
    for window in ahead:
        start = window.start if window.start > now else now + _SOONEST
        opens_at = start if hours.is_open(start) else hours.opens_at(start)
        if opens_at is not None and opens_at < window.end:
            return opens_at
    by_day = (window for window in ahead if _DAY[0] <= window.start.astimezone(zone).hour < _DAY[1])
    first = next(by_day, ahead[0] if ahead else None)
    return None if first is None else max(first.start, now + _SOONEST) if first.start <= now else first.start


def _windows(wanted: WantedCall, now: datetime, zone: ZoneInfo) -> Iterator[_Window]:
    """Yield what may be meant, the earliest first."""
    today = now.astimezone(zone).date()
    for day in _days(wanted, today):
        if wanted.time is None:
            first, last = _PARTS[wanted.part] if wanted.part else _DAY
            yield _Window(_at(day, time(first), zone), _at(day, time(last), zone))
            continue
        for said in _times(wanted.time, wanted.part):
            yield _around(wanted, _at(day, said, zone), _at(day, time(23, 59), zone), now)


def _days(wanted: WantedCall, today: date) -> Iterator[date]:
    if wanted.days is not None:
        yield today + timedelta(days=wanted.days)
    elif wanted.weekday is not None:
        first = (wanted.weekday - today.weekday()) % 7
        first = first or (7 if wanted.time is None else 0)  # on a Monday, “on Monday” is the next one
        yield from (today + timedelta(days=first + days) for days in (0, 7))
    else:
        yield from (today + timedelta(days=days) for days in range(_DAYS))


def _times(said: ClockTime, part: PartOfDay | None) -> tuple[time, ...]:
    """Return the times of day that a time may mean, the earlier first."""
    hour, minute = said.hour, said.minute
    if said.is_whole or hour >= _NOON:
        return (time(hour, minute),)
    if part is not None:
        return (time(hour if part == "morning" else hour + _NOON, minute),)
    later = time(hour + _NOON, minute)
    return (time(hour, minute), later) if hour >= _EARLIEST else (later,)


def _around(wanted: WantedCall, at: datetime, midnight: datetime, now: datetime) -> _Window:
    """Return the span that a word before the time leaves: `after five` ends with the day, `before five` at five."""
    match wanted.relation:
        case "before":
            soonest = at - timedelta(minutes=30)
            return _Window(soonest if soonest > now else at - timedelta(minutes=1), at)
        case "from":
            is_clear = wanted.time is not None and wanted.time.is_whole
            return _Window(at, midnight) if at > now or is_clear else _Window(at, at)
        case "at" | "between":
            return _Window(at, at + timedelta(seconds=1)) if at > now else _Window(at, at)


def _at(day: date, said: time, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, said), zone)
