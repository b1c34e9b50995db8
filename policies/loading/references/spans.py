"""Checks of spans: each can pass in its business hours. Hours of a minute a week can't keep a promise of days.

Promises a finding for each span that takes longer than business time is reckoned ahead. Must not know conversations.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from policies.document.clocks import CLOCKS
from policies.document.document import ALWAYS_OPEN
from policies.document.part import format_span
from policies.loading.draft import Draft
from policies.loading.resolve import flatten, holiday_dates
from policies.loading.source import Mistake, Path
from policies.time import hours

_ELAPSED = ("customer_silent",)
"""The silences that count all time, not only business hours."""


def check_spans(draft: Draft, years: tuple[int, ...]) -> Iterator[Mistake]:
    """Find every span that would never fall due in the hours it is counted in."""
    known = {name: found for name in draft.hours if (found := _hours(draft, name, years)) is not None}
    for path, span, name in (*_promises(draft), *_silences(draft)):
        if name in known and not _passes(known[name], span, years):
            sentence = f"{format_span(span)} of the hours `{name}` take more than {hours.HORIZON} years to pass"
            yield Mistake(path, f"{sentence}: write less, or open more often")


def _promises(draft: Draft) -> Iterator[tuple[Path, timedelta, str]]:
    for name in draft.sla:
        targets = flatten(name, draft.sla)
        for clock in (*CLOCKS, "pause_budget"):
            span: timedelta | None = getattr(targets, clock)
            if span is not None:
                yield ("sla", name, clock), span, targets.hours or ALWAYS_OPEN
        for number, row in enumerate(targets.special or ()):
            for clock in CLOCKS:
                if (special := row.target(clock)) is not None:
                    yield ("sla", name, "special", number, clock), special, targets.hours or ALWAYS_OPEN


def _silences(draft: Draft) -> Iterator[tuple[Path, timedelta, str]]:
    of_teams = {team.hours for team in draft.teams.values() if team.hours is not None}
    for number, rule in draft.rules.items():
        for position, trigger in rule.on.items():
            if trigger.silence is not None and trigger.silence[0] not in _ELAPSED:
                silence, span = trigger.silence
                yield from ((("rules", number, "on", position, silence), span, name) for name in sorted(of_teams))


def _hours(draft: Draft, name: str, years: tuple[int, ...]) -> hours.BusinessHours | None:
    """Return the hours of that name; None for hours that another finding is about."""
    written: Mapping[str, str] = draft.texts()
    zone = draft.hours[name].timezone or written.get("timezone", "UTC")
    try:
        dates = holiday_dates(draft.hours[name], years)
    except ValueError:
        return None
    if hours.problems(draft.hours[name].open, zone, dates):
        return None
    found = hours.BusinessHours(draft.hours[name].open, zone, dates)
    return found if found.opens_at(datetime(years[-1], 1, 1, tzinfo=UTC)) else None


def _passes(of: hours.BusinessHours, span: timedelta, years: tuple[int, ...]) -> bool:
    try:
        of.add(datetime(years[-1], 1, 1, tzinfo=UTC), span)
    except hours.NeverOpenError:
        return False
    return True
