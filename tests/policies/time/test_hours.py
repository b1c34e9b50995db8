"""Business hours: tables of a calendar's surprises, and a minute-by-minute count to compare all other cases with."""

import copy
import pickle
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.time.hours import ALWAYS, BusinessHours, NeverOpenError, problems, resolve_holidays

WEEK = BusinessHours("Mo-Fr 09:00-18:00", "UTC")
CHRISTMAS = date(2026, 12, 25)  # a Friday
MINUTE = timedelta(minutes=1)


def local(text: str, zone: str, *, second_time: bool = False) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=second_time).astimezone(UTC)


def utc(text: str) -> datetime:
    return local(text, "UTC")


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


# Opening and closing


@pytest.mark.parametrize(
    ("at", "is_open", "opening", "closing"),
    [
        ("2026-11-20 08:59:59", False, "2026-11-20 09:00", "2026-11-20 08:59:59"),
        ("2026-11-20 09:00", True, "2026-11-20 09:00", "2026-11-20 18:00"),
        ("2026-11-20 17:59:59", True, "2026-11-20 17:59:59", "2026-11-20 18:00"),
        ("2026-11-20 18:00", False, "2026-11-23 09:00", "2026-11-20 18:00"),
        ("2026-12-31 18:00", False, "2027-01-01 09:00", "2026-12-31 18:00"),
    ],
)
def test_a_team_is_open_from_its_opening_until_just_before_its_closing(
    at: str, is_open: bool, opening: str, closing: str
) -> None:
    """A team that works from nine to six is open at nine and closed at six."""
    assert WEEK.is_open(utc(at)) is is_open
    assert WEEK.next_opening(utc(at)) == utc(opening)
    assert WEEK.next_closing(utc(at)) == utc(closing)


@pytest.mark.parametrize(
    ("at", "span", "expected"),
    [
        ("2026-11-20 10:00", hours(1), "2026-11-20 11:00"),
        ("2026-11-20 17:30", hours(1), "2026-11-23 09:30"),
        ("2026-11-20 17:00", hours(1), "2026-11-20 18:00"),
        ("2026-11-21 12:00", hours(1), "2026-11-23 10:00"),
        ("2026-11-21 12:00", hours(9), "2026-11-23 18:00"),
        ("2026-11-21 12:00", hours(0), "2026-11-21 12:00"),
        ("2026-11-20 10:00:00.000001", hours(45), "2026-11-27 10:00:00.000001"),
        ("2026-12-31 17:00", hours(9 * 261), "2027-12-31 17:00"),
    ],
)
def test_a_promise_counts_only_while_the_team_works(at: str, span: timedelta, expected: str) -> None:
    """An hour promised on Friday at half past five is due on Monday at half past nine."""
    assert WEEK.add(utc(at), span) == utc(expected)
    assert WEEK.between(utc(at), utc(expected)) == span


def test_elapsed_time_has_a_direction() -> None:
    """Business time from now back to yesterday is as long as from yesterday to now, and negative."""
    assert WEEK.between(utc("2026-11-20 10:00"), utc("2026-11-19 17:00")) == -hours(2)


