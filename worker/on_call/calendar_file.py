"""Reads iCalendar files (RFC 5545): each shift becomes an override for the person it names.

Promises that an event is either read, or left out with a sentence, and never guessed at. It knows the parts of the
format that calendars use for shifts: start, end or duration, whole days, zones, attendees. Repeated events are left
out, because they are a layer of the rotation. Must not store anything.

Own code: the library icalendar refuses a whole file that was cut off or has a line before the calendar, takes a time in
a zone that it does not know for one without a zone, and needs four times as long.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from policies.document.rotation import Override
from policies.time.hours import known_zones
from policies.time.wall_clock import instant, utc
from worker.on_call.rotations import Standing
from worker.trouble import TroubleError

_LINE = re.compile(r'(?P<name>[\w-]+)(?P<parameters>(;[\w-]+=("[^"]*"|[^";:,]*)(,("[^"]*"|[^";:,]*))*)*):(?P<value>.*)')
_PARAMETER = re.compile(r';([\w-]+)=("[^"]*"|[^";:]*)')
_ESCAPED = re.compile(r"\\([\\;,nN])")
_TIME = re.compile(r"\d{8}(T\d{4}(\d\d)?)?")
_SPAN = TypeAdapter(timedelta)
_DUTY = ("on[ -]?call", "duty", "shift", "rota", "rotation")
_PLACES = ("primary", "secondary")
_BETWEEN = re.compile(r"[\s:;,.|/()\[\]_–—-]+")
_SHOWN = 60
_AWAY = "X-MICROSOFT-CDO-BUSYSTATUS"


@dataclass(frozen=True, slots=True)
class Property:
    """One line of an event: its value and its parameters, as in `DTSTART;TZID=Europe/Berlin:20260202T090000`."""

    value: str
    parameters: Mapping[str, str]


CalendarEvent = Mapping[str, list[Property]]


@dataclass(slots=True)
class Found:
    """The result of reading a calendar: overrides by a key that stays with the event, and why others were left out."""

    overrides: dict[str, Override] = field(default_factory=dict)
    over: int = 0
    left_out: dict[str, str] = field(default_factory=dict)


class _LeftOutError(Exception):
    """The reason why an event is not an override."""


def text_of(file: Path) -> str:
    """Return the file's text. Raises TroubleError."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TroubleError(f"{file} can't be read: {error}") from None


def read(text: str, standing: Standing, now: datetime) -> Found:
    """Read every event of a calendar that has not ended at `now`. Raises TroubleError where the text is no calendar."""
    lines = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    if "BEGIN:VCALENDAR" not in (line.strip().upper() for line in lines):
        raise TroubleError("This is not an iCalendar file: it has no line BEGIN:VCALENDAR")
    found = Found()
    for event in _events(lines):
        shown = f"{_text(event, 'SUMMARY') or 'an event'} at {_text(event, 'DTSTART') or 'no time'}"
        try:
            start, end = _times(event, standing.zone)
            if end <= now or _text(event, "STATUS").upper() == "CANCELLED":
                found.over += 1
                continue
            override = Override(starts=start, until=end, person=_person(event, standing))
        except (_LeftOutError, ValidationError) as why:
            sentence = why.errors()[0]["msg"].removeprefix("Value error, ") if isinstance(why, ValidationError) else why
            found.left_out[shown] = str(sentence)
        else:
            found.overrides[_key(event, override, found.overrides)] = override
    return found


def _events(lines: list[str]) -> Iterator[CalendarEvent]:
    """Yield the events, without the parts nested in them (alarms)."""
    inside: list[str] = []
    event: dict[str, list[Property]] = {}
    for line in lines:
        match = _LINE.fullmatch(line.strip())
        if match is None:
            continue
        name, value = match["name"].upper(), match["value"]
        if name == "BEGIN":
            inside.append(value.upper())
            event = {} if value.upper() == "VEVENT" else event
        elif name == "END":
            if inside[-1:] == ["VEVENT"]:
                yield event
            inside = inside[:-1]
        elif inside[-1:] == ["VEVENT"]:
            parameters = {key.upper(): text.strip('"') for key, text in _PARAMETER.findall(match["parameters"])}
            event.setdefault(name, []).append(Property(value, parameters))


