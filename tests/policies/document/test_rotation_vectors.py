"""On-call rotations as GoAlert and Grafana OnCall compute them, compared exactly.

The cases are not in this repository; the tests skip where the folder beside it is absent.
"""

import json
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from policies.document.rotation import Layer, Override, Rotation, on_call, shifts

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "vectors"
DAYS = ("Su", "Mo", "Tu", "We", "Th", "Fr", "Sa")
Vector = dict[str, Any]


def _cases(file: str, key: str, op: str = "") -> list[Any]:
    path = VECTORS / file
    if not path.exists():
        return [pytest.param({}, marks=pytest.mark.skip(f"{file} is not beside this repository"), id="absent")]
    vectors = enumerate(json.loads(path.read_text())[key])
    return [pytest.param(vector, id=str(number)) for number, vector in vectors if op in vector.get("op", "")]


def _rotating(vector: Vector, start: datetime) -> Rotation:
    """Return a rotation of three people, so that the person changes also after a turn that the clocks skip whole."""
    unit = {"daily": "day", "monthly": "month"}.get(vector["type"], vector["type"].removesuffix("ly"))
    layer = {"people": ["a", "b", "c"], "every": f"{vector['shift_length']} {unit}", "start": start}
    return Rotation.model_validate({"timezone": vector["tz"], "layers": [layer]})


def _local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize("vector", _cases("goalert.json", "rotations", "handoffs_in_window"))
def test_turns_change_when_goalert_changes_them(vector: Vector) -> None:
    """Turns change at the same hour of the wall clock, or right after it where the clocks skip it."""
    # GoAlert's turns reach back before the start, so our rotation begins ten turns earlier.
    start = datetime.fromisoformat(vector["rotation_start_local"])
    if vector["type"] != "monthly":
        span = timedelta(**{"hours" if vector["type"] == "hourly" else "days": vector["shift_length"]})
        start -= 10 * span
    rotation = _rotating(vector, start)
    expected = [datetime.fromisoformat(text) for text in vector["expected_handoffs"]]
    found = shifts(rotation, expected[0] - timedelta(days=20), expected[-1] + timedelta(minutes=1))
    changes = [shift.starts_at for shift in found if shift.people]
    opens, closes = (_local(text, vector["tz"]).astimezone(UTC) for text in vector["window_local"])
    first = max(number for number, at in enumerate(changes) if at <= opens)
    last = min(number for number, at in enumerate(changes) if at > closes)
    assert changes[first : last + 1] == expected


@pytest.mark.parametrize("vector", _cases("goalert.json", "rotations", "shift_end"))
def test_turns_end_when_goalert_ends_them(vector: Vector) -> None:
    """A turn of some hours, days, weeks or months ends at the expected time on the wall clock."""
    rotation = _rotating(vector, datetime.fromisoformat(vector["rotation_start_local"]))
    start = _local(vector["rotation_start_local"], vector["tz"])
    first = next(shifts(rotation, start, start + timedelta(days=100)))
    assert first.ends_at == _local(vector["expected_end_local"], vector["tz"])


def _only(days: list[int], start: str, end: str) -> str:
    return f"{','.join(day for day, works in zip(DAYS, days, strict=True) if works)} {start}-{end}"


@pytest.mark.parametrize("vector", _cases("goalert.json", "rules"))
def test_windows_are_open_when_goalerts_rules_are(vector: Vector) -> None:
    """A window that passes midnight belongs to the day on which it starts."""
    only = _only(vector["days_sun_to_sat"], vector["start"], vector["end"])
    layer = {"people": ["a"], "every": "weekly", "start": "2017-01-01 00:00", "only": only}
    rotation = Rotation.model_validate({"timezone": vector["tz"], "layers": [layer]})
    assert bool(on_call(rotation, datetime.fromisoformat(vector["input"]))) is vector["expected"]


@pytest.mark.parametrize("vector", _cases("goalert.json", "overrides"))
def test_overrides_do_what_goalerts_do(vector: Vector) -> None:
    """An override that replaces, adds or removes a person for a quarter of an hour counts to the minute."""
    layers = [
        Layer.model_validate(
            {
                "people": [rule["who"]],
                "every": "daily",
                "start": "2017-01-01 00:00",
                "only": _only(rule["days_sun_to_sat"], rule["start"], rule["end"]),
            }
        )
        for rule in vector["rules"]
    ]
    overrides = [
        Override.model_validate(
            {
                "from": each["start"],
                "until": each["end"],
                "person": each.get("add", "nobody"),
                "instead_of": each.get("remove", "nobody"),
            }
        )
        for each in vector["overrides"]
    ]
    rotation = Rotation(timezone=vector["tz"], layers=tuple(layers), overrides=tuple(overrides))
    window = [datetime.fromisoformat(text) for text in vector["window"]]
    rows = [(name, s.starts_at, s.ends_at) for s in shifts(rotation, *window) for name in s.people]
    found: list[list[Any]] = []
    for name, each in groupby(sorted(rows), key=lambda row: row[0]):
        for _, start, end in each:
            if found and found[-1][0] == name and found[-1][2] == start:
                found[-1][2] = end
            else:
                found.append([name, start, end])
    told = sorted([name, f"{start:%H:%M}", f"{end:%H:%M}"] for name, start, end in found)
    assert told == sorted(vector["expected"])


def _grafana(vector: Vector) -> Rotation:
    """Return the rotation with turns as in Grafana, whose weeks start on Monday and months on the 1st."""
    letters = iter("ABCDEFGHIJKLMNOP")
    people = [[next(letters) for _ in range(size)] for size in vector["users_per_group"]]
    day = datetime.fromisoformat(vector["shift_start"])
    unit = {"daily": "day", "weekly": "week", "monthly": "month"}[vector["frequency"]]
    start = {"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}[unit]
    only = ",".join(code.title() for code in vector["days"] or ())
    every = f"{vector['interval']} {unit}"
    if unit == "week" and vector["interval"] == 2:
        # In Grafana every second week is worked, with nobody on call between; here, a window says the same.
        week = day.isocalendar().week
        only, every = f"week {week}-53/2 {only}", "weekly"
    layer = {"people": people, "every": every, "start": start, "only": only or None}
    return Rotation.model_validate({"timezone": "UTC", "layers": [layer]})


@pytest.mark.parametrize(
    # Grafana's authors say that case 21 records a wrong result.
    "vector",
    [case for case in _cases("grafana_oncall.json", "cases") if case.id != "21"],
)
def test_every_day_has_the_person_grafana_expects(vector: Vector) -> None:
    """Daily, weekly and monthly turns on chosen days reach the expected person on each, and nobody on other days."""
    rotation = _grafana(vector)
    first = datetime.fromisoformat(vector["shift_start"]).replace(tzinfo=UTC)
    days = [first + timedelta(days=number) for number in range(vector["total_days"])]
    found = {f"{day:%Y-%m-%d}": "".join(on_call(rotation, day + timedelta(hours=12))) for day in days}
    assert {day: people for day, people in found.items() if people} == vector["expected_user_by_date"]