@pytest.mark.parametrize(
    ("opening", "span", "expected"),
    [
        ("Mo-Fr 09:00-12:00,13:00-17:00", hours(4), "2026-11-20 14:00"),
        ("Mo-Fr 09:00-12:00,12:00-17:00", hours(4), "2026-11-20 13:00"),
        ("Mo-Fr 09:00-12:00, 11:00-17:00", hours(4), "2026-11-20 13:00"),
        ("Mo-Fr 09:00-12:00, Fr 13:00-14:00", hours(4), "2026-11-20 14:00"),
        ("Mo-Th 09:00-17:00; Sa 10:00-12:00", hours(4), "2026-11-23 11:00"),
        ("Mo-Fr 09:00-17:00; 2026 Nov 20 off", hours(4), "2026-11-23 13:00"),
        ("Mo-Fr 09:00-17:00, 2026 Nov 20 closed", hours(4), "2026-11-23 13:00"),
        ("Mo-Fr 09:00-17:00; Nov 20-22 15:00-16:00", hours(4), "2026-11-23 10:00"),
        ("mo, fr 9:00 - 17:00;", hours(9), "2026-11-23 10:00"),
        ("Fr[3] 09:00-10:00", hours(2), "2026-12-18 10:00"),
        ("Mo-Fr", hours(25), "2026-11-23 01:00"),
        ("22:00-06:00", hours(13), "2026-11-21 05:00"),
        ("Fr 22:00-30:00; Sa 10:00-12:00", hours(9), "2026-11-21 11:00"),
        ("Mo-Th 22:00-06:00; Fr 22:00-02:00", hours(11), "2026-11-23 23:00"),
        ("Mo-Fr 09:00-09:00", hours(25), "2026-11-21 01:00"),
    ],
)
def test_hours_mean_what_they_say(opening: str, span: timedelta, expected: str) -> None:
    """Lunch breaks, Saturdays, special days and night shifts count as written, from a Friday's midnight on."""
    assert BusinessHours(opening, "UTC").add(utc("2026-11-20 00:00"), span) == utc(expected)


def test_a_night_shift_is_one_window() -> None:
    """A night shift from ten in the evening to six is one window across midnight."""
    night = BusinessHours("Mo-Fr 22:00-06:00", "UTC")
    assert night.next_closing(utc("2026-11-20 23:00")) == utc("2026-11-21 06:00")
    assert night.is_open(utc("2026-11-21 05:59"))
    assert night.next_opening(utc("2026-11-21 06:00")) == utc("2026-11-23 22:00")
    assert night.between(utc("2026-11-16 00:00"), utc("2026-11-23 00:00")) == hours(40)


def test_a_night_shift_goes_on_over_the_turn_of_the_year() -> None:
    """A night shift that begins in the old year ends in the new one."""
    night = BusinessHours("22:00-06:00", "America/New_York")
    start = local("2026-12-31 23:00", "America/New_York")
    assert night.next_closing(start) == local("2027-01-01 06:00", "America/New_York")
    assert night.add(start, hours(8)) == local("2027-01-01 23:00", "America/New_York")
    assert night.between(start, start + timedelta(days=3 * 365)) == 3 * 365 * hours(8)


# Around the clock


@pytest.mark.parametrize(
    "around_the_clock",
    [ALWAYS, BusinessHours("Mo-Su 00:00-24:00", "America/Havana"), BusinessHours("24/7; PH 00:00-24:00", "UTC")],
)
def test_around_the_clock_every_minute_counts(around_the_clock: BusinessHours) -> None:
    """For a team that never closes, business time is elapsed time."""
    start, end = utc("2025-02-03 04:05:06"), utc("2028-01-02 03:04:05")
    assert around_the_clock.between(start, end) == end - start
    assert around_the_clock.add(start, end - start) == end
    assert around_the_clock.is_open(start)
    assert around_the_clock.next_opening(start) == start
    assert around_the_clock.next_closing(start) is None


# Daylight saving


@pytest.mark.parametrize(
    ("zone", "day", "worked"),
    [
        ("America/New_York", "2026-03-08", 7),
        ("America/New_York", "2026-11-01", 9),
        ("Europe/London", "2026-03-29", 7),
        ("Europe/London", "2026-10-25", 9),
        ("Australia/Sydney", "2026-04-05", 9),
        ("Australia/Sydney", "2026-10-04", 7),
        ("Australia/Lord_Howe", "2026-04-05", 8.5),
        ("Australia/Lord_Howe", "2026-10-04", 7.5),
        ("Africa/Casablanca", "2026-02-15", 9),
        ("Africa/Casablanca", "2026-03-22", 7),
    ],
)
def test_the_night_the_clocks_change_is_as_long_as_it_is(zone: str, day: str, worked: float) -> None:
    """A shift from midnight to eight is shorter when the clocks go forward and longer when they go back."""
    night = BusinessHours("00:00-08:00", zone)
    midnight, eight = local(f"{day} 00:00", zone), local(f"{day} 08:00", zone)
    assert night.between(midnight, eight) == hours(worked)
    assert night.add(midnight, hours(worked)) == eight
    assert night.next_closing(midnight) == eight


