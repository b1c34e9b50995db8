"""On-call rotations: tables of the expected people, and a comparison with a walk through the minutes."""

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pydantic_core
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policies.document.rotation import Layer, Override, Rotation, Shift, first_shifts, on_call, shifts
from policies.time.hours import BusinessHours
from policies.time.turns import read_every

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOTHING = timedelta()


def berlin(text: str, *, second_time: bool = False) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=second_time)


def layer(*people: object, every: str = "weekly", start: str = "2026-01-05 09:00", only: str | None = None) -> Layer:
    return Layer.model_validate({"people": people, "every": every, "start": start, "only": only})


def override(start: str, until: str, person: str, instead_of: str | None = None) -> Override:
    return Override.model_validate({"from": start, "until": until, "person": person, "instead_of": instead_of})


def rotation(*layers: Layer, overrides: tuple[Override, ...] = (), zone: str = "Europe/Berlin") -> Rotation:
    return Rotation(timezone=zone, layers=layers, overrides=overrides)


def people_at(found: Rotation, *times: str) -> list[str]:
    return ["+".join(on_call(found, berlin(at))) for at in times]


# Turns


@pytest.mark.parametrize(
    ("every", "changes"),
    [
        ("hourly", ["2026-01-05 10:00", "2026-01-05 11:00"]),
        ("8 hours", ["2026-01-05 17:00", "2026-01-06 01:00"]),
        ("12h", ["2026-01-05 21:00", "2026-01-06 09:00"]),
        ("daily", ["2026-01-06 09:00", "2026-01-07 09:00"]),
        ("3 days", ["2026-01-08 09:00", "2026-01-11 09:00"]),
        ("weekly", ["2026-01-12 09:00", "2026-01-19 09:00"]),
        ("2 weeks", ["2026-01-19 09:00", "2026-02-02 09:00"]),
        ("monthly", ["2026-02-05 09:00", "2026-03-05 09:00"]),
    ],
)
def test_turns_last_as_long_as_was_said(every: str, changes: list[str]) -> None:
    """A turn of any length begins at the hour of the first turn."""
    found = first_shifts(
        rotation(layer("ada", "ben", every=every)), berlin("2026-01-05 09:00"), berlin("2027-01-01"), 3
    )
    assert [shift.starts_at for shift in found[1:]] == [berlin(at).astimezone(UTC) for at in changes]
    assert [shift.people for shift in found] == [("ada",), ("ben",), ("ada",)]


def test_a_month_that_is_too_short_ends_early() -> None:
    """A monthly turn from the 31st changes on the last day of shorter months, and on the 31st again after them."""
    monthly = rotation(layer("ada", "ben", every="monthly", start="2026-01-31 09:00"))
    found = [f"{s.starts_at:%m-%d}" for s in first_shifts(monthly, berlin("2026-01-31 09:00"), berlin("2027-01-01"), 5)]
    assert found == ["01-31", "02-28", "03-31", "04-30", "05-31"]


def test_no_person_is_on_call_before_the_first_turn() -> None:
    """A rotation that starts next week calls nobody this week."""
    assert on_call(rotation(layer("ada")), berlin("2026-01-05 09:00") - MINUTE) == ()
    assert on_call(rotation(layer("ada")), berlin("2026-01-05 09:00")) == ("ada",)


def test_people_may_share_a_turn() -> None:
    """Two people may share a turn, and are called in the order in which the rotation names them."""
    assert people_at(rotation(layer("ada", ["ben", "cleo"])), "2026-01-05 09:00", "2026-01-12 09:00") == [
        "ada",
        "ben+cleo",
    ]


def test_turns_on_chosen_days_pass_from_one_such_day_to_the_next() -> None:
    """Three people who take weekend days in turn do not always get the same day."""
    weekends = rotation(layer("ada", "ben", "cleo", every="daily", start="2026-01-05 00:00", only="Sa,Su"))
    days = ["2026-01-10 12:00", "2026-01-11 12:00", "2026-01-12 12:00", "2026-01-17 12:00", "2026-01-18 12:00"]
    assert people_at(weekends, *days) == ["ada", "ben", "", "cleo", "ada"]


