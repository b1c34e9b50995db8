"""Hard cases: daylight saving time, holidays, nights, and hours that never come."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, reset_tzpath

import pytest

from policies.deadlines import next_deadline
from policies.loading.load import PolicyError, load_policy
from policies.time import hours
from policies.time.hours import BusinessHours, NeverOpenError
from tests.policies.stories import ACME, START, Play, at, policy_of

HOUR = 60
DAY = 24 * HOUR
DAYTIME = ACME.replace(", after_hours: on-call", "")
OVERNIGHT = DAYTIME.replace("Mo-Fr 09:00-17:00; PH off", "Mo-Fr 22:00-06:00; PH off")


def due(base: str, began: datetime, clock: str = "first_response.1") -> datetime | None:
    """Return when the clock of a conversation that begins at that instant is due."""
    return Play(policy_of(base=base), began=(began - START) / timedelta(minutes=1)).clock(clock).due_at


def in_zone(zone: str, opening: str = "Mo-Su 00:00-24:00") -> str:
    """Return ACME's policy in this zone with these hours, and a first response within four hours."""
    return (
        DAYTIME.replace("timezone: UTC", f"timezone: {zone}")
        .replace('{open: "Mo-Fr 09:00-17:00; PH off", holidays: [2026-01-06]}', f'{{open: "{opening}"}}')
        .replace("first_response: 20m, next", "first_response: 4h, next")
    )


@pytest.mark.parametrize(
    ("zone", "began", "expected"),
    [
        ("America/New_York", "2026-03-08T00:00", "2026-03-08T05:00"),
        ("America/New_York", "2026-11-01T00:00", "2026-11-01T03:00"),
        ("Europe/London", "2026-03-29T00:00", "2026-03-29T05:00"),
        ("Europe/London", "2026-10-25T00:00", "2026-10-25T03:00"),
        ("Australia/Sydney", "2026-10-04T00:00", "2026-10-04T05:00"),
        ("Australia/Sydney", "2026-04-05T00:00", "2026-04-05T03:00"),
        ("Australia/Lord_Howe", "2026-10-04T00:00", "2026-10-04T04:30"),
        ("Australia/Lord_Howe", "2026-04-05T00:00", "2026-04-05T03:30"),
        ("Africa/Casablanca", "2026-02-15T00:00", "2026-02-15T03:00"),
        ("Africa/Casablanca", "2026-03-22T00:00", "2026-03-22T05:00"),
    ],
)
def test_row_dst_four_hours_are_four_hours(zone: str, began: str, expected: str) -> None:
    """In the night when clocks change, a promise of four hours takes four hours of elapsed time."""
    local = ZoneInfo(zone)
    found = due(in_zone(zone), datetime.fromisoformat(began).replace(tzinfo=local).astimezone(UTC))
    assert found is not None
    assert found.astimezone(local).strftime("%Y-%m-%dT%H:%M") == expected


def test_row_dst_a_working_day_stays_a_working_day() -> None:
    """A question on Friday at 16:00 is due on Monday at 12:00 local time, also when clocks change in between."""
    zone = ZoneInfo("America/New_York")
    base = in_zone("America/New_York", "Mo-Fr 09:00-17:00")
    fridays = [datetime(2026, month, day, 16, tzinfo=zone) for month, day in ((2, 27), (3, 6), (10, 30), (11, 6))]
    found = [due(base, friday.astimezone(UTC)) for friday in fridays]
    assert [at_.astimezone(zone).strftime("%a %H:%M") for at_ in found if at_] == ["Mon 12:00"] * 4


def test_row_holidays_inside_a_running_clock() -> None:
    """Seven hours from Monday at eleven: six on Monday, none on the holiday, and the last one on Wednesday."""
    assert due(DAYTIME, at(HOUR), "resolution.1") == at(47 * HOUR + HOUR)


def test_row_holidays_can_be_half_days() -> None:
    """A holiday that is worked until noon counts three hours."""
    base = DAYTIME.replace("PH off", "PH 09:00-12:00")
    assert due(base, at(4 * HOUR), "resolution.1") == at(47 * HOUR + HOUR)