@pytest.mark.parametrize(
    ("zone", "opening", "day", "opens", "closes"),
    [
        # 02:00 to 03:00 does not exist in New York on this day, nor 02:00 to 02:30 on Lord Howe.
        ("America/New_York", "02:30-06:00", "2026-03-08", "03:00", "06:00"),
        ("America/New_York", "00:30-02:30", "2026-03-08", "00:30", "03:00"),
        ("Australia/Lord_Howe", "02:10-05:00", "2026-10-04", "02:30", "05:00"),
        ("Europe/London", "01:00-05:00", "2026-03-29", "02:00", "05:00"),
    ],
)
def test_a_skipped_time_is_the_moment_after_the_gap(zone: str, opening: str, day: str, opens: str, closes: str) -> None:
    """A shift that begins or ends at a time the clocks skip begins or ends right after the gap."""
    team = BusinessHours(opening, zone)
    opened = team.next_opening(local(f"{day} 00:00", zone))
    assert opened == local(f"{day} {opens}", zone)
    assert team.next_closing(opened) == local(f"{day} {closes}", zone)


def test_a_window_that_does_not_exist_is_not_worked() -> None:
    """A window from 02:10 to 02:50 is not worked on the day when the clocks skip that hour."""
    team = BusinessHours("02:10-02:50", "America/New_York")
    saturday = local("2026-03-07 02:50", "America/New_York")
    assert team.next_opening(saturday) == local("2026-03-09 02:10", "America/New_York")


def test_a_window_that_ends_in_the_repeated_hour_ends_at_its_second_passing() -> None:
    """A shift that ends at half past one ends at the second half past one when the clocks go back."""
    team = BusinessHours("Sa 22:00-01:30", "America/New_York")
    opened = local("2026-10-31 22:00", "America/New_York")
    assert team.next_closing(opened) == local("2026-11-01 01:30", "America/New_York", second_time=True)
    assert team.add(opened, hours(4.5)) == team.next_closing(opened)


def test_a_zone_decides_when_its_team_works() -> None:
    """A team in New York opens at nine there, which is 14:00 UTC in winter and 13:00 UTC in summer."""
    team = BusinessHours("Mo-Fr 09:00-18:00", "America/New_York")
    assert team.next_opening(utc("2026-11-20 00:00")) == utc("2026-11-20 14:00")
    assert team.next_opening(utc("2026-07-20 00:00")) == utc("2026-07-20 13:00")


# Holidays


def test_a_holiday_interrupts_a_running_promise() -> None:
    """Two hours promised at five on Christmas Eve are due at ten on the Monday after Christmas."""
    team = BusinessHours("Mo-Fr 09:00-18:00; PH off", "Europe/London", (CHRISTMAS,))
    asked = local("2026-12-24 17:00", "Europe/London")
    assert team.add(asked, hours(2)) == local("2026-12-28 10:00", "Europe/London")
    assert not team.is_open(local("2026-12-25 12:00", "Europe/London"))


@pytest.mark.parametrize(
    ("opening", "span", "expected"),
    [
        ("Mo-Fr 09:00-18:00; PH 09:00-12:00", hours(2), "2026-12-25 10:00"),
        ("Mo-Fr 09:00-18:00; PH 09:00-12:00", hours(5), "2026-12-28 10:00"),
        ("Mo-Fr 09:00-18:00, PH 20:00-21:00", hours(11), "2026-12-25 21:00"),
        ("Mo-Fr 09:00-18:00; Sa,PH 10:00-12:00", hours(4), "2026-12-26 11:00"),
        ("Mo-Fr 09:00-18:00; PH,Sa off; Dec 25 15:00-16:00", hours(2), "2026-12-25 16:00"),
        ("Mo-Fr 09:00-18:00; 2026 Dec 24-28 off; PH 09:00-10:00", hours(1), "2026-12-25 10:00"),
    ],
)
def test_a_half_holiday_is_worked_by_half(opening: str, span: timedelta, expected: str) -> None:
    """A holiday with hours of its own counts those hours, here from Christmas Eve at five in the afternoon."""
    assert BusinessHours(opening, "UTC", (CHRISTMAS,)).add(utc("2026-12-24 17:00"), span) == utc(expected)