def test_the_clocks_go_forward_and_a_night_is_shorter() -> None:
    """A change at 02:30 comes at 03:00 in the night in which the clocks skip 02:30."""
    daily = rotation(layer("ada", "ben", every="daily", start="2026-03-27 02:30"))
    found = list(shifts(daily, berlin("2026-03-27 02:30"), berlin("2026-03-31 02:30")))
    assert [f"{s.starts_at.astimezone(BERLIN):%d %H:%M}" for s in found] == [
        "27 02:30",
        "28 02:30",
        "29 03:00",
        "30 02:30",
    ]
    assert [s.ends_at - s.starts_at for s in found] == [DAY, 23.5 * HOUR, 23.5 * HOUR, DAY]


def test_the_clocks_go_back_and_a_night_is_longer() -> None:
    """A change at 02:30 comes at the first 02:30 of the night in which that hour comes twice."""
    daily = rotation(layer("ada", "ben", every="daily", start="2026-10-24 02:30"))
    assert people_at(daily, "2026-10-25 02:29", "2026-10-25 02:30") == ["ada", "ben"]
    assert on_call(daily, berlin("2026-10-25 02:15", second_time=True)) == ("ben",)
    found = list(shifts(daily, berlin("2026-10-24 02:30"), berlin("2026-10-26 02:30")))
    assert [s.ends_at - s.starts_at for s in found] == [DAY, 25 * HOUR]


def test_a_handover_stays_at_its_hour_through_the_year() -> None:
    """A weekly handover at 09:00 stays at 09:00 in winter and in summer."""
    found = shifts(rotation(layer("ada", "ben")), berlin("2026-01-05 09:00"), berlin("2027-01-04 09:00"))
    assert {f"{shift.starts_at.astimezone(BERLIN):%a %H:%M}" for shift in found} == {"Mon 09:00"}


def test_zones_are_the_rotations_own() -> None:
    """A rotation in another city changes turns by that city's clock."""
    start = datetime(2026, 1, 12, 9, tzinfo=ZoneInfo("America/New_York"))
    there = rotation(layer("ada", "ben"), zone="America/New_York")
    assert on_call(there, start - MINUTE) == ("ada",)
    assert on_call(there, start) == ("ben",)


@pytest.mark.parametrize("text", ["", "0 days", "fortnightly", "1.5 days", "-2 days", "weekly ", "2", "99999 days"])
def test_a_length_that_is_none_is_refused(text: str) -> None:
    """A turn's length that can't be read is refused, with examples of lengths."""
    with pytest.raises(ValueError, match="is not how long a turn lasts: write daily, weekly"):
        read_every(text)


def test_a_time_without_a_zone_is_no_question() -> None:
    """A question about a wall-clock time without a zone is an error."""
    with pytest.raises(ValueError, match="names no instant"):
        on_call(rotation(layer("ada")), datetime.fromisoformat("2026-01-05 09:00"))


# Layers


def test_a_later_layer_wins_while_it_works() -> None:
    """The night layer's person is called at night, and the day layer's turns go on beneath."""
    nights = layer("nina", "omar", every="daily", start="2026-01-05 18:00", only="Mo-Su 18:00-09:00")
    both = rotation(layer("ada", "ben"), nights)
    times = ["2026-01-05 17:59", "2026-01-05 18:00", "2026-01-06 08:59", "2026-01-06 09:00", "2026-01-06 18:00"]
    assert people_at(both, *times) == ["ada", "nina", "nina", "ada", "omar"]


def test_a_gap_is_a_shift_without_people() -> None:
    """Time that no layer covers is listed as a shift without people, because nobody would be called then."""
    office = rotation(layer("ada", only="Mo-Fr 09:00-17:00"))
    found = list(shifts(office, berlin("2026-01-09 09:00"), berlin("2026-01-12 17:00")))
    assert [shift.people for shift in found] == [("ada",), (), ("ada",)]
    assert found[1].starts_at == berlin("2026-01-09 17:00")
    assert found[1].ends_at == berlin("2026-01-12 09:00")


# Overrides


