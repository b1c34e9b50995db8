"""Stopwatches: a table of what each step leaves, and properties that hold for any day of starting and stopping."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from policies.state.records.queue_entry import Lease
from policies.state.records.sla import Clock, Silence
from policies.time.hours import ALWAYS, BusinessHours
from policies.time.stopwatch import Stopwatch

OFFICE = BusinessHours("Mo-Fr 09:00-17:00", "UTC")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOTHING = timedelta(0)


def hour(number: float) -> datetime:
    """Return an instant so many hours after the office opened on Monday."""
    return MONDAY + number * HOUR


STANDING, RUNNING = Stopwatch(spent=2 * HOUR), Stopwatch(spent=2 * HOUR, since=hour(4))
AT = st.integers(-48 * 60, 14 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
SPANS = st.integers(0, 60 * 60).map(lambda minutes: timedelta(minutes=minutes))
STEPS = st.lists(st.tuples(AT, st.booleans()), min_size=1, max_size=12).map(sorted)
HOURS = st.sampled_from((OFFICE, ALWAYS))


@pytest.mark.parametrize(
    ("before", "step", "at", "after"),
    [
        (STANDING, "start", 5, Stopwatch(spent=2 * HOUR, since=hour(5))),
        (RUNNING, "start", 5, RUNNING),
        (STANDING, "stop", 5, STANDING),
        (RUNNING, "stop", 5, Stopwatch(spent=3 * HOUR)),
        (RUNNING, "stop", 4, STANDING),
        (RUNNING, "stop", 3, STANDING),
        (RUNNING, "stop", 12, Stopwatch(spent=6 * HOUR)),
        (RUNNING, "stop", 25, Stopwatch(spent=7 * HOUR)),
    ],
)
def test_each_step_leaves_what_the_table_says(before: Stopwatch, step: str, at: float, after: Stopwatch) -> None:
    """Starting twice or stopping twice changes nothing, and only open hours between start and stop count."""
    assert (before.started(hour(at)) if step == "start" else before.stopped(hour(at), OFFICE)) == after


@pytest.mark.parametrize(
    ("watch", "span", "at"),
    [
        (STANDING, 3, None),
        (RUNNING, 3, 5),
        (RUNNING, 6, 8),
        (RUNNING, 7, 25),
        (RUNNING, 2, 4),
        (RUNNING, 1, 4),
    ],
)
def test_a_span_is_reached_when_its_rest_has_passed(watch: Stopwatch, span: float, at: float | None) -> None:
    """A span that was used up before is reached at the start; a stopwatch that stands still reaches none."""
    assert watch.reaches(span * HOUR, OFFICE) == (None if at is None else hour(at))


@given(STEPS, HOURS)
def test_the_time_is_the_sum_of_the_times_it_ran(steps: list[tuple[datetime, bool]], hours: BusinessHours) -> None:
    """Stopped and started in any order, it shows the business time of the stretches in which it ran."""
    watch, ran = Stopwatch(), NOTHING
    for (at, starts), (following, _) in pairwise([*steps, (steps[-1][0], False)]):
        watch = watch.started(at) if starts else watch.stopped(at, hours)
        ran += hours.between(at, following) if starts else NOTHING
    assert watch.stopped(steps[-1][0], hours).spent == watch.spent_by(steps[-1][0], hours) == ran


@given(AT, SPANS, SPANS, HOURS)
def test_it_shows_a_span_when_it_has_reached_it(
    began: datetime, spent: timedelta, span: timedelta, hours: BusinessHours
) -> None:
    """A span is reached at the first instant at which it has counted, unless more had counted before."""
    watch = Stopwatch(spent=spent).started(began)
    at = watch.reaches(span, hours)
    assert at is not None
    assert watch.spent_by(at, hours) == max(span, spent)
    assert at == began or watch.spent_by(at - timedelta(seconds=1), hours) < span


@given(AT, AT, SPANS, HOURS)
def test_stopping_and_starting_at_once_moves_no_due_time(
    began: datetime, at: datetime, span: timedelta, hours: BusinessHours
) -> None:
    """A change of anything but the hours leaves the due time where it was, until it has passed."""
    watch = Stopwatch().started(min(began, at))
    due = watch.reaches(span, hours)
    assert due is not None
    again = watch.stopped(max(began, at), hours).started(max(began, at)).reaches(span, hours)
    assert again == max(due, max(began, at)) or hours.between(due, max(began, at)) == NOTHING


@pytest.mark.parametrize(
    ("kind", "others"),
    [
        (Clock, {"name": "resolution", "episode": 1, "target": "PT2H", "hours": "always", "started_at": MONDAY}),
        (Silence, {"name": "waiting", "key": "k", "team": "tier-1"}),
        (Lease, {"wait": MONDAY}),
    ],
)
def test_stopwatches_are_handed_on_flat(kind: type[Stopwatch], others: dict[str, object]) -> None:
    """Clocks, silences and leases keep `since` and `spent` beside their other values in what a run hands on."""
    counted = {"spent": "PT1H", "since": "2026-03-02T10:00:00Z"}
    read = TypeAdapter(kind).validate_python({**others, **counted})
    assert (read.spent, read.since) == (HOUR, hour(1))
    assert TypeAdapter(kind).dump_python(read, mode="json", include={"spent", "since"}) == counted
