"""The person on call when overrides are added while everything runs, on both databases."""

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
    """Return the rotations as one worker reads them."""
    return OnCall(engine)


@pytest.fixture
def policy(conversation_id: str) -> str:
    """Return the name of a policy that no other test uses."""
    return conversation_id


def stands_in(person: str, start: datetime, span: timedelta, instead_of: str | None = None) -> Override:
    return Override(starts=start, until=start + span, person=person, instead_of=instead_of)


async def test_without_overrides_the_policy_says_who_is_on_call(roster: OnCall, policy: str) -> None:
    """Without added overrides the policy's rotation decides, with the overrides written in it."""
    assert await roster.people(policy, "primary", ROTATION, MONDAY) == ("ada",)
    assert await roster.people(policy, "primary", ROTATION, MONDAY + 24 * HOUR) == ("ben",)
    assert await roster.people(policy, "primary", ROTATION, MONDAY - HOUR) == ()


async def test_an_override_counts_at_once_for_every_worker(
    roster: OnCall, other_engine: AsyncEngine, policy: str
) -> None:
    """A person who falls ill is replaced at once, in all workers and without a redeploy, for the given time."""
    await roster.add(policy, "primary", stands_in("cleo", MONDAY + HOUR, 2 * HOUR), by="lead", at=MONDAY)
    people = OnCall(other_engine).people
    assert await people(policy, "primary", ROTATION, MONDAY + HOUR - timedelta(microseconds=1)) == ("ada",)
    assert await people(policy, "primary", ROTATION, MONDAY + HOUR) == ("cleo",)
    assert await people(policy, "primary", ROTATION, MONDAY + 3 * HOUR) == ("ada",)


async def test_an_override_stays_in_its_rotation(roster: OnCall, policy: str) -> None:
    """An override for one rotation counts neither in another rotation nor under another policy."""
    await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY)
    assert await roster.people(policy, "secondary", ROTATION, MONDAY) == ("ada",)
    assert await roster.people(policy + "-2", "primary", ROTATION, MONDAY) == ("ada",)


async def test_an_added_override_wins_over_a_written_one(roster: OnCall, policy: str) -> None:
    """An added override wins over one in the policy, and a later one over an earlier one."""
    tuesday = MONDAY + 24 * HOUR
    await roster.add(policy, "primary", stands_in("cleo", tuesday, HOUR), by="lead", at=MONDAY)
    assert await roster.people(policy, "primary", ROTATION, tuesday) == ("cleo",)
    await roster.add(policy, "primary", stands_in("dan", tuesday, HOUR, "cleo"), by="lead", at=MONDAY)
    assert await roster.people(policy, "primary", ROTATION, tuesday) == ("dan",)


async def test_a_swap_is_two_overrides(roster: OnCall, policy: str) -> None:
    """Two people who swap weeks are each on call in the other's week."""
    week = timedelta(weeks=1)
    second = MONDAY + week
    await roster.add(policy, "primary", stands_in("ben", MONDAY, week, "ada"), by="ada", at=MONDAY)
    await roster.add(policy, "primary", stands_in("ada", second, week, "ben"), by="ada", at=MONDAY)
    assert await roster.people(policy, "primary", ROTATION, MONDAY) == ("ben",)
    assert await roster.people(policy, "primary", ROTATION, second) == ("ada",)
    assert await roster.people(policy, "primary", ROTATION, second + week) == ("ada",)


async def test_adding_the_same_override_twice_adds_it_once(roster: OnCall, policy: str) -> None:
    """A command or a calendar import that is repeated changes nothing."""
    first = await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY)
    again = await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="other", at=MONDAY + HOUR)
    assert again == first
    assert await roster.overrides(policy, "primary") == [first]
    assert first.added_by == "lead"


async def test_an_override_of_the_same_key_is_changed(roster: OnCall, policy: str) -> None:
    """An event that was moved in the calendar moves the override at the next import."""
    await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY, key="event-1")
    await roster.add(policy, "primary", stands_in("dan", MONDAY + HOUR, HOUR), by="lead", at=MONDAY, key="event-1")
    assert await roster.people(policy, "primary", ROTATION, MONDAY) == ("ada",)
    assert await roster.people(policy, "primary", ROTATION, MONDAY + HOUR) == ("dan",)


async def test_an_override_can_be_taken_back(roster: OnCall, policy: str) -> None:
    """When an override is removed, the rotation counts again at once; removing it twice does no harm."""
    added = await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY)
    assert await roster.remove(added.id) is True
    assert await roster.people(policy, "primary", ROTATION, MONDAY) == ("ada",)
    assert await roster.remove(added.id) is False


async def test_a_number_is_never_given_again(roster: OnCall, policy: str) -> None:
    """The number of a removed override is never used again, so an old number can't remove another override."""
    first = await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY)
    await roster.remove(first.id)
    second = await roster.add(policy, "primary", stands_in("dan", MONDAY, HOUR), by="lead", at=MONDAY)
    assert second.id != first.id


async def test_ended_overrides_are_not_among_the_coming_ones(roster: OnCall, policy: str) -> None:
    """A list of coming overrides leaves out those that have ended."""
    ended = await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY)
    coming = await roster.add(policy, "primary", stands_in("dan", MONDAY + HOUR, HOUR), by="lead", at=MONDAY)
    assert await roster.overrides(policy, "primary") == [ended, coming]
    assert await roster.overrides(policy, "primary", since=MONDAY + HOUR) == [coming]
    assert coming.starts_at == (MONDAY + HOUR).astimezone(UTC)


async def test_a_wall_clock_time_is_refused(roster: OnCall, policy: str) -> None:
    """A time without a zone would be another instant for every reader, so it is refused."""
    override = Override.model_validate({"from": "2026-01-05 09:00", "until": "2026-01-05 10:00", "person": "cleo"})
    with pytest.raises(Exception, match="has no time zone"):
        await roster.add(policy, "primary", override, by="lead", at=MONDAY)


async def test_the_coming_shifts_know_what_was_added(roster: OnCall, policy: str) -> None:
    """A rotation is shown with its own overrides, then the added ones that have not ended."""
    await roster.add(policy, "primary", stands_in("cleo", MONDAY, HOUR), by="lead", at=MONDAY)
    await roster.add(policy, "primary", stands_in("dan", MONDAY + HOUR, HOUR), by="lead", at=MONDAY)
    joined = await roster.rotation(policy, "primary", ROTATION, since=MONDAY + HOUR)
    assert [each.person for each in joined.overrides] == ["ben", "dan"]