@pytest.mark.parametrize(
    ("person", "instead_of", "expected"),
    [
        ("cleo", None, "cleo"),
        ("cleo", "ada", "cleo+ben"),
        ("cleo", "ben", "ada+cleo"),
        ("cleo", "dan", "ada+ben"),
        ("cleo", "nobody", "ada+ben+cleo"),
        ("ada", "nobody", "ada+ben"),
        ("ada", "ben", "ada"),
        ("nobody", "ada", "ben"),
        ("nobody", None, ""),
    ],
)
def test_an_override_changes_whose_place_it_names(person: str, instead_of: str | None, expected: str) -> None:
    """An override replaces everybody or one of two people, adds a person beside them, or takes one out."""
    hour = override("2026-01-05 10:00", "2026-01-05 11:00", person, instead_of)
    found = rotation(layer(["ada", "ben"]), overrides=(hour,))
    assert people_at(found, "2026-01-05 09:59", "2026-01-05 10:00", "2026-01-05 11:00") == [
        "ada+ben",
        expected,
        "ada+ben",
    ]


def test_a_swap_is_two_overrides() -> None:
    """Ada and Ben swap weeks by two overrides, and the weeks after stay as they were."""
    swap = (
        override("2026-01-05 09:00", "2026-01-12 09:00", "ben", "ada"),
        override("2026-01-12 09:00", "2026-01-19 09:00", "ada", "ben"),
    )
    found = rotation(layer("ada", "ben"), overrides=swap)
    assert people_at(found, "2026-01-06 12:00", "2026-01-13 12:00", "2026-01-20 12:00") == ["ben", "ada", "ada"]


def test_an_override_counts_in_a_gap_and_before_the_first_turn() -> None:
    """An override can put a person on call at a time that no layer covers."""
    found = rotation(layer("ada"), overrides=(override("2026-01-04 09:00", "2026-01-04 10:00", "ben"),))
    assert people_at(found, "2026-01-04 09:30", "2026-01-04 10:30") == ["ben", ""]


def test_an_endless_shift_is_cut_at_the_end_of_the_time_asked_about() -> None:
    """One person alone is on call for the whole time asked about, as a single shift."""
    alone = rotation(layer("ada", every="hourly"))
    start, end = berlin("2026-01-05 09:00").astimezone(UTC), berlin("2026-03-05 09:00").astimezone(UTC)
    assert list(shifts(alone, start, end)) == [Shift(start, end, ("ada",))]
    assert list(shifts(alone, end, start)) == []


def test_a_rotation_survives_being_pinned() -> None:
    """A rotation reads back equal from JSON, so a conversation carries the same rotation into its next run."""
    found = rotation(
        layer("ada", ["ben", "cleo"], every="2 weeks", only="Sa"),
        overrides=(override("2026-01-05 10:00", "2026-01-05 11:00", "ben"),),
    )
    for written in (
        found.model_dump_json(),
        found.model_dump_json(exclude_defaults=True),
        pydantic_core.to_json(found),
    ):
        assert Rotation.model_validate(json.loads(written)) == found


# Everything else, compared with a walk through the minutes


ZONES = ["UTC", "Europe/Berlin", "America/Chicago", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]
WINDOWS = [None, "24/7", "Sa,Su", "Mo-Fr 08:00-20:00", "Mo-Su 20:00-08:00", "Mo 02:00-03:00,Su 01:30-02:30", "Jan-Oct"]
EVERY = ["hourly", "5 hours", "daily", "2 days", "weekly", "monthly"]
AROUND = [datetime.fromisoformat(day) for day in ("2026-03-28", "2026-10-24", "2026-04-04", "2026-03-07", "2026-06-01")]

unhurried = settings(deadline=None)
"""The settings of drawn examples: no deadline, because laying out a year of windows is slow the first time."""

starts = st.builds(
    lambda day, minutes: day - DAY + minutes * timedelta(minutes=10), st.sampled_from(AROUND), st.integers(0, 500)
)
layers = st.builds(
    lambda people, every, start, only: Layer(people=people, every=every, start=start, only=only),
    st.lists(st.sampled_from([("a",), ("b",), ("c", "d"), ("e",)]), min_size=1, max_size=4).map(tuple),
    st.sampled_from(EVERY),
    starts,
    st.sampled_from(WINDOWS),
).filter(lambda found: found.every != "monthly" or found.start.day <= 28)
overrides = st.builds(
    lambda start, minutes, person, instead_of: Override(
        starts=start, until=start + minutes * MINUTE, person=person, instead_of=instead_of
    ),
    starts,
    st.integers(1, 3000),
    st.just("z"),
    st.sampled_from([None, "a", "c", "nobody"]),
)
rotations = st.builds(
    lambda zone, found, changed: Rotation(timezone=zone, layers=tuple(found), overrides=tuple(changed)),
    st.sampled_from(ZONES),
    st.lists(layers, min_size=1, max_size=3),
    st.lists(overrides, max_size=3),
)


