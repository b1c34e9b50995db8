"""Who is on call when overrides are added while everything runs, on both databases."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.on_call.overrides import OnCall
from policies.document.rotation import Override, Rotation

MONDAY = datetime(2026, 1, 5, 9, tzinfo=ZoneInfo("Europe/Berlin"))
HOUR = timedelta(hours=1)
ROTATION = Rotation.model_validate(
    {
        "timezone": "Europe/Berlin",
        "layers": [{"people": ["ada", "ben"], "every": "weekly", "start": "2026-01-05 09:00"}],
        "overrides": [{"from": "2026-01-06 09:00", "until": "2026-01-07 09:00", "person": "ben"}],
    }
)


@pytest.fixture
def roster(engine: AsyncEngine) -> OnCall:
    """The rotations of one worker."""
    return OnCall(engine)


@pytest.fixture
def policy(conversation_id: str) -> str:
    """A policy no other test knows."""
    return conversation_id


def stands_in(person: str, start: datetime, span: timedelta, instead_of: str | None = None) -> Override:
    return Override(starts=start, until=start + span, person=person, instead_of=instead_of)


async def test_without_overrides_the_policy_says_who_is_on_call(roster: OnCall, policy: str) -> None:
    """Nobody has to add anything for the written rotation to count, its own overrides included."""
    assert await roster.people(policy, "primary", ROTATION, MONDAY) == ("ada",)
    assert await roster.people(policy, "primary", ROTATION, MONDAY + 24 * HOUR) == ("ben",)
    assert await roster.people(policy, "primary", ROTATION, MONDAY - HOUR) == ()


async def test_an_override_counts_at_once_for_every_worker(
    roster: OnCall, other_engine: AsyncEngine, policy: str
) -> None:
    """Whoever falls ill is replaced from this moment on, without a redeploy, and only for as long as was said."""
    await roster.add(policy, "primary", stands_in("cleo", MONDAY + HOUR, 2 * HOUR), by="lead", at=MONDAY)
    people = OnCall(other_engine).people
    assert await people(policy, "primary", ROTATION, MONDAY + HOUR - timedelta(microseconds=1)) == ("ada",)
    assert await people(policy, "primary", ROTATION, MONDAY + HOUR) == ("cleo",)
    assert await people(policy, "primary", ROTATION, MONDAY + 3 * HOUR) == ("ada",)


async def test_an_override_stays_in_its_rotation(roster: OnCall, policy: str) -> None:
    """Standing in for the first line does not make anybody the second, nor first line of another policy."""
    await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY)
    assert await roster.people(policy, "secondary", ROTATION, MONDAY) == ("ada",)
    assert await roster.people(policy + "-2", "primary", ROTATION, MONDAY) == ("ada",)


async def test_what_was_added_wins_over_what_was_written(roster: OnCall, policy: str) -> None:
    """The newest word counts: an added override takes the place of one in the policy, a later one of an earlier."""
    tuesday = MONDAY + 24 * HOUR
    await roster.add(policy, "primary", stands_in("cleo", tuesday, HOUR), by="lead", at=MONDAY)
    assert await roster.people(policy, "primary", ROTATION, tuesday) == ("cleo",)
    await roster.add(policy, "primary", stands_in("dan", tuesday, HOUR, "cleo"), by="lead", at=MONDAY)
    assert await roster.people(policy, "primary", ROTATION, tuesday) == ("dan",)


async def test_a_swap_is_two_overrides(roster: OnCall, policy: str) -> None:
    """Two people who change weeks are each on call in the other's week."""
    week = timedelta(weeks=1)
    second = MONDAY + week
    await roster.add(policy, "primary", stands_in("ben", MONDAY, week, "ada"), by="ada", at=MONDAY)
    await roster.add(policy, "primary", stands_in("ada", second, week, "ben"), by="ada", at=MONDAY)
    assert await roster.people(policy, "primary", ROTATION, MONDAY) == ("ben",)
    assert await roster.people(policy, "primary", ROTATION, second) == ("ada",)
    assert await roster.people(policy, "primary", ROTATION, second + week) == ("ada",)


async def test_adding_the_same_override_twice_adds_it_once(roster: OnCall, policy: str) -> None:
    """A command that was sent again, and a calendar that was imported again, change nothing."""
    first = await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY)
    again = await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="other", at=MONDAY + HOUR)
    assert again == first
    assert await roster.overrides(policy, "primary") == [first]
    assert first.added_by == "lead"


async def test_an_override_of_the_same_key_is_changed(roster: OnCall, policy: str) -> None:
    """An event that was moved in the calendar moves here at the next import."""
    await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY, key="event-1")
    await roster.add(policy, "primary", stands_in("dan", MONDAY + HOUR, HOUR), by="lead", at=MONDAY, key="event-1")
    assert await roster.people(policy, "primary", ROTATION, MONDAY) == ("ada",)
    assert await roster.people(policy, "primary", ROTATION, MONDAY + HOUR) == ("dan",)


async def test_an_override_can_be_taken_back(roster: OnCall, policy: str) -> None:
    """Whoever is well again is back on call at once; taking back twice is no harm."""
    added = await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY)
    assert await roster.remove(added.id) is True
    assert await roster.people(policy, "primary", ROTATION, MONDAY) == ("ada",)
    assert await roster.remove(added.id) is False


async def test_a_number_is_never_given_again(roster: OnCall, policy: str) -> None:
    """Taking back by an old number can't hit somebody else's override."""
    first = await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY)
    await roster.remove(first.id)
    second = await roster.add(policy, "primary", stands_in("dan", MONDAY, HOUR), by="lead", at=MONDAY)
    assert second.id != first.id


async def test_what_has_ended_is_left_out_of_what_comes(roster: OnCall, policy: str) -> None:
    """A list of overrides for the coming weeks is not full of last year's."""
    ended = await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY)
    coming = await roster.add(policy, "primary", stands_in("dan", MONDAY + HOUR, HOUR), by="lead", at=MONDAY)
    assert await roster.overrides(policy, "primary") == [ended, coming]
    assert await roster.overrides(policy, "primary", since=MONDAY + HOUR) == [coming]
    assert coming.starts_at == (MONDAY + HOUR).astimezone(UTC)


async def test_a_wall_clock_time_is_refused(roster: OnCall, policy: str) -> None:
    """A time without a zone would be another instant for every reader, so it is never stored."""
    override = Override.model_validate({"from": "2026-01-05 09:00", "until": "2026-01-05 10:00", "person": "cleo"})
    with pytest.raises(Exception, match="has no time zone"):
        await roster.add(policy, "primary", override, by="lead", at=MONDAY)


async def test_the_coming_shifts_know_what_was_added(roster: OnCall, policy: str) -> None:
    """A rotation is shown with the overrides that still count, after its own."""
    await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY)
    await roster.add(policy, "primary", stands_in("dan", MONDAY + HOUR, HOUR), by="lead", at=MONDAY)
    joined = await roster.rotation(policy, "primary", ROTATION, since=MONDAY + HOUR)
    assert [each.person for each in joined.overrides] == ["ben", "dan"]
