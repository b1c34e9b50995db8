"""Business time as pandas, two Ruby gems and Zammad compute it, compared exactly.

The cases are not in this repository; the tests skip where the folder beside it is absent.
"""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policies.time.hours import BusinessHours

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "vectors"
MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
Vector = dict[str, Any]


def _cases(file: str, op: str) -> list[Any]:
    path = VECTORS / file
    if not path.exists():
        return [pytest.param({}, marks=pytest.mark.skip(f"{file} is not beside this repository"), id="absent")]
    return [
        pytest.param(vector, id=f"{number}-{vector['input']}")
        for number, vector in enumerate(json.loads(path.read_text())["vectors"])
        # Four of the gems' cases first move a day off to a working day, which we do not do.
        if vector["op"] == op and "convention" not in vector.get("note", "")
    ]


def _hours(vector: Vector) -> BusinessHours:
    days = [
        f"{day.title()[:2]} {','.join('-'.join(window) for window in windows)}"
        for day, windows in vector["hours"].items()
    ]
    holidays = tuple(sorted(date.fromisoformat(day) for day in vector["holidays"]))
    return BusinessHours("; ".join(days + ["PH off"] * bool(holidays)), vector["tz"] or "UTC", holidays)


def _instant(text: str) -> datetime:
    """Return the instant as the gems' suites read it: without an offset it is UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _moved(hours: BusinessHours, at: datetime, span: timedelta, expected: datetime) -> None:
    """Check that `expected` is `span` of business time from `at`; backwards, the latest such instant."""
    if span >= timedelta():
        assert hours.add(at, span) == expected
    else:
        assert hours.between(at, expected) == span
        assert hours.between(at, expected + MOMENT) > span


@pytest.mark.parametrize("vector", _cases("pandas_business_hour.json", "add_business_hours"))
def test_additions_agree_with_pandas(vector: Vector) -> None:
    """Adding business hours takes exactly that much working time, forwards and backwards."""
    hours, at, expected = _hours(vector), _instant(vector["input"]), _instant(vector["expected"])
    span = timedelta(hours=vector["n_hours"])
    assert hours.between(at, expected) == span
    if span > timedelta():
        # Where pandas lands on closing time, it goes on to the next opening.
        assert hours.next_opening(hours.add(at, span)) == expected


@pytest.mark.parametrize("vector", _cases("pandas_business_hour.json", "is_open_inclusive_end"))
def test_opening_agrees_with_pandas(vector: Vector) -> None:
    """A team is open when pandas says so, except at closing time, which pandas counts as open."""
    hours, at = _hours(vector), _instant(vector["input"])
    assert (hours.is_open(at) or hours.is_open(at - MOMENT)) is vector["expected"]


@pytest.mark.parametrize("vector", _cases("gems.json", "add_working_seconds"))
def test_additions_agree_with_the_gems(vector: Vector) -> None:
    """Working time is added to the very second, as the gems do."""
    span = timedelta(seconds=vector["n"])
    _moved(_hours(vector), _instant(vector["input"]), span, _instant(vector["expected"]))


@pytest.mark.parametrize("vector", _cases("gems.json", "working_seconds_between"))
def test_elapsed_time_agrees_with_the_gems(vector: Vector) -> None:
    """The working time between two instants is the gems' to the second."""
    start, end = map(_instant, vector["input"])
    assert _hours(vector).between(start, end) == timedelta(seconds=vector["expected"])


@pytest.mark.parametrize("vector", _cases("gems.json", "is_open"))
def test_opening_agrees_with_the_gems(vector: Vector) -> None:
    """A team is open at its opening time and closed at its closing time."""
    assert _hours(vector).is_open(_instant(vector["input"])) is vector["expected"]


@pytest.mark.parametrize("vector", _cases("gems.json", "advance_to_working_time"))
def test_the_next_working_moment_agrees_with_the_gems(vector: Vector) -> None:
    """A message that comes while the team is closed counts from the next opening."""
    assert _hours(vector).next_opening(_instant(vector["input"])) == _instant(vector["expected"])


@pytest.mark.parametrize("vector", _cases("gems.json", "next_closing_time"))
def test_the_next_closing_agrees_with_the_gems(vector: Vector) -> None:
    """The team's next shift ends at the expected time."""
    hours = _hours(vector)
    assert hours.next_closing(hours.next_opening(_instant(vector["input"]))) == _instant(vector["expected"])


@pytest.mark.parametrize("vector", _cases("gems.json", "next_opening_strictly_after"))
def test_the_opening_after_this_one_agrees_with_the_gems(vector: Vector) -> None:
    """The opening after the present shift is the expected one."""
    hours = _hours(vector)
    closed = hours.next_closing(_instant(vector["input"]))
    assert closed is not None
    assert hours.next_opening(closed) == _instant(vector["expected"])


@pytest.mark.parametrize("vector", _cases("gems.json", "add_working_days"))
def test_working_days_agree_with_the_gems(vector: Vector) -> None:
    """A day counts as a working day when the team is open at any time of it."""
    hours, day = _hours(vector), _instant(vector["input"])
    step = DAY if vector["n"] > 0 else -DAY
    for _ in range(abs(vector["n"])):
        day += step
        while not hours.between(day, day + DAY):
            day += step
    assert day == _instant(vector["expected"])


def _zammad() -> list[Any]:
    path = VECTORS / "zammad_sla.json"
    if not path.exists():
        return [pytest.param({}, {}, marks=pytest.mark.skip(f"{path.name} is not beside this repository"), id="absent")]
    suite = json.loads(path.read_text())
    return [pytest.param(suite, case, id=f"{n}-{'-'.join(case['state'])}") for n, case in enumerate(suite["cases"])]


@pytest.mark.parametrize(("suite", "case"), _zammad())
def test_deadlines_agree_with_zammad(suite: Vector, case: Vector) -> None:
    """First response, update and solution are due at, and took, exactly the times that Zammad computes."""
    hours = _hours({"tz": None, "holidays": [], **suite})
    created = _instant(suite["created_at"])

    def at(clock: str) -> datetime:
        hour, minute = map(int, clock.split(":"))
        return created.replace(hour=hour, minute=minute)

    promised = {name: timedelta(minutes=minutes) for name, minutes in suite["sla_minutes"].items()}
    state = {name: at(clock) for name, clock in case["state"].items()}
    # The update is due from the customer's last message on.
    waiting_since = state.get("customer_contact_at", created)
    starts = {"first_response": created, "update": waiting_since, "close": created}
    spans = {"first_response": "first_response", "update": "update", "close": "solution"}
    ended = {"first_response": "first_response_at", "update": "agent_contact_at", "close": "close_at"}
    for name, span in spans.items():
        expected, limit = case["expected"], promised[span]
        if expected.get(f"{name}_due"):
            assert hours.add(starts[name], limit) == at(expected[f"{name}_due"])
        if f"{name}_in_min" in expected:
            taken = hours.between(created, state[ended[name]])
            assert taken == timedelta(minutes=expected[f"{name}_in_min"])
            assert limit - taken == timedelta(minutes=expected[f"{name}_slack_min"])