def _units(found: Layer, until: datetime) -> list[datetime]:
    """Return the wall-clock times at which turns' units begin, up to the first at or after `until`."""
    _, unit = read_every(found.every)
    units = [found.start]
    while units[-1] < until:
        at = units[-1]
        if unit == "month":  # drawn monthly layers start on the 28th or earlier, so every month has that day
            units.append((at.replace(day=1) + 32 * DAY).replace(day=at.day))
        else:
            units.append(at + {"hour": HOUR, "day": DAY, "week": 7 * DAY}[unit])
    return units


@lru_cache(maxsize=10_000)
def _first_minute(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the first minute at which the wall clock shows `local` or later, found by walking from well before."""
    at = local.replace(tzinfo=UTC) - 16 * HOUR
    for step in (10 * MINUTE, MINUTE):
        while at.astimezone(zone).replace(tzinfo=None) < local:
            at += step
        at -= step
    return at + MINUTE


def _counted(found: Layer, zone: ZoneInfo, at: datetime) -> tuple[str, ...]:
    """Return the layer's people on call, found by counting turns one by one."""
    count, _ = read_every(found.every)
    hours = BusinessHours(found.only or "24/7", zone.key)
    begun = [_first_minute(unit, zone) for unit in _units(found, at.replace(tzinfo=None) + 2 * DAY)]
    if at < begun[0] or not hours.is_open(at):
        return ()
    turns = [
        start
        for start, end in pairwise(begun)
        if start <= at and (found.only is None or hours.between(start, end) > NOTHING)
    ]
    return found.people[(len(turns) - 1) // count % len(found.people)]


@unhurried
@given(layers, st.sampled_from(ZONES), st.integers(-12 * 60, 6 * 24 * 60), st.sampled_from([0, 0, 40]))
def test_at_any_minute_the_turn_is_the_one_that_counting_finds(
    found: Layer, zone: str, minutes: int, further: int
) -> None:
    """A layer's person at any minute is the one found by counting turns, also when the clocks change."""
    days = 0 if "hour" in found.every else further
    at = found.start.replace(tzinfo=UTC) + minutes * MINUTE + days * DAY
    assert on_call(rotation(found, zone=zone), at) == _counted(found, ZoneInfo(zone), at)


@unhurried
@given(rotations, st.sampled_from(AROUND))
@example(rotation(layer("a", "b", every="hourly", start="2026-10-24 00:30")), AROUND[1])
def test_shifts_tile_the_time_and_say_what_every_minute_says(found: Rotation, day: datetime) -> None:
    """Shifts cover the asked time without gap or overlap, and each minute of a shift has exactly its people."""
    start = day.replace(tzinfo=UTC)
    end = start + 2 * DAY
    told = list(shifts(found, start, end))
    assert [told[0].starts_at, *(shift.ends_at for shift in told)] == [*(shift.starts_at for shift in told), end]
    assert all(one.people != other.people for one, other in pairwise(told))
    assert all(shift.starts_at < shift.ends_at for shift in told)
    for shift in told:
        minutes = int((shift.ends_at - shift.starts_at) / MINUTE)
        for minute in {0, 1, minutes // 3, minutes // 2, minutes - 1}:
            at = min(shift.starts_at + minute * MINUTE, shift.ends_at - timedelta(microseconds=1))
            assert on_call(found, at) == shift.people


@unhurried
@given(layers.filter(lambda found: found.only is None), st.sampled_from(ZONES))
def test_a_layer_without_windows_leaves_no_gap(found: Layer, zone: str) -> None:
    """A layer without windows always has a person on call from its start."""
    start = _first_minute(found.start, ZoneInfo(zone))
    assert all(shift.people for shift in shifts(rotation(found, zone=zone), start, start + 10 * DAY))


@unhurried
@given(rotations, overrides, st.integers(0, 3000))
def test_an_override_of_all_people_wins(found: Rotation, last: Override, minutes: int) -> None:
    """The last override that replaces everybody decides who is called until it ends."""
    last = last.model_copy(update={"instead_of": None})
    changed = found.model_copy(update={"overrides": (*found.overrides, last)})
    start, end = last.bounds(found.zone)
    at = start + minutes * MINUTE
    assert on_call(changed, at) == (("z",) if start <= at < end else on_call(found, at))
