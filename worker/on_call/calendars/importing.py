"""Reads iCalendar files: each shift becomes an override for the person it names.

Promises that an event is either read, or left out with its line and a sentence, and never guessed at; and that a
repeated shift is left out where an exception of its series says so. Must not store anything.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from policies.document.rotation import Override
from policies.loading.bounded_file import read_bytes
from worker.on_call.calendars.lines import CalendarPart, LeftOutError, read_parts
from worker.on_call.calendars.naming import person_of
from worker.on_call.calendars.shifts import AS_LAYER, shifts_of
from worker.on_call.calendars.zones import Zones
from worker.on_call.rotations import Standing
from worker.trouble import TroubleError

_READ = ("", "PUBLISH", "REQUEST", "ADD", "CANCEL")
"""The methods of files that list events; others are one person's answer to an invitation."""
_MOST_SHIFTS = 1_000
_LARGEST = 16 * 1024**2
"""Bytes of a file."""


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


def text_of(file: Path) -> str:
    """Return the file's text. Raises TroubleError."""
    try:
        return read_bytes(file, _LARGEST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TroubleError(f"{file} can't be read: {error}") from None


def read(text: str, standing: Standing, now: datetime) -> Found:
    """Read every event of a calendar that has not ended at `now`. Raises TroubleError where the text is no calendar."""
    calendars = list(read_parts(text).find("VCALENDAR"))
    if not calendars:
        raise TroubleError("This is not an iCalendar file: it has no line BEGIN:VCALENDAR")
    found = Found()
    for calendar in calendars:
        method = calendar.text("METHOD").upper()
        if method not in _READ:
            raise TroubleError(f"This is no calendar but one answer to an invitation: it has METHOD:{method}")
        zones = Zones(calendar.find("VTIMEZONE"), standing.zone)
        for series in _series(calendar.find("VEVENT")):
            _Series(series, zones, standing, now, is_cancelled=method == "CANCEL").read(found)
    return found


def _series(events: Iterable[CalendarPart]) -> Iterator[list[CalendarPart]]:
    """Yield the events that have one UID. Some programs give several events one, or none."""
    together: dict[str, list[CalendarPart]] = {}
    for event in events:
        together.setdefault(event.text("UID") or f"line {event.line}", []).append(event)
    yield from together.values()


def _moment(event: CalendarPart) -> str:
    return event.text("RECURRENCE-ID")


def _version(event: CalendarPart) -> int:
    text = event.text("SEQUENCE")
    return int(text) if text.isdecimal() else 0


class _Series:
    """One event with its repetitions and the events that stand for some of them."""

    def __init__(
        self, events: Sequence[CalendarPart], zones: Zones, standing: Standing, now: datetime, *, is_cancelled: bool
    ) -> None:
        self._events = events
        self._zones = zones
        self._standing = standing
        self._now = now
        self._is_cancelled = is_cancelled

    def read(self, found: Found) -> None:
        """Add what the events say."""
        if uid := self._events[0].text("UID"):
            found.keys.add(f"ical {uid}")
        is_over = any(self._is_off(event) for event in self._events if not _moment(event))
        for event in self._events:
            shown = f"line {{}}, {event.text('SUMMARY') or 'an event'} at {event.text('DTSTART') or 'no time'}"
            try:
                if self._is_off(event) or (is_over and _moment(event)):
                    found.over += 1
                    continue
                overrides = list(self._overrides(event, found.overrides))
            except LeftOutError as why:
                found.left_out[shown.format(why.line or event.line)] = str(why)
            except OverflowError:
                found.left_out[shown.format(event.line)] = "its time is too far away"
            except ValidationError as error:
                sentence = error.errors()[0]["msg"].removeprefix("Value error, ")
                found.left_out[shown.format(event.line)] = sentence
            else:
                found.over += not overrides
                found.overrides.update(overrides)

    def _is_off(self, event: CalendarPart) -> bool:
        """Return whether an event is cancelled, or a later version of it is in the file."""
        latest = max(_version(each) for each in self._events if _moment(each) == _moment(event))
        return self._is_cancelled or event.text("STATUS").upper() == "CANCELLED" or _version(event) < latest

    def _overrides(self, event: CalendarPart, taken: Mapping[str, Override]) -> Iterator[tuple[str, Override]]:
        """Yield the overrides of the shifts that have not ended, each with its key."""
        if not event.is_whole:
            raise LeftOutError("the file ends before it does")
        event.all("STATUS")
        shifts = [
            shift
            for shift in shifts_of(event, self._events, self._zones)
            if shift.ends > self._now or shift.ends <= shift.starts
        ]
        if len(shifts) > _MOST_SHIFTS:
            raise LeftOutError(f"it has more than {_MOST_SHIFTS} shifts: {AS_LAYER}")
        person = person_of(event, self._standing) if shifts else ""
        repeats = bool(event.all("RRULE") or event.all("RDATE"))
        for shift in shifts:
            override = Override(starts=shift.starts, until=shift.ends, person=person)
            moment = self._zones.instant(written) if (written := event.one("RECURRENCE-ID")) else None
            yield _key(event, moment or (shift.starts if repeats else None), override, taken), override


def _key(event: CalendarPart, moment: datetime | None, override: Override, taken: Mapping[str, Override]) -> str:
    """Return a key that stays with a shift when it is moved. Some programs give several events one UID, or none."""
    key = " ".join(filter(None, ("ical", event.text("UID"), moment.isoformat() if moment else "")))
    return key if event.text("UID") and key not in taken else f"{key} {override.starts.isoformat()} {override.person}"
