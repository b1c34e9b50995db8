"""The days on which the written conversations open: coming days that fit the scripts, whatever day it is today.

Promises instants in the future, in weeks without surprises: the day is no public holiday unless the script asks for
one, nor is any day until the script ends, and the clocks do not change in between. Must not know servers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from policies.document.document import Document
from policies.time.hours import resolve_holidays
from worker.demo.script import Script, TimeOfWeek

_DAY = timedelta(days=1)
_SEARCHED = 500
"""Days ahead in which every opening can be found."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A policy's zone and its holidays, with names for those of the United States."""

    zone: ZoneInfo
    holidays: dict[date, str]

    def opening(self, script: Script, now: datetime) -> datetime:
        """Return the next instant at which the script can open, in UTC. Raises ValueError where there is none."""
        for day in self._days(now):
            if self._suits(script.opens, day) and self._is_quiet(script, day):
                return datetime.combine(day, script.opens.at, self.zone).astimezone(UTC)
        raise ValueError(f"{script.name} finds no day to open on: the policy knows no holidays ahead")

    def local(self, at: datetime) -> str:
        """Return an instant in the form the scripts use: `Thu 26 Nov 11:00`, with the holiday's name."""
        here = at.astimezone(self.zone)
        name = self.holidays.get(here.date(), "")
        return f"{here:%a} {here.day} {here:%b %H:%M}" + (f" ({name})" if name else "")

    def _days(self, now: datetime) -> Iterator[date]:
        today = now.astimezone(self.zone).date()
        return (today + _DAY * ahead for ahead in range(1, _SEARCHED))

    def _suits(self, opens: TimeOfWeek, day: date) -> bool:
        if opens.weekday is None:
            return day in self.holidays and day.weekday() < 5
        return day.weekday() == opens.weekday and day not in self.holidays

    def _is_quiet(self, script: Script, day: date) -> bool:
        """Return whether there is no other holiday and no change of the clocks until the day after the end."""
        first = datetime.combine(day, script.opens.at, self.zone)
        later = [first + _DAY * ahead for ahead in range(1, script.lasts.days + 3)]
        same_offset = all(at.utcoffset() == first.utcoffset() for at in later)
        return same_offset and not any(at.date() in self.holidays for at in later)


def calendar_of(document: Document) -> Calendar:
    """Return the calendar of a resolved policy: the holidays of all its business hours."""
    dates = sorted(
        {day for hours in document.hours.values() for day in (hours.holidays or ()) if isinstance(day, date)}
    )
    names = dict(resolve_holidays("US", None, {day.year for day in dates})) if dates else {}
    return Calendar(ZoneInfo(document.timezone), {day: names.get(day, "holiday") for day in dates})
