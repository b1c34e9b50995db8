"""Times as a clock on the wall shows them: how people write them, and which instants they are.

Promises that every wall-clock time is an instant: a time that a change of the clocks skips is the first instant after
the gap, and a time that comes twice is the first of the two. Must not know what happens at that time.
"""

import re
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?")
_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
_YEARS = range(1971, 2198)
"""The years that can be written: a few fewer than business hours know, so that hours around any such time are known."""


def read_local_time(value: object) -> object:
    """Read `2026-01-05 09:00` as a datetime without a zone. Raises ValueError, a sentence."""
    moment = read_moment(value)
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        raise ValueError(f"`{value}` has an offset: write it without one, the rotation's `timezone` says where")
    return moment


def read_moment(value: object) -> object:
    """Read a time as `read_local_time` does, or with an offset (`2026-01-05T09:00+01:00`, or Z) as an instant."""
    text = (value.isoformat() if isinstance(value, datetime) else str(value)).strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or not (isinstance(value, datetime) or _WRITTEN.fullmatch(_OFFSET.sub("", text))):
        raise ValueError(f"`{text}` is not a time: write the day and the hour, such as 2026-01-05 09:00")
    if moment.year not in _YEARS:
        raise ValueError(f"`{text}` is too far away: write a year from {_YEARS[0]} to {_YEARS[-1]}")
    return moment


TimeText = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d", examples=["2026-01-05 09:00"])]
"""The form of such a time, for editors that check the file by its schema."""

LocalTime = Annotated[datetime, BeforeValidator(read_local_time, json_schema_input_type=TimeText)]
Moment = Annotated[datetime, BeforeValidator(read_moment, json_schema_input_type=TimeText)]


def instant(local: datetime, zone: ZoneInfo, *, of_two: Literal[0, 1] = 0) -> datetime:
    """Return the UTC instant at which the zone's wall clock shows `local`, by the rules in this module's head.

    Of a time that comes twice, `of_two` 1 means the second.
    """
    first, second = found = readings(local, zone)
    if first <= second:
        return found[of_two]
    # The time is skipped. Read with the offset from before the gap it lies after the gap, and the other way round. The
    # gap ends at the first second with the new offset.
    offset = first.astimezone(zone).utcoffset()

    def is_after(second_of_gap: int) -> bool:
        return (second + timedelta(seconds=second_of_gap)).astimezone(zone).utcoffset() == offset

    gap = range(int((first - second).total_seconds()))
    return second + timedelta(seconds=bisect_left(gap, True, key=is_after))


def readings(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants at which the clock shows `local` the first and the second time; mostly they are one."""
    first = local.replace(tzinfo=zone)
    return first.astimezone(UTC), first.replace(fold=1).astimezone(UTC)


def shown(local: datetime, *, seconds: bool = False, year: bool = False) -> str:
    """Return a time in its own zone as text: `Mon 23 Nov 09:00 EST`, with the year where that is asked for."""
    day = "%a %-d %b %Y" if year else "%a %-d %b"
    return local.strftime(f"{day} %H:%M:%S %Z" if seconds else f"{day} %H:%M %Z")


def utc(at: datetime) -> datetime:
    """Return an aware time in UTC. Raises ValueError for a time without a zone, because it names no instant."""
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        raise ValueError(f"{at} names no instant: it has no time zone.")
    return at.astimezone(UTC)