def test_a_night_shift_belongs_to_the_day_it_starts_on() -> None:
    """The night shift that begins on Christmas Eve is worked to its end, and the one of Christmas Day is not worked."""
    night = BusinessHours("22:00-06:00; PH off", "UTC", (CHRISTMAS,))
    assert night.next_closing(utc("2026-12-24 23:00")) == utc("2026-12-25 06:00")
    assert night.next_opening(utc("2026-12-25 06:00")) == utc("2026-12-26 22:00")


def test_a_holiday_is_a_day_of_the_teams_own_zone() -> None:
    """A team in Sydney is closed while it is Christmas there, whatever the date in Greenwich."""
    sydney = BusinessHours("Mo-Su 09:00-18:00; PH off", "Australia/Sydney", (CHRISTMAS,))
    assert not sydney.is_open(utc("2026-12-24 23:00"))
    assert sydney.is_open(utc("2026-12-25 23:00"))


def test_holidays_become_dates_when_the_policy_is_loaded() -> None:
    """A country and a state become the dates and names of their holidays, in order."""
    assert resolve_holidays("US", "CA", [2027, 2026])[:2] == (
        (date(2026, 1, 1), "New Year's Day"),
        (date(2026, 1, 19), "Martin Luther King Jr. Day"),
    )
    assert (date(2027, 3, 31), "Cesar Chavez Day") in resolve_holidays("US", "CA", [2026, 2027])


def test_an_unknown_country_is_refused_in_a_sentence() -> None:
    """An unknown country or subdivision is refused in a sentence."""
    with pytest.raises(ValueError, match=r'^No holidays are known for "Narnia"; write an ISO code such as "US"\.$'):
        resolve_holidays("Narnia", None, [2026])
    with pytest.raises(ValueError, match=r'^"GB" has no subdivision "CA"; it has: ENG, NIR, SCT, WLS\.$'):
        resolve_holidays("GB", "CA", [2026])


# Refusals


