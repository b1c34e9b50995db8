"""Policies that a team looks for: it repeats the look-up, with longer and longer waits."""

from datetime import timedelta

from tests.policies.stories import at, minutes
from workflows.frame.sought_policy import SoughtPolicy

NEVER = 10**9


def looked(sought: SoughtPolicy, when: float, found: int = 0) -> SoughtPolicy:
    """Return the sought policy after a look-up that found version `found` (0 for none)."""
    return sought.looked(found, at(when))


def test_a_version_that_is_named_is_looked_for_at_once() -> None:
    """A new version that the first conversation names is looked for at once."""
    assert SoughtPolicy(policy="first", version=2).is_due(at(0))


def test_the_waits_grow_up_to_an_hour() -> None:
    """After each look-up in vain the wait doubles, up to an hour for a version that does not exist."""
    sought, waits = SoughtPolicy(policy="first", version=NEVER), list[timedelta]()
    for _ in range(7):
        sought = looked(sought, 0, found=1)
        assert sought.look_at is not None
        waits.append(sought.look_at - at(0))
    assert waits == [minutes(count) for count in (5, 10, 20, 40, 60, 60, 60)]
    assert not sought.is_due(at(59))
    assert sought.is_due(at(60))


def test_a_version_that_was_found_is_not_looked_for_again() -> None:
    """A version that was found is not looked for again, nor is an earlier one; a later one is at once."""
    sought = looked(SoughtPolicy(policy="first", version=2), 0, found=2)
    assert (sought.is_found, sought.look_at, sought.named("first", 1)) == (True, None, sought)
    assert sought.named("first", 3).is_due(at(0))


def test_a_version_that_is_named_anew_waits_five_minutes_at_most() -> None:
    """A team that waits for an invented version looks for a newly named one within five minutes."""
    sought = SoughtPolicy(policy="first", version=NEVER)
    for _ in range(7):
        sought = looked(sought, 0)
    assert sought.named("first", NEVER).look_at == at(60)
    assert sought.named("first", 2).look_at == at(5)
    assert sought.named("first", 2).named("first", NEVER).look_at == at(5)


def test_several_policies_are_looked_for_in_turn() -> None:
    """An invented policy does not make a team forget the policy that it started with."""
    sought = looked(SoughtPolicy(policy="first"), 0).named("invented", 7)
    asked = [sought.policy]
    for _ in range(2):
        sought = looked(sought, 5).next()
        asked.append(sought.policy)
    assert asked == ["invented", "first", "invented"]


def test_a_policy_without_the_team_is_out_of_turn() -> None:
    """A policy that was found and does not have the team is not looked for again."""
    sought = looked(looked(SoughtPolicy(policy="first"), 0).named("other", 1), 5, found=1).next()
    assert (sought.policy, sought.others) == ("first", ())
