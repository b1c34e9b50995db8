"""The events of a calendar that have one UID: an event, its repetitions, and the events that stand for some of them.

Promises that of several versions the latest counts, also where another calendar of the file cancels the event; that an
event which stands for a shift of its series takes that shift's place; and that a series is read whole or left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import ValidationError

from policies.document.rotation import Override
from worker.on_call.calendars.lines import CalendarPart, LeftOutError, Property
from worker.on_call.calendars.naming import person_of
from worker.on_call.calendars.shifts import AS_LAYER, shifts_of
from worker.on_call.calendars.zones import Zones, is_day
from worker.on_call.rotations import Standing

_MOST_SHIFTS = 1_000


@dataclass(slots=True)
class Found:
    """The result of reading a calendar: overrides by a key that stays with the event, and why others were left out."""

    overrides: dict[str, Override] = field(default_factory=dict)
    over: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    """The beginnings of the keys of all events in the file, also of those that are over, cancelled or left out."""

    def takes_back(self, key: str) -> bool:
        """True where the file has the event of this override, and it is no shift any more, or another one."""
        return key not in self.overrides and any(key == each or key.startswith(f"{each} ") for each in self.keys)


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One event with the zones of its calendar. `is_cancelled`: that calendar cancels all of its events."""

    part: CalendarPart
    zones: Zones
    is_cancelled: bool

    @property
    def uid(self) -> str:
        """The name of its series; empty where the program gave it none."""
        return self.part.text("UID")

    @property
    def moment(self) -> str:
        """The shift of its series that the event stands for; empty where it stands for none. However it is written."""
        written = next(iter(self.part.properties.get("RECURRENCE-ID", ())), None)
        if written is None:
            return ""
        try:
            return written.value if is_day(written) else self.zones.instant(written).isoformat()
        except LeftOutError:
            return written.value

    @property
    def version(self) -> int:
        """The number of changes that were made to the event."""
        text = self.part.text("SEQUENCE")
        return int(text) if text.isdecimal() else 0

    @property
    def is_off(self) -> bool:
        """True where this version of the event cancels it."""
        return self.is_cancelled or self.part.text("STATUS").upper() == "CANCELLED"

    def replaces(self, other: "CalendarEvent") -> bool:
        """True where this is a later version of the other event, or cancels that very version."""
        if self is other or self.moment != other.moment:
            return False
        starts = {each.part.text("DTSTART") for each in (self, other) if each.part.text("DTSTART")}
        return self.version > other.version or (self.is_off and self.version == other.version and len(starts) < 2)


def series_of(events: Iterable[CalendarEvent]) -> Iterator[list[CalendarEvent]]:
    """Yield the events that have one UID. Some programs give several events one, or none."""
    together: dict[str, list[CalendarEvent]] = {}
    for number, event in enumerate(events):
        together.setdefault(f"UID {event.uid}" if event.uid else f"number {number}", []).append(event)
    yield from together.values()


class SeriesReader:
    """Reads one series for a rotation."""

    def __init__(self, events: Sequence[CalendarEvent], standing: Standing, now: datetime) -> None:
        self._events = events
        self._standing = standing
        self._now = now

    def read(self, found: Found) -> None:
        """Add what the events say."""
        if uid := self._events[0].uid:
            found.keys.add(f"ical {uid}")
        is_over = any(self._is_off(event) for event in self._events if not event.moment)
        if not is_over and (of := self._changes_later_shifts()) is not None:
            why = "it changes all later shifts of its series, which is not read: end that series and begin another one"
            found.left_out[_shown(of[0], of[1].line)] = why
            return
        for event in self._events:
            try:
                if self._is_off(event) or (is_over and event.moment):
                    found.over += 1
                    continue
                overrides = list(self._overrides(event, found.overrides))
            except LeftOutError as why:
                found.left_out[_shown(event, why.line)] = str(why)
            except OverflowError:
                found.left_out[_shown(event)] = "its time is too far away"
            except ValidationError as error:
                found.left_out[_shown(event)] = error.errors()[0]["msg"].removeprefix("Value error, ")
            else:
                found.over += not overrides
                found.overrides.update(overrides)

    def _changes_later_shifts(self) -> tuple[CalendarEvent, Property] | None:
        """Return an event that stands for a shift and all later ones, with the line that says so; None without one."""
        for event in self._events:
            for written in event.part.properties.get("RECURRENCE-ID", ()):
                if "RANGE" in written.parameters:
                    return event, written
        return None

    def _is_off(self, event: CalendarEvent) -> bool:
        """Return whether an event is cancelled, or a later version of it is in the file."""
        return event.is_off or any(other.replaces(event) for other in self._events)

    def _overrides(self, event: CalendarEvent, taken: Mapping[str, Override]) -> Iterator[tuple[str, Override]]:
        """Yield the overrides of the shifts that have not ended, each with its key."""
        part, zones = event.part, event.zones
        if not part.is_whole:
            raise LeftOutError("the file ends before it does")
        part.all("STATUS")
        replaced = [
            (other.zones, written)
            for other in self._events
            if (written := other.part.one("RECURRENCE-ID")) is not None and not event.moment
        ]
        shifts = [
            shift for shift in shifts_of(part, replaced, zones) if shift.ends > self._now or shift.ends <= shift.starts
        ]
        if len(shifts) > _MOST_SHIFTS:
            raise LeftOutError(f"it has more than {_MOST_SHIFTS} shifts: {AS_LAYER}")
        person = person_of(part, self._standing) if shifts else ""
        repeats = bool(part.all("RRULE") or part.all("RDATE"))
        for shift in shifts:
            override = Override(starts=shift.starts, until=shift.ends, person=person)
            moment = zones.instant(written) if (written := part.one("RECURRENCE-ID")) else None
            yield _key(event, moment or (shift.starts if repeats else None), override, taken), override


def _shown(event: CalendarEvent, line: int = 0) -> str:
    """Return how people find an event in the file; `line` is another line than its first one."""
    part = event.part
    return f"line {line or part.line}, {part.text('SUMMARY') or 'an event'} at {part.text('DTSTART') or 'no time'}"


def _key(event: CalendarEvent, moment: datetime | None, override: Override, taken: Mapping[str, Override]) -> str:
    """Return a key that stays with a shift when it is moved. Some programs give several events one UID, or none."""
    key = " ".join(filter(None, ("ical", event.uid, moment.isoformat() if moment else "")))
    if event.uid and taken.get(key, override) == override:  # the same event twice is one shift
        return key
    return f"{key} {override.starts.isoformat()} {override.person}"
