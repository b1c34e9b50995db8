"""The shifts of one event: its start and end, its repetitions, and the exceptions from them.

Promises that a shift which an exception names is left out, and that a time which may be read in two ways is refused.
Must not know who is on call.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice, takewhile

from worker.on_call.calendars.lines import CalendarPart, LeftOutError, Property
from worker.on_call.calendars.repeating import read_rule
from worker.on_call.calendars.zones import ZoneClock, Zones, is_day, local_of

AS_LAYER = "write turns that repeat as a layer of the rotation"
_DURATION = re.compile(r"([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_MOST_STARTS = 20_000
_NEAR = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class CalendarShift:
    """One shift of an event: its start on the wall clock, and its start and end as instants."""

    local: datetime
    starts: datetime
    ends: datetime


@dataclass(slots=True)
class _Excepted:
    """The shifts of a series that do not take place, or not as the series says: by their starts, or by whole days."""

    starts: set[datetime] = field(default_factory=set)
    days: set[date] = field(default_factory=set)

    def add(self, written: Property, zones: Zones) -> None:
        """Take in one time or day."""
        if is_day(written):
            self.days.add(local_of(written).date())
        else:
            self.starts.add(zones.instant(written))

    def has(self, shift: CalendarShift) -> bool:
        """True where the series leaves this shift out."""
        return shift.starts in self.starts or shift.local.date() in self.days


def shifts_of(event: CalendarPart, series: Sequence[CalendarPart], zones: Zones) -> list[CalendarShift]:
    """Return the shifts of an event without those that its exceptions, or others of its series, take out or replace.

    Raises LeftOutError.
    """
    start = event.one("DTSTART")
    if start is None:
        raise LeftOutError("it has no start")
    clock, end_of = zones.clock(start), _length(event, start, zones)
    shifts = [CalendarShift(local, clock(local), end_of(local)) for local in _starts(event, start, clock)]
    excepted = _Excepted() if event.one("RECURRENCE-ID") else _excepted(event, series, zones)
    for at in excepted.starts - {shift.starts for shift in shifts}:
        if near := next((shift for shift in shifts if abs(shift.starts - at) < _NEAR), None):
            why = f"it excepts a shift at {at:%Y-%m-%d %H:%M} UTC, but has one at {near.starts:%Y-%m-%d %H:%M} UTC"
            raise LeftOutError(why)
    return [shift for shift in shifts if not excepted.has(shift)]


def _excepted(event: CalendarPart, series: Sequence[CalendarPart], zones: Zones) -> _Excepted:
    """Return the shifts that the event's exceptions take out, and those that other events replace."""
    excepted = _Excepted()
    for written in (value for each in event.all("EXDATE") for value in each.values):
        excepted.add(written, zones)
    for other in series:
        if written := other.one("RECURRENCE-ID"):
            if "RANGE" in written.parameters:
                raise LeftOutError("a change of all its later shifts is not read", written.line)
            excepted.add(written, zones)
    return excepted


def _length(event: CalendarPart, start: Property, zones: Zones) -> Callable[[datetime], datetime]:
    """Return the function that finds the end of a shift by its start, both on the same wall clock.

    A shift of a night ends at the same hour also when the clocks change in it, as calendars show it.
    """
    clock = zones.clock(start)
    if end := event.one("DTEND"):
        if _zone(end) != _zone(start):
            span = zones.instant(end) - clock(local_of(start))
            return lambda local: clock(local) + span
        days = local_of(end) - local_of(start)
        return lambda local: zones.clock(end)(local + days)
    if written := event.one("DURATION"):
        days, span = _duration(written)
        return lambda local: clock(local + days) + span
    if not is_day(start):
        raise LeftOutError("it has no end")
    return lambda local: clock(local + timedelta(days=1))


def _starts(event: CalendarPart, start: Property, clock: ZoneClock) -> list[datetime]:
    """Return the starts of all shifts of an event, on its wall clock. Raises LeftOutError for a rule without an end."""
    first = local_of(start)
    starts = [first]
    if event.all("EXRULE") or len(event.all("RRULE")) > 1:
        raise LeftOutError("it repeats by several rules, which is not read")
    if written := event.one("RRULE"):
        rule = read_rule(written, first)
        if not rule.has_end:
            raise LeftOutError(f"it repeats without an end: {AS_LAYER}", written.line)
        until = rule.until
        wanted = takewhile(lambda local: until is None or _is_until(local, until, clock), rule.starts)
        starts = list(islice(wanted, _MOST_STARTS))
        if starts[:1] != [first]:
            raise LeftOutError("its first shift does not follow its rule", written.line)
        if len(starts) == _MOST_STARTS:
            raise LeftOutError(f"it repeats {_MOST_STARTS} times: {AS_LAYER}", written.line)
    for extra in (value for each in event.all("RDATE") for value in each.values):
        if "/" in extra.value or is_day(extra) != is_day(start) or _zone(extra) != _zone(start):
            raise LeftOutError(f"its further shift {extra.value} is not read", extra.line)
        starts.append(local_of(extra))
    return sorted(set(starts))


def _zone(written: Property) -> str:
    return "Z" if written.value.endswith("Z") else written.parameters.get("TZID", "")


def _is_until(local: datetime, until: Property, clock: ZoneClock) -> bool:
    """Return whether a rule that ends at `until` still has a shift then. A whole day is the last day."""
    if is_day(until):
        return local.date() <= local_of(until).date()
    if until.value.endswith("Z"):
        return clock(local).replace(tzinfo=None) <= local_of(until)
    return local <= local_of(until)


def _duration(written: Property) -> tuple[timedelta, timedelta]:
    """Return a duration as days on the wall clock and as a span of time."""
    found = _DURATION.fullmatch(written.value)
    if found is None or not any(found.groups()[1:]):
        raise LeftOutError(f"{written.value} is not a duration", written.line)
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in found.groups()[1:])
    sign = -1 if found[1] == "-" else 1
    span = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return sign * timedelta(weeks=weeks, days=days), sign * span
