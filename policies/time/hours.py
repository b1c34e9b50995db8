"""Business time: when a team is open, and how much of its working time lies between two instants.

Promises exact arithmetic over instants, equal for equal arguments whatever was asked before. A wall-clock time becomes
an instant by three rules: a time that a change of the clocks skips is the first instant after the gap; of a time that
comes twice, an opening takes the earlier instant and a closing the later. Windows are half open: at its closing time a
team is closed. Instants go in aware (naive ones raise ValueError) and come out in UTC.

Must not know the clock or the conversation. Results depend on the zone rules installed with the worker, and are not
given outside 1970 to 2199.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from policies.time.opening import DAY, UnreadableOpeningError, holiday_problems, joined, read, windows, years_named
from policies.time.wall_clock import instant, readings, utc

FIRST_YEAR, LAST_YEAR = 1970, 2199
"""The years for which hours are known. They bound the cost of an absurd timestamp: a year takes a millisecond."""

FARTHEST = timedelta(days=366)
"""The longest time for which people may put something off.

Promises stand still meanwhile, so a typing error must not end them.
"""

HORIZON = 10
"""Calendar years searched for the next opening before the hours count as never open again."""

PROBED_FROM = 2026
"""The first year in which `problems` looks at hours and holidays that name no year; it does not know today's date."""

_NOTHING = timedelta()


class NeverOpenError(ValueError):
    """The hours do not open again, or not for long enough, within `HORIZON` years. The policy has to be corrected."""