@pytest.mark.parametrize(
    ("opening", "zone", "sentence"),
    [
        ("Mo-Fr 09:00-18:00", "newyork", 'There is no time zone "newyork"; did you mean "America/New_York"?'),
        (
            "24/7",
            "Moon/Base",
            'There is no time zone "Moon/Base"; write an IANA name such as "Europe/London".',
        ),
        (
            "Mon-Fri 09:00-17:00",
            "UTC",
            '"Mon-Fri 09:00-17:00" is not understood at "n-Fri"; '
            'days are Mo Tu We Th Fr Sa Su and PH, as in "Mo-Fr 09:00-18:00; PH off".',
        ),
        (
            "Mo-Fr 9-17",
            "UTC",
            '"Mo-Fr 9-17": write times in full and last, such as Mo-Fr 09:00-12:00,13:00-17:00.',
        ),
        (
            "Mo-Fr 09:00-12:00 13:00-17:00",
            "UTC",
            '"Mo-Fr 09:00-12:00 13:00-17:00": write times in full and last, such as Mo-Fr 09:00-12:00,13:00-17:00.',
        ),
        ("Mo-Fr 9am-5pm", "UTC", '"Mo-Fr 9am-5pm": write the 24-hour clock, such as 09:00-17:00.'),
        (
            "Mo-Fr 09:61-17:00",
            "UTC",
            '"Mo-Fr 09:61-17:00": 09:61-17:00 is no time of day; hours start by 23:59 and end by 48:00.',
        ),
        (
            "sunrise-18:00",
            "UTC",
            '"sunrise-18:00": sun times differ every day; write times such as 09:00-18:00.',
        ),
        (
            "Fr 17:00+",
            "UTC",
            '"Fr 17:00+": an open end promises nothing; write both ends, such as 17:00-22:00.',
        ),
        ('Mo 09:00-10:00 "by phone"', "UTC", '"Mo 09:00-10:00 "by phone"": a comment decides nothing; remove it.'),
        (
            "Mo-Fr 09:00-18:00 unknown",
            "UTC",
            '"Mo-Fr 09:00-18:00 unknown": a promise cannot rest on an unknown; write when the team is open.',
        ),
        (
            "Mo-Fr 09:00-18:00; SH off",
            "UTC",
            '"SH off": school holidays (SH) are not known here; write the dates, such as "Dec 24-Jan 02 off".',
        ),
        (
            "Mo 09:00-10:00 || Tu 09:00-10:00",
            "UTC",
            '"|| Tu 09:00-10:00": fallback rules are not supported; separate rules by a semicolon.',
        ),
        (
            "Mo-Fr 12:00-13:00 off",
            "UTC",
            '"Mo-Fr 12:00-13:00 off": hours cannot be taken out of a day; write what remains, 09:00-12:00,13:00-17:00.',
        ),
        ("Apr 31 09:00-17:00", "UTC", '"Apr 31 09:00-17:00": there is no Apr 31.'),
        ("", "UTC", 'A rule of the opening hours is empty; write e.g. "Mo-Fr 09:00-18:00; PH off".'),
        (
            "Mo-Fr off",
            "UTC",
            '"Mo-Fr off" is never open from 2026 to 2027; write when the team works.',
        ),
        (
            "Mo-Fr 09:00-18:00; PH off",
            "UTC",
            '"Mo-Fr 09:00-18:00; PH off" speaks of public holidays (PH), but no holidays are given; '
            "name a country or the dates.",
        ),
        (
            "Su 01:30-05:00",
            "America/New_York",
            '"Su 01:30-05:00" starts at 01:30 on 2026-11-01, which comes twice in America/New_York, '
            "where the clocks go back; start before or after the repeated hour.",
        ),
    ],
)
def test_hours_that_cannot_be_promised_are_refused_with_a_remedy(opening: str, zone: str, sentence: str) -> None:
    """Hours that can't be promised are refused, with what is wrong and what to write instead."""
    assert problems(opening, zone, ()) == [sentence]


@pytest.mark.parametrize(
    ("opening", "sentence"),
    [
        (
            "Mo-Fr 09:00-18:00",
            'Holidays are given, but "Mo-Fr 09:00-18:00" does not say what happens on them; add "; PH off".',
        ),
        (
            "PH off; Mo-Fr 09:00-18:00",
            '"PH off; Mo-Fr 09:00-18:00" opens again on every holiday, because a later rule replaces "PH off"; '
            "put that last.",
        ),
        (
            "Mo-Fr 09:00-18:00; Dec PH off",
            '"Dec PH off": PH stands alone or in a list ("PH off", "Sa,PH 10:00-14:00"); else write the dates.',
        ),
    ],
)
def test_holidays_that_would_be_worked_by_mistake_are_refused(opening: str, sentence: str) -> None:
    """Holidays that the hours would ignore or reopen are refused."""
    assert problems(opening, "UTC", (CHRISTMAS,)) == [sentence]


def test_every_problem_is_named_at_once() -> None:
    """All mistakes in a team's hours are told at once."""
    assert len(problems("Mo 9-17; Tu 25:00-26:00; Mon 09:00-10:00", "Europe/Londno", ())) == 4


@pytest.mark.parametrize(
    ("opening", "zone", "holidays"),
    [
        ("24/7", "UTC", ()),
        ("Mo-Fr 09:00-18:00; PH off", "America/New_York", (CHRISTMAS,)),
        ("Mo-Fr 09:00-18:00; PH off; Dec 25 09:00-12:00", "UTC", (CHRISTMAS, date(2026, 5, 25))),
        ("22:00-06:00", "Europe/London", ()),
        ("00:00-24:00", "America/Havana", ()),
        ("Su 02:00-05:00", "America/New_York", ()),
        ("2031 Mo-Fr 09:00-18:00", "UTC", ()),
        ("week 10-20 09:00-18:00; Dec 24-26 off", "UTC", ()),
    ],
)
def test_hours_that_can_be_promised_are_accepted(opening: str, zone: str, holidays: tuple[date, ...]) -> None:
    """Nights, half holidays and special years are accepted."""
    assert problems(opening, zone, holidays) == []


