"""The rotations of every policy together with the overrides in the database, for `baton on-call`.

Promises sentences for a person's mistakes, and to need neither Temporal nor Slack. Must not print.
"""

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from activities.on_call.overrides import OnCall
from policies.document.document import Document, Person
from policies.document.part import parse_span
from policies.document.rotation import NOBODY, Override, Rotation, Shift, first_shifts, shifts
from policies.loading.load import SHIPPED, load_catalog
from policies.text.spelling import did_you_mean
from policies.time.wall_clock import instant, read_moment, utc
from worker.environment.database import open_database
from worker.environment.settings import Settings
from worker.trouble import TroubleError

HORIZON = timedelta(days=400)
"""How far ahead shifts are computed; a shift that lasts longer ends "until further notice"."""

_NOW = "now"


@dataclass(frozen=True, slots=True)
class Standing:
    """One rotation of one policy, and the people that policy knows."""

    policy: str
    name: str
    rotation: Rotation
    people: Mapping[str, Person]

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the rotation's wall clock."""
        return ZoneInfo(self.rotation.zone)

    def person(self, name: str, *, also: Sequence[str] = ()) -> str:
        """Return the key of a person who is given by key or by name.

        Raises TroubleError that names the people there are.
        """
        wanted = name.casefold()
        for key, person in self.people.items():
            if wanted in (key.casefold(), person.name.casefold()):
                return key
        if wanted in also:
            return wanted
        known = did_you_mean(name, self.people, there_is="the people are")
        raise TroubleError(f"No person of {self.policy} is called {name}: {known}")

    def shown(self, key: str) -> str:
        """Return a person's name for people to read, with the key to write."""
        name = self.people[key].name if key in self.people else ""
        return f"{name} ({key})" if name.casefold() not in ("", key.casefold()) else key

    def moment(self, text: str, now: datetime) -> datetime:
        """Return `now`, or a time on this rotation's wall clock, or a time with an offset. Raises TroubleError."""
        if text == _NOW:
            return now
        try:
            read = read_moment(text)
        except ValueError as error:
            raise TroubleError(f"{error}; it is read in {self.zone.key}") from None
        assert isinstance(read, datetime)
        return utc(read) if read.tzinfo else instant(read, self.zone)


@asynccontextmanager
async def open_roster(settings: Settings) -> AsyncGenerator[OnCall]:
    """Yield the overrides, in a database that is up to date. Raises TroubleError where there is no database."""
    async with open_database(settings) as store:
        yield OnCall(store)


def find(settings: Settings, now: datetime, *, name: str = "", policy: str = "") -> list[Standing]:
    """Return the rotations of that name and policy; an empty one means all.

    Raises TroubleError where there are none.
    """
    documents = load_catalog(SHIPPED, *([settings.policies] if settings.policies else []), today=now.date())
    if policy and policy not in documents:
        raise TroubleError(f"There is no policy {policy}: {did_you_mean(policy, sorted(documents))}")
    wanted = [document for key, document in sorted(documents.items()) if policy in ("", key)]
    found = [
        Standing(document.policy, key, rotation, document.people)
        for document in wanted
        for key, rotation in document.on_call.items()
        if name in ("", key)
    ]
    if not found:
        raise TroubleError(_none(wanted, name))
    return found


def find_one(settings: Settings, now: datetime, *, name: str, policy: str = "") -> Standing:
    """Return the one rotation of that name. Raises TroubleError where there is none, or one in several policies."""
    found = find(settings, now, name=name, policy=policy)
    if len(found) > 1:
        choices = " or ".join(f"--policy {each.policy}" for each in found)
        raise TroubleError(f"Several policies have a rotation {name}: say {choices}")
    return found[0]


async def with_added(roster: OnCall, standing: Standing, since: datetime) -> Standing:
    """Return the rotation together with the overrides that were added to it and have not ended at `since`."""
    joined = await roster.rotation(standing.policy, standing.name, standing.rotation, since)
    return replace(standing, rotation=joined)


def coming(standing: Standing, now: datetime, count: int) -> tuple[Shift, ...]:
    """Return the shift that holds `now` and the next ones."""
    return first_shifts(standing.rotation, now, now + HORIZON, count + 1)


def build(
    standing: Standing, now: datetime, *, person: str, instead_of: str, start: str, until: str, lasting: str
) -> Override:
    """Return the override that a person asked for at the terminal. Raises TroubleError."""
    begins = standing.moment(start, now)
    if bool(until) == bool(lasting):
        raise TroubleError("Say when it ends: either --until, or --for with a span such as 4h")
    ends = standing.moment(until, now) if until else begins + _span(lasting)
    if ends <= now:
        raise TroubleError(f"That would have ended already, at {ends.astimezone(standing.zone):%Y-%m-%d %H:%M}")
    try:
        return Override(
            starts=begins,
            until=ends,
            person=standing.person(person, also=(NOBODY,)),
            instead_of=standing.person(instead_of, also=(NOBODY,)) if instead_of else None,
        )
    except ValidationError as error:
        raise TroubleError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None


def changes(standing: Standing, override: Override) -> bool:
    """Return whether the override makes any difference to who is on call."""
    more = standing.rotation.model_copy(update={"overrides": (*standing.rotation.overrides, override)})
    start, end = override.bounds(standing.rotation.zone)
    return list(shifts(standing.rotation, start, end)) != list(shifts(more, start, end))


def as_data(standing: Standing, found: Sequence[Shift], now: datetime) -> dict[str, Any]:
    """Return one rotation as data, with times in its zone. `until` is null for a shift without an end in sight."""
    rows = [
        {
            "from": shift.starts_at.astimezone(standing.zone).isoformat(),
            "until": None if is_open_ended(shift, now) else shift.ends_at.astimezone(standing.zone).isoformat(),
            "people": list(shift.people),
        }
        for shift in found
    ]
    head = {"policy": standing.policy, "rotation": standing.name, "timezone": standing.rotation.zone}
    return {**head, "now": list(found[0].people), "shifts": rows}


def is_open_ended(shift: Shift, now: datetime) -> bool:
    """Return whether the shift reaches beyond everything that is computed ahead."""
    return shift.ends_at >= now + HORIZON


def _span(text: str) -> timedelta:
    try:
        span = parse_span(re.sub(r"\s+", "", text))
    except ValueError as error:
        raise TroubleError(str(error)) from None
    assert isinstance(span, timedelta)
    return span


def _none(documents: Sequence[Document], name: str) -> str:
    known = sorted({key for document in documents for key in document.on_call})
    if name and known:
        return f"There is no rotation {name}: {did_you_mean(name, known)}"
    where = documents[0].policy if len(documents) == 1 else "any policy"
    return f"There is no rotation in {where}: write one under `on_call:`, as docs/on-call.md shows"
