"""The person whom an event of a calendar puts on call.

Promises that an event which may be a holiday, or that its person declined, puts no person on call. Must not know when
the event is.
"""

import re

from worker.on_call.calendars.lines import CalendarPart, LeftOutError, Property
from worker.on_call.rotations import Standing

_DUTY = ("on[ -]?call", "duty", "shift", "schedule", "rota", "rotation")
_PLACES = ("primary", "secondary")
_BETWEEN = re.compile(r"[\s:;,.|/()\[\]_–—-]+")
_SHOWN = 60
_AWAY = "X-MICROSOFT-CDO-BUSYSTATUS"
_NOT_THERE = ("DECLINED", "DELEGATED")
_NO_PERSON = ("ROOM", "RESOURCE")


def person_of(event: CalendarPart, standing: Standing) -> str:
    """Return the person an event puts on call: an attendee, else the person its title names. Raises LeftOutError.

    A holiday names people, too: that event is left out.
    """
    attending, declined = _attendees(event, standing)
    titled = _named(event.text("SUMMARY"), standing) - declined
    person = next((next(iter(persons)) for persons in (attending, titled) if len(persons) == 1), None)
    if person is None:
        raise LeftOutError(_none(attending | titled, declined, standing))
    if more := _besides(person, event, standing):
        raise LeftOutError(f"{more}, so it may not be a shift: a shift's title is the name, with “on call” or nothing")
    return person


def _attendees(event: CalendarPart, standing: Standing) -> tuple[set[str], set[str]]:
    """Return the people who take part, and those who declined or sent another person."""
    attending: set[str] = set()
    declined: set[str] = set()
    for attendee in event.all("ATTENDEE"):
        persons = _named(attendee.parameters.get("CN", ""), standing) | _addressed(attendee, standing)
        if attendee.parameters.get("CUTYPE", "").upper() not in _NO_PERSON:
            is_off = attendee.parameters.get("PARTSTAT", "").upper() in _NOT_THERE
            (declined if is_off else attending).update(persons)
    return attending, declined - attending


def _none(several: set[str], declined: set[str], standing: Standing) -> str:
    if several:
        return f"it names several people: {', '.join(sorted(several))}"
    return f"{', '.join(sorted(declined))} declined it" if declined else f"it names no person of {standing.policy}"


def _besides(person: str, event: CalendarPart, standing: Standing) -> str:
    """Return what the event says besides the person and the shift, such as a holiday; empty where it says no more."""
    if event.text(_AWAY).upper() == "OOF":
        return f"it says that {person} is out of office"
    names = sorted((standing.people[person].name, person), key=len, reverse=True)
    places = () if any(place in standing.name.casefold() for place in _PLACES) else _PLACES
    known = [*map(re.escape, filter(None, (*names, standing.name))), *_DUTY, *places]
    rest = re.sub(rf"(?<!\w)({'|'.join(known)})(?!\w)", " ", event.text("SUMMARY"), flags=re.I)
    more = _BETWEEN.sub(" ", rest).strip()
    return f"its title also says “{more[:_SHOWN]}”" if more else ""


def _named(text: str, standing: Standing) -> set[str]:
    return {
        key
        for key, person in standing.people.items()
        if any(name and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.I) for name in (key, person.name))
    }


def _addressed(attendee: Property, standing: Standing) -> set[str]:
    local_part = re.sub(r"^mailto:", "", attendee.value, flags=re.I).partition("@")[0].casefold()
    return {key for key in standing.people if key.casefold() == local_part}