def test_hours_that_never_come_are_an_error_and_never_a_guess() -> None:
    """A promise of a team that does not open again is an error, not a guess."""
    past = BusinessHours("2020 Mo-Fr 09:00-18:00", "UTC")
    with pytest.raises(NeverOpenError, match="does not open again within 10 years of 2026-11-20"):
        past.next_opening(utc("2026-11-20 10:00"))
    with pytest.raises(NeverOpenError, match="is not open long enough within 10 years of 2020-12-31"):
        past.add(utc("2020-12-31 17:00"), hours(1) + MINUTE)
    assert past.add(utc("2020-12-31 17:00"), hours(1)) == utc("2020-12-31 18:00")


def test_a_time_without_a_zone_is_refused() -> None:
    """A time without a zone is refused, because it is no instant."""
    naive = utc("2026-11-20 10:00").replace(tzinfo=None)
    for ask in (WEEK.is_open, WEEK.next_opening, WEEK.next_closing, ALWAYS.is_open):
        with pytest.raises(ValueError, match="names no instant"):
            ask(naive)


def test_absurd_instants_and_negative_spans_are_refused() -> None:
    """A time in the year 1 and a negative span are refused."""
    with pytest.raises(ValueError, match="from 1970 to 2199, not in 1"):
        WEEK.is_open(datetime(1, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="can only be added"):
        WEEK.add(utc("2026-11-20 10:00"), -MINUTE)


def test_hours_are_a_value() -> None:
    """Hours are equal after they were stored and read back, and give the same due times."""
    team = BusinessHours("Mo-Fr 09:00-18:00; PH off", "Europe/London", (CHRISTMAS,))
    asked = utc("2026-12-24 17:30")
    due = team.add(asked, hours(1))
    for same in (pickle.loads(pickle.dumps(team)), copy.deepcopy(team)):
        assert same == team
        assert same.add(asked, hours(1)) == due


# Brute force: every minute of ten days is looked at by itself

ZONES = (
    "UTC", "America/New_York", "Europe/London", "Australia/Sydney", "Australia/Lord_Howe", "Africa/Casablanca",
    "America/Havana", "Asia/Kathmandu", "Pacific/Apia",
)  # fmt: skip
ANCHORS = {
    "America/New_York": (date(2026, 3, 5), date(2026, 10, 29)),
    "Europe/London": (date(2026, 3, 26), date(2026, 10, 22)),
    "Australia/Sydney": (date(2026, 4, 2), date(2026, 10, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 2), date(2026, 10, 1)),
    "Africa/Casablanca": (date(2026, 2, 12), date(2026, 3, 19)),
    "America/Havana": (date(2026, 3, 5), date(2026, 10, 29)),
    # Samoa skipped the whole of 2011-12-30.
    "Pacific/Apia": (date(2011, 12, 26),),
}
TURN_OF_THE_YEAR = date(2026, 12, 28)
NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
SCAN = 14 * 24 * 60

Windows = list[tuple[int, int]]
"""A day's windows: start and end of each, in minutes after midnight."""
Calendar = tuple[BusinessHours, bytearray, datetime]
"""The hours, one byte for each minute of the scan (1 is open), and the scan's first instant."""


@lru_cache
def wall_clock(zone: str, anchor: date) -> tuple[datetime, list[datetime], dict[datetime, tuple[int, int]]]:
    """Return the scan's first instant, the local time at each minute, and each local time's first and last minute."""
    begin = datetime(anchor.year, anchor.month, anchor.day, tzinfo=UTC) - timedelta(days=2)
    shown = [(begin + n * MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for n in range(SCAN)]
    when: dict[datetime, tuple[int, int]] = {}
    for n, wall in enumerate(shown):
        when[wall] = when.get(wall, (n, n))[0], n
    return begin, shown, when


def open_minutes(week: list[Windows], holidays: dict[date, Windows], zone: str, anchor: date) -> bytearray:
    """Return one byte for each minute of the scan, 1 where the team is open, straight from the rules."""
    begin, shown, when = wall_clock(zone, anchor)
    is_open = bytearray(SCAN)
    for offset in range(-3, 15):
        day = begin.date() + timedelta(days=offset)
        for start, end in holidays.get(day, week[day.weekday()]):
            bounds: list[int] = []
            for minute, last in ((start, False), (end, True)):
                wall = datetime.combine(day, time()) + minute * MINUTE
                if wall in when:
                    bounds.append(when[wall][last])
                else:
                    # Skipped, or outside the scan: the first minute from which the clock shows a later time.
                    bounds.append(next((n for n, now in enumerate(shown) if now > wall), SCAN))
            for n in range(*bounds):
                is_open[n] = True
    return is_open


def text(windows: Windows) -> str:
    return ",".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in windows) or "off"


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    zone = draw(st.sampled_from(ZONES))
    anchor = draw(st.sampled_from((*ANCHORS.get(zone, ()), TURN_OF_THE_YEAR)))
    starts = st.one_of(st.integers(0, 95).map(lambda quarter: quarter * 15), st.integers(0, 1439))
    lengths = st.one_of(st.sampled_from((15, 30, 60, 240, 480, 1440)), st.integers(1, 1440))
    windows = st.lists(st.tuples(starts, lengths).map(lambda w: (w[0], w[0] + w[1])), max_size=3)
    week = draw(st.lists(windows, min_size=7, max_size=7))
    days = st.integers(0, 9).map(lambda n: anchor + timedelta(days=n))
    dates = draw(st.lists(days, unique=True, max_size=2).map(sorted))
    on_holidays = draw(windows)
    rules = [f"{name} {text(day)}" for name, day in zip(NAMES, week, strict=True)]
    opening = "; ".join([*rules, f"PH {text(on_holidays)}"])
    is_open = open_minutes(week, dict.fromkeys(dates, on_holidays), zone, anchor)
    return BusinessHours(opening, zone, tuple(dates)), is_open, wall_clock(zone, anchor)[0]


def agrees_with_the_count(calendar: Calendar, start: int, length: int) -> None:
    team, is_open, begin = calendar
    end = start + length
    counted = sum(is_open[start:end])
    start_at, end_at = begin + start * MINUTE, begin + end * MINUTE

    assert team.is_open(start_at) is bool(is_open[start])
    assert team.between(start_at, end_at) == counted * MINUTE

    reached, left = start, counted
    while left:
        left -= is_open[reached]
        reached += 1
    assert team.add(start_at, counted * MINUTE) == begin + reached * MINUTE

    opening, closing = is_open.find(1, start, SCAN - 1440), is_open.find(0, start, SCAN - 1440)
    if opening >= 0:
        assert team.next_opening(start_at) == begin + opening * MINUTE
    if closing >= 0:
        assert team.next_closing(start_at) == begin + closing * MINUTE


STARTS, LENGTHS = st.integers(2 * 1440, 8 * 1440), st.integers(0, 4 * 1440)


@given(calendars(), STARTS, LENGTHS)
@settings(max_examples=30, deadline=None, database=None, derandomize=True)
def test_business_time_is_the_number_of_open_minutes(calendar: Calendar, start: int, length: int) -> None:
    """Business time equals the number of open minutes for any hours, holidays and zone."""
    agrees_with_the_count(calendar, start, length)


@pytest.mark.soak
@given(calendars(), STARTS, LENGTHS)
@settings(max_examples=10_000, deadline=None, database=None)
def test_business_time_is_the_number_of_open_minutes_many_times(calendar: Calendar, start: int, length: int) -> None:
    """Ten thousand other calendars agree with the count, too."""
    agrees_with_the_count(calendar, start, length)
