"""The instants of an iCalendar file's times, in the time zones that the file names or defines.

Promises that a zone which a file defines by a name of its own, such as `W. Europe Standard Time` or `GMT`, is read as
the file defines it, and that a place such as `Europe/Berlin` which the file defines otherwise than the time zone
database is refused. Must not know what happens at a time.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from policies.time.hours import known_zones
from policies.time.wall_clock import instant, readings
from worker.on_call.calendars.lines import CalendarPart, LeftOutError, Property
from worker.on_call.calendars.repeating import read_rule

ZoneClock = Callable[[datetime], datetime]
"""The function that returns the instant, in UTC, at which a wall clock shows a time."""

_TIME = re.compile(r"\d{8}(T\d{4}(\d\d)?)?")
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?")
_FIRST_YEAR = 1604
"""A leap year before all instants: programs let a zone begin in the year 1 or 1601."""


class DefinedZone:
    """A time zone as a file defines it: changes of its offset, each with the instant from which it counts."""

    def __init__(self, part: CalendarPart) -> None:
        """Read the definition. Raises LeftOutError."""
        self._observances = [each for each in part.parts if each.name in ("STANDARD", "DAYLIGHT")]
        self._changes: dict[int, list[_Change]] = {}
        if not self._observances:
            raise LeftOutError("the definition of its zone has no offset", part.line)

    def __call__(self, local: datetime) -> datetime:
        """Return the instant: of a time that comes twice the first one; of a skipped one, by the offset before.

        Raises LeftOutError where the definition can't be read.
        """
        changes = self._until(local.year + 1)
        offset = changes[0][1]
        for at, _, after in changes:
            if local - offset < at:  # before this change
                break
            if local - after < at:  # skipped by this change
                break
            offset = after
        return (local - offset).replace(tzinfo=UTC)

    def _until(self, year: int) -> "list[_Change]":
        if year not in self._changes:
            self._changes[year] = sorted({change for each in self._observances for change in _changes(each, year)})
        return self._changes[year]


_Change = tuple[datetime, timedelta, timedelta]
"""A change of the offset: the instant in UTC, the offset before, and the offset from then on."""


def _changes(observance: CalendarPart, last_year: int) -> Iterator[_Change]:
    """Yield the changes to an observance's offset until a year."""
    before, after = (_offset(observance, name) for name in ("TZOFFSETFROM", "TZOFFSETTO"))
    start = observance.one("DTSTART")
    if start is None:
        raise LeftOutError("the definition of its zone has no start", observance.line)
    first = local_of(start)
    first = first.replace(year=max(first.year, _FIRST_YEAR))
    yield first - before, before, after
    for written in observance.all("RRULE"):
        rule = read_rule(written, first)
        until = rule.until and local_of(rule.until) - (timedelta(0) if rule.until.value.endswith("Z") else before)
        for local in takewhile(lambda each: each.year <= last_year, rule.starts):
            if until and local - before > until:
                break
            yield local - before, before, after
    for written in (value for each in observance.all("RDATE") for value in each.values):
        yield local_of(written) - before, before, after


def _offset(observance: CalendarPart, name: str) -> timedelta:
    written = observance.one(name)
    found = _OFFSET.fullmatch(written.value) if written else None
    if found is None:
        raise LeftOutError(f"the definition of its zone has no {name}", (written or observance).line)
    sign, hours, minutes, seconds = found.groups(default="0")
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds)) * (-1 if sign == "-" else 1)


class Zones:
    """The time zones of one calendar. `own` is the rotation's, for whole days and for times that name no zone."""

    def __init__(self, definitions: Iterable[CalendarPart], own: ZoneInfo) -> None:
        self._own = own
        self._definitions = {part.text("TZID"): part for part in definitions}
        self._read: dict[int, DefinedZone] = {}

    def clock(self, written: Property) -> ZoneClock:
        """Return the clock that a written time is read on. Raises LeftOutError."""
        name = written.parameters.get("TZID", "")
        if written.value.endswith("Z"):
            return lambda local: local.replace(tzinfo=UTC)
        if is_day(written):
            return lambda local: instant(local, self._own)
        if not name:
            return lambda local: readings(local, self._own)[0]
        # Some programs write a path before the zone's name.
        paths = ["/".join(name.split("/")[start:]) for start in range(name.count("/") + 1)]
        known = next((ZoneInfo(each) for each in paths if each in known_zones()), None)
        definition = self._definitions.get(name)
        if definition is not None and (known is None or "/" not in known.key):
            return self._defined(definition)
        if known is None:
            raise LeftOutError(
                f"its zone {name} is not known: only IANA names such as Europe/Berlin are, and zones that the file "
                f"defines",
                written.line,
            )
        return lambda local: self._agreed(local, known, definition)

    def instant(self, written: Property) -> datetime:
        """Return a written time as an instant in UTC. Raises LeftOutError."""
        return self.clock(written)(local_of(written))

    def _agreed(self, local: datetime, zone: ZoneInfo, definition: CalendarPart | None) -> datetime:
        """Return the instant in a zone of the database. Raises LeftOutError where the file defines another."""
        found = readings(local, zone)[0]
        if definition is not None and self._defined(definition)(local) != found:
            why = f"the file defines {zone.key} otherwise than the time zone database at {local:%Y-%m-%d %H:%M}"
            raise LeftOutError(why, definition.line)
        return found

    def _defined(self, part: CalendarPart) -> DefinedZone:
        if part.line not in self._read:
            self._read[part.line] = DefinedZone(part)
        return self._read[part.line]


def is_day(written: Property) -> bool:
    """Return whether a whole day is written, and no time."""
    return "T" not in written.value


def local_of(written: Property) -> datetime:
    """Return a written time as its wall clock shows it; a whole day begins at midnight. Raises LeftOutError."""
    text = written.value.removesuffix("Z")
    try:
        return datetime.fromisoformat(text if _TIME.fullmatch(text) else "")
    except ValueError:
        raise LeftOutError(f"{text} is not a time", written.line) from None