def is_reckonable(at: datetime) -> bool:
    """`True` where business time is known around an instant, in any zone."""
    return FIRST_YEAR < at.year < LAST_YEAR


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """A team's working hours. Any text can be held; hours that `problems` would refuse raise ValueError when asked."""

    opening: str
    """OpenStreetMap's opening_hours, as `opening` reads it: "Mo-Fr 09:00-18:00; PH off", or "24/7"."""
    timezone: str
    """The IANA name of the zone whose wall clock `opening` uses."""
    holidays: tuple[date, ...] = ()
    """The days that `PH` means, sorted; days of the zone's calendar."""

    def is_open(self, at: datetime) -> bool:
        """`True` where the team works at `at`. At the closing time itself it no longer does."""
        at = utc(at)
        if self._never_closes():
            return True
        year = _year(self, at.year)
        current = bisect_right(year.opens, at) - 1
        return current >= 0 and at < year.closes[current]

    def next_opening(self, at: datetime) -> datetime:
        """Return the first open instant that is not before `at`. Raises `NeverOpenError`."""
        at = utc(at)
        if self._never_closes():
            return at
        for year in self._years(at):
            following = bisect_right(year.closes, at)
            if following < len(year.closes):
                return max(at, year.opens[following])
        raise NeverOpenError(f'"{self.opening}" does not open again within {HORIZON} years of {at:%Y-%m-%d}.')

    def next_closing(self, at: datetime) -> datetime | None:
        """Return the first closed instant that is not before `at`; None where it is more than `HORIZON` years away."""
        at = utc(at)
        if self._never_closes():
            return None
        for year in self._years(at):
            current = bisect_right(year.opens, at) - 1
            if current < 0 or year.closes[current] <= at:
                return at
            at = year.closes[current]
            if at < year.ends_at:
                return at
        return None

    def add(self, at: datetime, span: timedelta) -> datetime:
        """Return the instant at which `span` of business time has passed since `at`; `at` itself for an empty span.

        A result at a closing time is not moved to the next opening. Raises `NeverOpenError`, and ValueError for a
        negative span.
        """
        if span < _NOTHING:
            raise ValueError(f"Business time can only be added, not {span}.")
        at = utc(at)
        if not span or self._never_closes():
            return at + span
        left = span + _year(self, at.year).elapsed_until(at)
        for year in self._years(at):
            if left <= year.elapsed[-1]:
                return year.when_elapsed(left)
            left -= year.elapsed[-1]
        raise NeverOpenError(f'"{self.opening}" is not open long enough within {HORIZON} years of {at:%Y-%m-%d}.')

    def due(self, at: datetime, span: timedelta) -> datetime:
        """Return the same as `add`; where the hours are not open long enough, every hour counts, so that waits end."""
        try:
            return self.add(at, span)
        except NeverOpenError:
            return utc(at) + span

    def opens_at(self, at: datetime) -> datetime | None:
        """Return the same as `next_opening`, but None where the hours do not open again."""
        try:
            return self.next_opening(at)
        except NeverOpenError:
            return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the business time from `start` to `end`; negative where `end` is the earlier one."""
        start, end = utc(start), utc(end)
        if self._never_closes():
            return end - start
        if end < start:
            return -self.between(end, start)
        whole = sum((_year(self, number).elapsed[-1] for number in range(start.year, end.year)), _NOTHING)
        return whole + _year(self, end.year).elapsed_until(end) - _year(self, start.year).elapsed_until(start)

    def _never_closes(self) -> bool:
        return self.opening == "24/7"

    def _years(self, at: datetime) -> Iterator["_Year"]:
        last = max(at.year, min(at.year + HORIZON, LAST_YEAR))
        return (_year(self, number) for number in range(at.year, last + 1))


ALWAYS = BusinessHours("24/7", "UTC")
"""Around the clock: business time is elapsed time."""


class _Year(NamedTuple):
    """The windows of one calendar year of UTC, cut at its ends; `elapsed[i]` is the business time before window i."""

    opens: tuple[datetime, ...]
    closes: tuple[datetime, ...]
    elapsed: tuple[timedelta, ...]
    ends_at: datetime

    def elapsed_until(self, at: datetime) -> timedelta:
        begun = bisect_right(self.opens, at)
        if not begun:
            return _NOTHING
        return self.elapsed[begun - 1] + min(at, self.closes[begun - 1]) - self.opens[begun - 1]

    def when_elapsed(self, span: timedelta) -> datetime:
        """Return the earliest instant by which `span`, longer than zero, has elapsed."""
        window = bisect_left(self.elapsed, span) - 1
        return self.opens[window] + (span - self.elapsed[window])


# Not cached on the object, which is frozen, pickled and compared. Whole years are laid out, so answers don't depend on
# earlier questions; and no entry ever changes, so the worker's threads may share them.
@lru_cache(maxsize=512)
def _year(hours: BusinessHours, number: int) -> _Year:
    if not FIRST_YEAR <= number <= LAST_YEAR:
        raise ValueError(f"Business hours are known from {FIRST_YEAR} to {LAST_YEAR}, not in {number}.")
    zone = ZoneInfo(hours.timezone)
    starts_at, ends_at = datetime(number, 1, 1, tzinfo=UTC), datetime(number + 1, 1, 1, tzinfo=UTC)
    # A window lasts up to two days after its own midnight, and a zone is up to half a day from UTC.
    first, last = date(number - 1, 12, 29), date(number + 1, 1, 1)
    instants = (
        (max(starts_at, instant(_local(start), zone)), min(ends_at, instant(_local(end), zone, of_two=1)))
        for start, end in windows(hours.opening, frozenset(hours.holidays), first=first, last=last)
    )
    spans = joined((opens, closes) for opens, closes in instants if opens < closes)
    elapsed = accumulate((closes - opens for opens, closes in spans), initial=_NOTHING)
    return _Year(tuple(opens for opens, _ in spans), tuple(closes for _, closes in spans), tuple(elapsed), ends_at)


def _local(minute: int) -> datetime:
    """Return a minute of wall clock as `opening.windows` counts it."""
    day, minute = divmod(minute, DAY)
    return datetime.combine(date.fromordinal(day), time(minute // 60, minute % 60))


@cache
def known_zones() -> frozenset[str]:
    """Return the names of all time zones. Cached, because finding them reads thousands of files."""
    return frozenset(available_timezones())


def problems(opening: str, timezone: str, holidays: Iterable[date]) -> list[str]:
    """Return why these hours cannot be promised, one sentence each with its remedy; empty where they can.

    Looks at the years that the holidays and the text name, two at least; from `PROBED_FROM` where they name none.
    """
    dates = frozenset(holidays)
    found = [sentence] if (sentence := zone_problem(timezone)) else []
    try:
        read(opening)
    except UnreadableOpeningError as error:
        return [*found, *error.sentences]
    years = sorted([*(day.year for day in dates), *years_named(opening)]) or [PROBED_FROM]
    first = date(min(max(years[0], FIRST_YEAR), LAST_YEAR - 1), 1, 1)
    last = date(min(max(years[-1], first.year + 1), LAST_YEAR), 12, 31)
    probed = windows(opening, dates, first=first, last=last)
    if not probed:
        found.append(f'"{opening}" is never open from {first.year} to {last.year}; write when the team works.')
    found += holiday_problems(opening, dates)
    return found if found else _repeated_starts(opening, probed, ZoneInfo(timezone))


def zone_problem(name: str) -> str | None:
    """Return why there is no such time zone, with a remedy; None where there is."""
    if name in known_zones():
        return None
    zones = sorted(known_zones())
    known = {zone.rpartition("/")[2].lower(): zone for zone in zones} | {zone.lower(): zone for zone in zones}
    close = get_close_matches(name.lower().replace(" ", "_"), known, n=1)
    meant = f'did you mean "{known[close[0]]}"?' if close else 'write an IANA name such as "Europe/London".'
    return f'There is no time zone "{name}"; {meant}'


def _repeated_starts(opening: str, probed: list[tuple[int, int]], zone: ZoneInfo) -> list[str]:
    for start, _ in probed:
        earlier, later = readings(_local(start), zone)
        if earlier < later:
            return [
                f'"{opening}" starts at {earlier.astimezone(zone):%H:%M on %Y-%m-%d}, which comes twice in {zone.key}, '
                "where the clocks go back; start before or after the repeated hour."
            ]
    return []


def resolve_holidays(country: str, subdivision: str | None, years: Iterable[int]) -> tuple[tuple[date, str], ...]:
    """Return the public holidays, sorted, with their names in the country's language.

    A moved holiday counts on both days. `country` and `subdivision` are ISO 3166 codes ("US", "CA"). Raises ValueError,
    a sentence, for unknown ones. Call this only when a policy is loaded and keep the result: it changes with the
    version of the `holidays` library.
    """
    import holidays  # fails inside a workflow, where it must not be called

    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=sorted(years))
    except NotImplementedError as error:
        supported = holidays.list_supported_countries()
        if country in supported:
            parts = ", ".join(supported[country]) or "none"
            raise ValueError(f'"{country}" has no subdivision "{subdivision}"; it has: {parts}.') from error
        raise ValueError(f'No holidays are known for "{country}"; write an ISO code such as "US".') from error
    return tuple(sorted(found.items()))
