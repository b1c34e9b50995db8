"""Scenarios of one subject each: its facts end the same in any order of arrival.

Each subject has a module beside this one, with six facts or a strategy that draws stories, or both. `test_order.py`
plays them all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from policies.running.policy import Policy
from policies.state.conversation import Conversation
from policies.state.effects import AnyEffect
from policies.state.events import Fact
from policies.state.situation import Situation
from tests.policies.order.telling import brute_force, orders, tell
from tests.policies.stories import at

Checked = Callable[[Conversation, Sequence[AnyEffect]], object]
"""A check of what the outside world was told in one order of arrival; it fails by itself."""


def nothing_more(_conversation: Conversation, _effects: Sequence[AnyEffect]) -> None:
    """Check nothing beyond the situation and the keys of the effects."""


@dataclass(frozen=True)
class Scenario:
    """One policy, the minute at which every order of arrival has ended, and what else is checked there."""

    name: str
    policy: Policy
    until: float
    also: Checked = nothing_more

    def __str__(self) -> str:
        return self.name

    def check(self, expected: Situation, order: Sequence[Fact], wakes: Sequence[float] = ()) -> None:
        """Check that this order of arrival ends in the expected situation, and that no effect's key comes twice."""
        conversation, effects = tell(order, self.policy, until=self.until, wakes=wakes)
        assert conversation.situation == expected
        assert len({effect.key for effect in effects}) == len(effects)
        self.also(conversation, effects)


@dataclass(frozen=True, kw_only=True)
class Six(Scenario):
    """At most six facts, told in many or all of their orders; `ends` is true for the situation after them."""

    facts: Sequence[Fact]
    ends: Callable[[Situation], bool]

    def check_orders(self, every: int) -> None:
        """Check every `every`th order of arrival."""
        expected = brute_force(self.facts, self.policy, at(self.until))
        assert self.ends(expected)
        for order in orders(self.facts, every):
            self.check(expected, order)


@dataclass(frozen=True, kw_only=True)
class Stories(Scenario):
    """Stories drawn at random."""

    drawn: st.SearchStrategy[list[Fact]]

    def check_story(self, story: Sequence[Fact], chance: Random) -> None:
        """Check one story in order and shuffled, with timers that ring in between."""
        expected = brute_force(story, self.policy, at(self.until))
        self.check(expected, sorted(story, key=lambda event: event.occurred_at))
        self.check(expected, chance.sample(story, len(story)), [chance.randrange(90) for _ in story])
