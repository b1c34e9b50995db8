"""A target that a change makes shorter than the time used, by any of the ways in which a target can change."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.decide import decide_all
from policies.state.effects import Notify
from policies.state.events import Absorbed, Fact
from policies.state.situation import Situation
from tests.cases import case
from tests.policies.order import clocks
from tests.policies.stories import ACME, Play, at, change_over, fact, policy_of, reasons

HOUR = 60
SPECIAL = "special: [{%s, first_response: 10m, next_response: 10m}]"
LATE = '{name: late, on: [{clock: first_response}, {clock: next_response}], do: [{notify: "slack:#late"}]}'
RAISED = f"rules: [{{name: up, on: tag_added, do: [{{set_priority: urgent}}]}}, {LATE}]\n"


def play_under(condition: str, rules: str = f"rules: [{LATE}]\n") -> Play:
    """Play a conversation whose customer has 20 minutes, and 10 where the condition holds."""
    special = SPECIAL % condition
    return Play(policy_of(rules, base=ACME.replace("at_risk: 50%, hours", f"at_risk: 50%, {special}, hours", 1)))


def by_priority(stop: Callable[[Play], None]) -> tuple[Play, str]:
    """Raise the priority."""
    play = play_under("priority: urgent", RAISED)
    stop(play)
    play.tell("tag_added", 30, tag="outage")
    return play, "first_response.1"


def by_team(stop: Callable[[Play], None]) -> tuple[Play, str]:
    """Give it to a team with a shorter target."""
    play = play_under("team: tier-1")
    play.tell("reassigned", 1, team="tier-2")
    stop(play)
    play.tell("reassigned", 30, team="tier-1")
    return play, "first_response.1"


def by_customer_tier(stop: Callable[[Play], None]) -> tuple[Play, str]:
    """Learn that the customer has a better contract."""
    play = play_under("customer_tier: gold")
    stop(play)
    play.tell("customer_updated", 30, tier="gold")
    return play, "first_response.1"


def by_adopting(stop: Callable[[Play], None]) -> tuple[Play, str]:
    """Adopt a policy with a shorter target."""
    rules = f"rules: [{LATE}]\n"
    play = Play(policy_of(rules))
    stop(play)
    change_over(play, policy_of(rules, base=ACME.replace("first_response: 20m", "first_response: 10m")), "carry", 30)
    return play, "first_response.1"


def by_merging(stop: Callable[[Play], None]) -> tuple[Play, str]:
    """Take over the wait of a customer who has waited for longer elsewhere."""
    play = Play(policy_of(f"rules: [{LATE}]\n"))
    play.answer(1)
    play.customer(2)
    stop(play)
    play.feed(Absorbed(event_id="a", occurred_at=at(30), other="b", waiting_since=at(-15)), 30)
    return play, "next_response.1"


def on_hold(play: Play) -> None:
    """Stop the clocks on behalf of an operator."""
    play.command("hold", 15, note="The supplier is down")


def pending(play: Play) -> None:
    """Stop the clocks, because the customer has to say something first."""
    play.tell("status_changed", 15, status="pending_customer")


WAYS = [by_priority, by_team, by_customer_tier, by_adopting, by_merging]


@pytest.mark.parametrize("stop", [on_hold, pending])
@pytest.mark.parametrize("way", WAYS)
def test_row_priority_raised_while_the_clock_stands_still(
    way: Callable[..., Any], stop: Callable[[Play], None]
) -> None:
    """A change that makes a target shorter than the time already used is a breach from then on, also during a pause."""
    play, clock = way(stop)
    if (way, stop) == (by_merging, pending):  # the merged customer's message has ended that pause
        play.wake(30)
    play.wake(31)
    assert [(entry.kind, entry.at) for entry in play.now.told.timeline if entry.clock == clock][-1] == (
        "clock_breached",
        at(30),
    )
    assert [effect.target for effect in play.asked(Notify)] == ["slack:#late"]
    play.answer(40)
    if stop is on_hold:
        play.command("release", 41)
    play.wake(3 * HOUR)
    assert (play.clock(clock).state, play.clock(clock).ended_at) == ("breached", at(40))
    assert [entry.kind for entry in play.now.told.timeline if entry.clock == clock].count("clock_breached") == 1


def test_the_verdict_says_what_was_used_and_what_was_promised() -> None:
    """Fifteen minutes used of twenty, and then the target becomes ten: the answer is late after fifteen of ten."""
    play, _ = by_priority(pending)
    assert "First response breached by the change: 15m used of 10m" in reasons(play.decisions[-1])
    assert reasons(play.answer(40))[-1] == "First response late after 15m, target 10m"


def test_exactly_the_target_is_in_time() -> None:
    """A promise that stands still with exactly the new target used is not late: at the due time is in time."""
    play = play_under("priority: urgent", RAISED)
    play.tell("status_changed", 10, status="pending_customer")
    play.tell("tag_added", 30, tag="outage")
    play.wake(31)
    play.answer(40)
    assert play.clock("first_response.1").state == "met"


def test_an_answer_at_the_instant_of_the_change_comes_before_it() -> None:
    """An answer at the very instant of the change comes before it, whatever their ids: it is in time."""
    play = play_under("priority: urgent", RAISED)
    change = fact("tag_added", 15, tag="outage", event_id="1")
    answer = fact("message", 15, author="agent", author_id="anna", text="Hello.", event_id="2")
    decision = decide_all(play.conversation, (change, answer), at(20), policy=play.policy)
    assert [line for line in reasons(decision) if "First response" in line] == [
        "First response at risk: 50% of 20m used, due Mon 5 Jan 10:20 UTC",
        "First response met after 15m of 20m",
    ]
    assert [effect for effect in decision.effects if isinstance(effect, Notify)] == []


def test_a_rule_that_changes_the_target_and_resolves_keeps_no_promise_late() -> None:
    """A rule may shorten a promise and resolve in one go: the promise is late, not met after more than its target."""
    base = ACME.replace("at_risk: 50%, hours", "at_risk: 50%, special: [{priority: urgent, resolution: 1h}], hours", 1)
    rules = "rules: [{name: spam, on: tag_added, do: [{set_priority: urgent}, {resolve: Spam}]}]\n"
    play = Play(policy_of(rules, base=base))
    play.answer(5)
    play.tell("tag_added", 2 * HOUR, tag="spam")
    assert reasons(play.decisions[-1])[-2:] == [
        "Resolution breached by the change: 2h used of 1h",
        "Resolution late after 2h, target 1h",
    ]


def test_a_promise_of_an_older_edition_ends_as_it_began() -> None:
    """A conversation of edition 2 judges a standing clock as before, so that its history can be replayed."""
    base = ACME.replace("at_risk: 50%, hours", f"at_risk: 50%, {SPECIAL % 'priority: urgent'}, hours", 1)
    play = Play(policy_of(RAISED, base=base), edition=2)
    pending(play)
    play.tell("tag_added", 30, tag="outage")
    play.answer(40)
    assert play.clock("first_response.1").state == "met"


TARGETS = "first_response: 20m, next_response: 30m, resolution: 7h"
POLICIES = [
    policy_of(case("policies/order/clocks"), base=clocks.OWNING.replace(TARGETS, targets))
    for targets in (TARGETS, "first_response: 4m, next_response: 6m, resolution: 2h", "next_response: 3h")
]
_MADE = st.tuples(st.sampled_from(clocks.MAKERS), st.integers(1, 240))
_ADOPTED = st.tuples(st.sampled_from(["carry", "restart"]), st.integers(0, len(POLICIES) - 1), st.integers(1, 240))


def check_promises(s: Situation, policy: Any) -> None:
    """Check that no promise was met, or is open without being late, after more than its target."""
    for clock in s.sla.clocks:
        used = clock.spent_by(s.at, policy.hours(clock.hours)) if clock.is_open else clock.spent
        assert clock.state in ("breached", "cancelled") or used <= clock.target, clock


def check_story(made: list[tuple[Callable[[float], Fact], int]], adopted: list[tuple[str, int, int]]) -> None:
    """Play the facts and changes of policy in order of time, judging each instant after all that happened at it."""
    play = Play(POLICIES[0])
    facts = [(when, number, make(when)) for number, (make, when) in enumerate(made)]
    changes = [(when, len(made) + number, (mode, which)) for number, (mode, which, when) in enumerate(adopted)]
    for when, number, what in sorted([*facts, *changes], key=lambda each: each[:2]):
        if isinstance(what, tuple):
            change_over(play, POLICIES[what[1]], what[0], when)
        else:
            play.feed(what.model_copy(update={"event_id": f"{what.event_id}/{number:02}"}), when)
        check_promises(play.now, play.policy)
    play.wake(2500)
    check_promises(play.now, play.policy)


@settings(max_examples=60)
@given(st.lists(_MADE, max_size=14), st.lists(_ADOPTED, max_size=2))
def test_row_priority_raised_no_promise_is_met_after_more_than_its_target(made: list[Any], adopted: list[Any]) -> None:
    """No promise is met after more time than was promised, by no change of a target at any time."""
    check_story(made, adopted)


@pytest.mark.slow
@settings(max_examples=2000)
@given(st.lists(_MADE, max_size=14), st.lists(_ADOPTED, max_size=2))
def test_no_promise_is_met_late_in_thousands_of_stories(made: list[Any], adopted: list[Any]) -> None:
    """In thousands of stories no promise is met after more time than was promised."""
    check_story(made, adopted)
