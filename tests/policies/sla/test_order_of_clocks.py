"""All events that start, stop or move a clock, in any order of arrival: the same end and the same record."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.running.policy import Policy
from policies.state.events import Absorbed, Fact, Held, Merged, Released, Snoozed, Woken
from tests.policies.stories import ACME, at, fact, policy_of, started
from tests.policies.test_order import EVERY, brute_force, check_orders, tell

OWNING = ACME.replace(
    "resolution: 7h, at_risk: 50%",
    "resolution: 7h, ownership: 3h, pause_budget: 1h, at_risk: [50%, 75%], "
    "special: [{priority: urgent, first_response: 5m}, {customer_tier: gold, next_response: 15m, resolution: 4h}]",
)
EVERYTHING = policy_of(
    """
rules:
  - {name: outage, on: tag_added, when: 'event.tag == "outage"', do: [{set_priority: urgent}]}
  - {name: over, on: tag_removed, when: 'event.tag == "outage"', do: [{set_priority: normal}]}
  - {name: half, on: {clock: first_response, at: 50%}, do: [{notify: "slack:#half"}]}
  - {name: late, on: {clock: first_response, at: breach}, do: [{escalate: next}, {notify: "slack:#late"}]}
  - {name: kept too long, on: {clock: ownership, at: breach}, do: [{tag: stale}]}
  - {name: quiet, on: {assignee_silent: 30m}, do: [{tag: quiet}]}
  - {name: remind, on: {customer_silent: 2h}, do: [{reply: "Are you still there?"}]}
  - {name: close, on: {customer_silent: 4h}, do: [{resolve: "No word from the customer"}]}
  - {name: spam, on: tag_added, when: 'event.tag == "spam"', do: [{resolve: "Spam"}]}
""",
    base=OWNING,
)


def held(when: float) -> Fact:
    """Return a hold."""
    return Held(event_id=f"h{when:g}", occurred_at=at(when), source="command", by="anna", note="n")


def released(when: float) -> Fact:
    """Return a release."""
    return Released(event_id=f"l{when:g}", occurred_at=at(when), source="command", by="anna")


def snoozed(when: float) -> Fact:
    """Return a snooze of one hour."""
    return Snoozed(event_id=f"z{when:g}", occurred_at=at(when), source="command", by="anna", until=at(when + 60))


def woken(when: float) -> Fact:
    """Return the end of a snooze."""
    return Woken(event_id=f"w{when:g}", occurred_at=at(when), source="command", by="anna")


def absorbed(when: float) -> Fact:
    """Return a merge of another conversation into this one; its customer had waited twenty minutes."""
    return Absorbed(event_id=f"a{when:g}", occurred_at=at(when), other="b", waiting_since=at(when - 20))


def merged(when: float) -> Fact:
    """Return a merge of this conversation into another."""
    return Merged(event_id=f"m{when:g}", occurred_at=at(when), into="b")


def told(name: str, **body: Any) -> Callable[[float], Fact]:
    """Return a maker of this signal, for an instant that is chosen later."""
    return lambda when: fact(name, when, event_id=f"{name}-{'-'.join(map(str, body.values()))}-{when:g}", **body)


MAKERS: tuple[Callable[[float], Fact], ...] = (
    held,
    released,
    snoozed,
    woken,
    absorbed,
    merged,
    told("message", author="customer"),
    told("message", author="agent", author_id="anna"),
    told("message", author="agent", author_id="baton"),
    told("status_changed", status="pending_customer"),
    told("status_changed", status="open"),
    told("status_changed", status="resolved"),
    told("status_changed", status="on_hold", by="baton"),
    told("reassigned", team="tier-2", assignee="ben"),
    told("reassigned", team="tier-1"),
    told("reassigned", team="billing", by="baton"),
    told("customer_updated", tier="gold"),
    told("tag_added", tag="outage"),
    told("tag_removed", tag="outage"),
    told("tag_added", tag="spam"),
)

SIXES = {
    "hold, pause and urgency": [
        started(),
        told("status_changed", status="pending_customer")(4),
        held(6),
        told("tag_added", tag="outage")(30),
        released(70),
        told("message", author="customer")(150),
    ],
    "merge and reopen": [
        started(),
        told("message", author="agent", author_id="anna")(5),
        merged(9),
        absorbed(30),
        told("message", author="customer")(31),
        told("status_changed", status="resolved")(50),
    ],
    "snooze, silence and other hands": [
        started(),
        told("reassigned", team="tier-2", assignee="ben")(3),
        snoozed(5),
        told("message", author="agent", author_id="ben")(35),
        told("reassigned", team="billing", by="baton")(40),
        told("customer_updated", tier="gold")(90),
    ],
}


@EVERY
@pytest.mark.parametrize("name", SIXES)
def test_every_order_of_six_events_of_the_clocks(name: str, every: int) -> None:
    """Holds, pauses, merges, snoozes and other teams in any order of arrival: the same clocks and the same record."""
    check_orders(SIXES[name], EVERYTHING, every, until=600)


STORIES = st.lists(st.tuples(st.sampled_from(MAKERS), st.integers(1, 700)), max_size=16, unique_by=lambda pair: pair[1])


def check_any_order(pairs: list[tuple[Callable[[float], Fact], int]], chance: random.Random, policy: Policy) -> None:
    """Check one story in order and shuffled, with timers that ring in between."""
    story = [started(), *(make(when) for make, when in pairs)]
    shuffled = chance.sample(story, len(story))
    wakes = [chance.randrange(90) for _ in story]
    expected = brute_force(story, policy, at(2500))
    in_order, _ = tell(sorted(story, key=lambda event: event.occurred_at), policy, until=2500)
    out_of_order, effects = tell(shuffled, policy, until=2500, wakes=wakes)
    assert in_order.situation == expected
    assert out_of_order.situation == expected
    assert len({effect.key for effect in effects}) == len(effects)


@settings(max_examples=40, deadline=None)
@given(STORIES, st.randoms(use_true_random=False))
def test_any_order_of_clock_events_ends_the_same(
    pairs: list[tuple[Callable[[float], Fact], int]], chance: random.Random
) -> None:
    """The order in which a conversation hears of events does not change its clocks."""
    check_any_order(pairs, chance, EVERYTHING)


@pytest.mark.soak
@settings(max_examples=4000, deadline=None)
@given(STORIES, st.randoms(use_true_random=False))
def test_any_order_of_clock_events_many_times(
    pairs: list[tuple[Callable[[float], Fact], int]], chance: random.Random
) -> None:
    """Thousands of other stories end the same in any order, too."""
    check_any_order(pairs, chance, EVERYTHING)


@pytest.mark.soak
def test_three_thousand_shuffles_of_a_long_story() -> None:
    """One story of forty events over two days ends the same in three thousand orders of arrival."""
    chance = random.Random(7)
    makers = [make for make in MAKERS if make is not merged] * 2
    story = [started(), *(make(17 * number + 5) for number, make in enumerate(chance.sample(makers, 38)))]
    expected = brute_force(story, EVERYTHING, at(2500))
    for _ in range(3000):
        conversation, _ = tell(chance.sample(story, len(story)), EVERYTHING, until=2500)
        assert conversation.situation == expected