def _times(event: CalendarEvent, zone: ZoneInfo) -> tuple[datetime, datetime]:
    if "RRULE" in event or "RDATE" in event:
        raise _LeftOutError("it repeats: write turns that repeat as a layer of the rotation")
    if "DTSTART" not in event:
        raise _LeftOutError("it has no start")
    start = event["DTSTART"][0]
    if "DTEND" in event:
        return _instant(start, zone), _instant(event["DTEND"][0], zone)
    if "DURATION" in event:
        try:
            return _instant(start, zone), _instant(start, zone) + _SPAN.validate_python(event["DURATION"][0].value)
        except ValidationError:
            raise _LeftOutError(f"{event['DURATION'][0].value} is not a duration") from None
    if "T" in start.value:
        raise _LeftOutError("it has no end")
    return _instant(start, zone), instant(_local(start.value) + timedelta(days=1), zone)


def _instant(written: Property, zone: ZoneInfo) -> datetime:
    """Return a written time as an instant in UTC.

    A whole day starts at midnight in the rotation's zone, and a time without a zone is on the rotation's wall clock.
    """
    local = _local(written.value.removesuffix("Z"))
    if written.value.endswith("Z"):
        return utc(local.replace(tzinfo=ZoneInfo("UTC")))
    name = written.parameters.get("TZID", "")
    # Some programs write a path before the zone's name.
    names = ["/".join(name.split("/")[start:]) for start in range(name.count("/") + 1)]
    known = [each for each in names if each in known_zones()]
    if name and not known:
        raise _LeftOutError(f"its zone {name} is not known: only IANA names such as Europe/Berlin are")
    return instant(local, ZoneInfo(known[0]) if known else zone)


def _local(text: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise _LeftOutError(f"{text} is not a time")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise _LeftOutError(f"{text} is not a time") from None


def _person(event: CalendarEvent, standing: Standing) -> str:
    """Return the person an event puts on call: an attendee, else the person its title names.

    A holiday names people, too: that event is left out.
    """
    attending = {
        person
        for attendee in event.get("ATTENDEE", [])
        for person in _named(attendee.parameters.get("CN", ""), standing) | _addressed(attendee.value, standing)
    }
    titled = _named(_text(event, "SUMMARY"), standing)
    person = next((next(iter(persons)) for persons in (attending, titled) if len(persons) == 1), None)
    if person is None:
        several = ", ".join(sorted(attending | titled))
        why = f"it names several people: {several}" if several else f"it names no person of {standing.policy}"
        raise _LeftOutError(why)
    if more := _besides(person, event, standing):
        raise _LeftOutError(f"{more}, so it may not be a shift: a shift's title is the name, with “on call” or nothing")
    return person


def _besides(person: str, event: CalendarEvent, standing: Standing) -> str:
    """Return what the event says besides the person and the shift, such as a holiday; empty where it says no more."""
    if _text(event, _AWAY).upper() == "OOF":
        return f"it says that {person} is out of office"
    names = sorted((standing.people[person].name, person), key=len, reverse=True)
    places = () if any(place in standing.name.casefold() for place in _PLACES) else _PLACES
    known = [*map(re.escape, filter(None, (*names, standing.name))), *_DUTY, *places]
    rest = re.sub(rf"(?<!\w)({'|'.join(known)})(?!\w)", " ", _text(event, "SUMMARY"), flags=re.I)
    more = _BETWEEN.sub(" ", rest).strip()
    return f"its title also says “{more[:_SHOWN]}”" if more else ""


def _named(text: str, standing: Standing) -> set[str]:
    return {
        key
        for key, person in standing.people.items()
        if any(name and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.I) for name in (key, person.name))
    }


def _addressed(address: str, standing: Standing) -> set[str]:
    local_part = re.sub(r"^mailto:", "", address, flags=re.I).partition("@")[0].casefold()
    return {key for key in standing.people if key.casefold() == local_part}


def _key(event: CalendarEvent, override: Override, taken: Mapping[str, Override]) -> str:
    """Return a key that stays with an event when it is moved. Some programs give several events one UID, or none."""
    key = " ".join(("ical", _text(event, "UID"), _text(event, "RECURRENCE-ID"))).strip()
    return key if key != "ical" and key not in taken else f"{key} {override.starts.isoformat()} {override.person}"


def _text(event: CalendarEvent, name: str) -> str:
    value = event[name][0].value if name in event else ""
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)
