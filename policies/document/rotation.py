"""On-call rotations of several layers with overrides, and the people on call at any instant.

Promises exact answers for equal arguments, whatever was asked before: the last layer that works at the time decides,
then the overrides in their order. Times go in as aware instants and come out in UTC. Must not know the clock, nor who
the people are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from policies.document.part import Part
from policies.time.turns import Turns, read_every
from policies.time.wall_clock import LocalTime, Moment, instant, utc

NOBODY = "nobody"
"""The name for no person in an override: `instead_of: nobody` adds a person, `person: nobody` takes one away."""


def _readable_every(value: object) -> object:
    if isinstance(value, str):
        read_every(value)
    return value


def _alone_or_together(value: object) -> object:
    return (value,) if isinstance(value, str) else value


_EveryText = Annotated[
    str,
    Field(
        pattern=r"^(hourly|daily|weekly|monthly|\d{1,4} *(h|d|w|(hour|day|week|month)s?))$",
        examples=["daily", "weekly", "12 hours", "2 weeks"],
    ),
]
_Every = Annotated[str, BeforeValidator(_readable_every, json_schema_input_type=_EveryText)]
_Turn = Annotated[
    tuple[str, ...],
    Field(min_length=1),
    BeforeValidator(_alone_or_together, json_schema_input_type=str | Annotated[tuple[str, ...], Field(min_length=1)]),
]


class Layer(Part):
    """People who take turns. Without `only`, the people of one turn are always on call, from `start` on."""

    people: tuple[_Turn, ...] = Field(
        min_length=1, description="In the order of their turns; who stand in a list together share a turn."
    )
    every: _Every = Field(description="How long a turn lasts: daily, weekly, monthly, 12 hours, 3 days, 2 weeks.")
    start: LocalTime = Field(description="When the first turn starts, on the wall clock, such as 2026-01-05 09:00.")
    only: str | None = Field(
        None, description='When this layer works, as in business hours: "Mo-Fr 18:00-09:00". Absent: always.'
    )

    def turns(self, zone: str) -> Turns:
        """Return the arithmetic of this layer, in an IANA zone."""
        count, unit = read_every(self.every)
        return Turns(self.start, count, unit, zone, self.only or "")


class Override(Part):
    """A change to the people on call for a while. Times without an offset are wall clock in the rotation's zone."""

    starts: Moment = Field(validation_alias=AliasChoices("from", "starts"), description="Such as 2026-02-02 09:00.")
    until: Moment = Field(description="No longer at this time itself.")
    person: str = Field(description=f"Who is on call; `{NOBODY}` for nobody.")
    instead_of: str | None = Field(
        default=None,
        description=f"Whose place that is; everybody's where absent, `{NOBODY}` to be on call beside them.",
    )

    @model_validator(mode="after")
    def _lasts(self) -> "Override":
        if (self.starts.tzinfo is None) != (self.until.tzinfo is None):
            raise ValueError("`from` and `until` must be written alike: both with an offset, or both without")
        if self.until <= self.starts:
            raise ValueError("this override ends before it starts: write an `until` that is after `from`")
        if self.person == self.instead_of:
            raise ValueError(f"nobody can stand in for themselves: name a person other than `{self.person}`")
        return self

    def bounds(self, zone: str) -> tuple[datetime, datetime]:
        """Return the start and the end as UTC instants."""
        start, end = (at if at.tzinfo else instant(at, ZoneInfo(zone)) for at in (self.starts, self.until))
        return utc(start), utc(end)

    def apply(self, people: tuple[str, ...]) -> tuple[str, ...]:
        """Return the people on call while the override holds, in place of `people`."""
        stand_in = () if self.person == NOBODY else (self.person,)
        if self.instead_of is None:
            return stand_in
        if self.instead_of == NOBODY:
            changed = (*people, *stand_in)
        else:
            changed = tuple(name for each in people for name in (stand_in if each == self.instead_of else (each,)))
        return tuple(dict.fromkeys(changed))


class Rotation(Part):
    """A plan of who is on call when. A later layer wins over an earlier one while it works."""

    timezone: str | None = Field(None, description="IANA zone of all its times; the policy's own where absent.")
    layers: tuple[Layer, ...] = Field(min_length=1)
    overrides: tuple[Override, ...] = ()

    @property
    def zone(self) -> str:
        """The IANA zone of its times. Loading a policy writes the policy's own zone into an absent `timezone`."""
        return self.timezone or "UTC"


@dataclass(frozen=True, slots=True)
class Shift:
    """A time in which the same people are on call. Without people it is a gap."""

    starts_at: datetime
    ends_at: datetime
    people: tuple[str, ...]


def on_call(rotation: Rotation, at: datetime) -> tuple[str, ...]:
    """Return the people on call at `at`, in the order in which the rotation names them."""
    at, people = utc(at), ()
    for layer in reversed(rotation.layers):
        number = layer.turns(rotation.zone).number_at(at)
        if number is not None:
            people = layer.people[number % len(layer.people)]
            break
    for override in rotation.overrides:
        start, end = override.bounds(rotation.zone)
        if start <= at < end:
            people = override.apply(people)
    return people


def shifts(rotation: Rotation, start: datetime, end: datetime) -> Iterator[Shift]:
    """Yield the shifts from `start` to `end`, gaps included.

    Each begins where the one before ends, and has other people.
    """
    start, end = utc(start), utc(end)
    if start >= end:
        return
    begun_at, people = start, on_call(rotation, start)
    for at in _changes(rotation, start, end):
        following = on_call(rotation, at)
        if following != people:
            yield Shift(begun_at, at, people)
            begun_at, people = at, following
    yield Shift(begun_at, end, people)


def first_shifts(rotation: Rotation, start: datetime, end: datetime, count: int) -> tuple[Shift, ...]:
    """Return the first `count` shifts from `start` on; the last one may be cut at `end`."""
    return tuple(islice(shifts(rotation, start, end), count))


def _changes(rotation: Rotation, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the instants between `start` and `end` at which the people on call may change."""
    turns = [layer.turns(rotation.zone) for layer in rotation.layers]
    bounds = sorted({at for override in rotation.overrides for at in override.bounds(rotation.zone)})
    at = start
    while True:
        following = (each.next_change(at) for each in turns)
        candidates = [*(each for each in following if each), *(each for each in bounds if each > at)]
        at = min(candidates, default=end)
        if at >= end:
            return
        yield at
