"""Rules by which an event or a change of the clocks repeats (RRULE).

Promises that a rule is read as RFC 5545 means it, or refused. Must not know zones.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dateutil.rrule import rrulestr

from worker.on_call.calendars.lines import LeftOutError, Property

_WEEKDAY = r"(MO|TU|WE|TH|FR|SA|SU)"
_NUMBER = r"[1-9]\d{0,5}"
_MONTH = r"(0?[1-9]|1[0-2])"
_DAY = r"[+-]?[1-9]\d?"
_FORMS = {
    "FREQ": "DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": _NUMBER,
    "COUNT": _NUMBER,
    "UNTIL": r"\d{8}(T\d{6}Z?)?",
    "BYDAY": rf"({_DAY})?{_WEEKDAY}(,({_DAY})?{_WEEKDAY})*",
    "BYMONTHDAY": rf"{_DAY}(,{_DAY})*",
    "BYMONTH": rf"{_MONTH}(,{_MONTH})*",
    "BYSETPOS": rf"{_DAY}(,{_DAY})*",
    "WKST": _WEEKDAY,
}
"""The parts of a rule that common calendars write, each in its form."""


@dataclass(frozen=True, slots=True)
class RecurrenceRule:
    """A rule: the starts on the wall clock, in order, and the last time at which one may be.

    `has_end` is False for a rule that repeats for ever.
    """

    starts: Iterable[datetime]
    until: Property | None
    has_end: bool


def read_rule(written: Property, first: datetime) -> RecurrenceRule:
    """Return the rule that begins with `first`, on the wall clock. Raises LeftOutError for one that is not read."""
    pairs = (part.partition("=") for part in written.value.upper().strip(";").split(";"))
    parts = {name: value for name, _, value in pairs}
    for name, value in parts.items():
        if name not in _FORMS or not re.fullmatch(_FORMS[name], value):
            raise LeftOutError(f"it repeats by {name}={value}, which is not read", written.line)
    if "FREQ" not in parts or not _is_sound(parts):
        raise LeftOutError(f"it repeats by {written.value}, which is not read", written.line)
    until = parts.pop("UNTIL", None)
    try:
        starts = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=first)
    except ValueError:
        raise LeftOutError(f"it repeats by {written.value}, which is not read", written.line) from None
    last = Property(until, written.parameters, written.line) if until else None
    return RecurrenceRule(starts, last, until is not None or "COUNT" in parts)


def _is_sound(parts: dict[str, str]) -> bool:
    """Return whether the parts may stand together: the library would leave out those that may not, in silence."""
    is_weekly_or_daily = parts["FREQ"] in ("DAILY", "WEEKLY")
    is_numbered = any(each.isdigit() for each in parts.get("BYDAY", ""))
    has_choice = any(name in parts for name in ("BYDAY", "BYMONTHDAY", "BYMONTH"))
    return not (
        (is_weekly_or_daily and is_numbered)
        or (parts["FREQ"] == "WEEKLY" and "BYMONTHDAY" in parts)
        or ("BYSETPOS" in parts and not has_choice)
        or ("COUNT" in parts and "UNTIL" in parts)
    )