@pytest.mark.parametrize(("zone", "team"), [("Pacific/Auckland", "on-call"), ("America/New_York", "tier-1")])
def test_row_holidays_are_days_of_their_own_zone(zone: str, team: str) -> None:
    """At 15:00 UTC on the 5th, the holiday of the 6th has begun in Auckland but not in New York."""
    base = ACME.replace("timezone: UTC", f"timezone: {zone}").replace("Mo-Fr 09:00-17:00", "Mo-Fr 00:00-24:00")
    assert Play(policy_of(base=base), began=5 * HOUR).now.responsible.team == team


def test_row_overnight_shift_runs_through_midnight() -> None:
    """With hours from 22:00 to 06:00, twenty minutes from 23:50 end at ten past midnight."""
    base = OVERNIGHT.replace(", holidays: [2026-01-06]", "").replace("; PH off", "")
    assert due(base, datetime(2026, 1, 5, 23, 50, tzinfo=UTC)) == datetime(2026, 1, 6, 0, 10, tzinfo=UTC)
    assert due(base, datetime(2026, 1, 9, 5, 50, tzinfo=UTC)) == datetime(2026, 1, 9, 22, 10, tzinfo=UTC)
    assert due(base, datetime(2026, 1, 10, 5, 50, tzinfo=UTC)) == datetime(2026, 1, 12, 22, 10, tzinfo=UTC)


def test_row_overnight_shift_belongs_to_the_day_it_begins() -> None:
    """The night before a holiday is worked to its end; the night that begins on the holiday is not."""
    assert due(OVERNIGHT, datetime(2026, 1, 6, 5, 50, tzinfo=UTC)) == datetime(2026, 1, 7, 22, 10, tzinfo=UTC)


def test_row_overnight_midnight_loses_no_minute() -> None:
    """Hours that end and begin again at noon and at midnight count as open all day: three days have 72 hours."""
    joined = BusinessHours("Mo-Su 00:00-12:00,12:00-24:00", "UTC")
    assert joined.between(at(0), at(3 * DAY)) == timedelta(hours=72)
    assert joined.add(at(0), timedelta(hours=72)) == at(3 * DAY)


def refusal(text: str) -> str:
    """Return the text with which the policy is refused."""
    with pytest.raises(PolicyError) as refused:
        load_policy(text, file="acme.yaml", today=START.date())
    return str(refused.value)


def test_row_no_open_hours_is_refused_at_load() -> None:
    """A policy with hours that never open is refused, with the place and the remedy."""
    plain = '{open: "%s"}'
    written = '{open: "Mo-Fr 09:00-17:00; PH off", holidays: [2026-01-06]}'
    found = [refusal(ACME.replace(written, plain % opening)) for opening in ("Mo-Fr off", "2026 Mo-Fr 09:00-17:00")]
    assert found == [
        'acme.yaml:5:20: "Mo-Fr off" is never open from 2026 to 2027; write when the team works.',
        'acme.yaml:5:20: "2026 Mo-Fr 09:00-17:00" is never open from 2029 on; write hours that go on, without a year.',
    ]


def test_row_one_day_has_no_meaning_in_business_hours() -> None:
    """`1d` in business hours has no fixed length and is refused; around the clock it is 24 hours."""
    assert "`1d` is unclear in the business hours `business`" in refusal(
        ACME.replace("resolution: 7h", "resolution: 1d")
    )
    always = ACME.replace("resolution: 7h, at_risk: 50%, hours: business", "resolution: 1d, at_risk: 50%")
    assert due(always, at(0), "resolution.1") == at(DAY)


def test_row_warnings_are_given_in_business_time() -> None:
    """Half of twenty minutes from five minutes before closing is used five minutes after opening, and not at night."""
    play = Play(policy_of(base=DAYTIME), began=7 * HOUR - 5)
    following = next_deadline(play.now, play.policy)
    assert following is not None
    assert (following.at, following.what) == (at(47 * HOUR + 5), "First response at risk (50%)")


def test_row_warnings_about_silence_wait_for_the_morning() -> None:
    """A wait is counted in the team's hours: fifteen minutes from 16:50 on Monday end on Wednesday at 9:05."""
    policy = policy_of("rules: [{name: nudge, on: {waiting: 15m}, do: [{tag: nudged}]}]\n", base=DAYTIME)
    play = Play(policy, began=7 * HOUR - 10)
    play.wake(47 * HOUR + 4)
    assert play.now.contact.tags == ()
    play.wake(47 * HOUR + 5)
    assert play.now.contact.tags == ("nudged",)


def test_row_after_hours_then_open_again() -> None:
    """A timer that rings days late moves the conversation at five to on call and at nine back to Tier 1, once each."""
    play = Play()
    play.answer(5)
    play.customer(6.75 * HOUR)
    play.wake(48 * HOUR)
    assert [(stint.team, stint.since) for stint in play.now.responsible.path] == [
        ("tier-1", at(0)),
        ("on-call", at(7 * HOUR)),
        ("tier-1", at(47 * HOUR)),
    ]


@pytest.fixture
def zone_rules(tmp_path: Path) -> Iterator[Callable[[str, str], None]]:
    """Return a function that installs other rules for a zone, as an update of the worker's machine would."""

    def forget(paths: Sequence[str] | None) -> None:
        reset_tzpath(paths)
        ZoneInfo.clear_cache()
        hours._year.cache_clear()  # pyright: ignore[reportPrivateUsage]

    def install(zone: str, like: str) -> None:
        target = tmp_path / zone
        target.parent.mkdir(parents=True)
        target.write_bytes(next(path for folder in TZPATH if (path := Path(folder, like)).exists()).read_bytes())
        forget([str(tmp_path)])

    yield install
    forget(None)


def test_row_dst_new_zone_rules_count_from_the_next_computation(zone_rules: Callable[[str, str], None]) -> None:
    """New York ends daylight saving time during a pause: the rest of the time is counted by the new local time."""
    friday = 60 * DAY + 11 * HOUR  # 6 March, 16:00 EST; Monday at 9 would have been 13:00 UTC
    play = Play(policy_of(base=DAYTIME.replace("timezone: UTC", "timezone: America/New_York")), began=friday + 50)
    assert play.clock("first_response.1").due_at == datetime(2026, 3, 9, 13, 10, tzinfo=UTC)
    play.tell("status_changed", friday + 52, status="pending_customer")
    zone_rules("America/New_York", "America/Panama")
    play.tell("status_changed", friday + 53, status="open")
    assert play.clock("first_response.1").due_at == datetime(2026, 3, 9, 14, 11, tzinfo=UTC)


def test_row_same_instant_no_conversation_is_put_off() -> None:
    """Fifty conversations of a night are due at the same instant of the morning: none of them is delayed."""
    policy = policy_of(base=DAYTIME)
    plays = [Play(policy, began=8 * HOUR + 10 * number) for number in range(50)]
    ahead = {deadline.at for play in plays if (deadline := next_deadline(play.now, policy))}
    assert ahead == {at(47 * HOUR + 10)}
    for play in plays:
        play.wake(47 * HOUR + 20)
    breached = {entry.at for play in plays for entry in play.now.told.timeline if entry.kind == "clock_breached"}
    assert breached == {at(47 * HOUR + 20)}


def test_row_no_open_hours_at_run_time_are_an_error_and_never_a_guess() -> None:
    """Hours that end while a clock runs raise an error instead of giving a wrong due time."""
    ended = BusinessHours("2026 Mo-Fr 09:00-17:00", "UTC")
    with pytest.raises(NeverOpenError, match="is not open long enough within 10 years of 2026-12-31"):
        ended.add(datetime(2026, 12, 31, 16, tzinfo=UTC), timedelta(hours=2))
