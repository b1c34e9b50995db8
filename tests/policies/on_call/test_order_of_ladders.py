"""On-call runs with events in any order of arrival: the same end, and never two runs of one escalation at a time."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.decide import decide
from policies.state.conversation import opened
from policies.state.events import (
    EffectFailed,
    Fact,
    Held,
    IncidentAnswered,
    Released,
    StepDelivered,
    StepTried,
    StepWithdrawn,
)
from tests.policies.stories import at, fact, policy_of, started, wake_up
from tests.policies.test_order import WAKES, brute_force, tell

CALLING = policy_of(
    """
people:
  anna: {slack: U0ANNA}
  ben: {slack: U0BEN}
rules:
  - {name: risky, on: {clock: first_response, at: 50%}, do: [{notify: eu/people.1}]}
  - {name: late, on: {clock: first_response, at: breach}, do: [{notify: eu/people.1}]}
  - {name: help, on: tag_added, do: [{notify: eu/people.1}]}
escalations:
  eu/people.1:
    lead: "slack:#leads"
    lease: 15m
    repeat: 2
    storm: {conversations: 5}
    steps:
      - {notify: "slack:#first", wait: 5m}
      - {notify: [person:anna, person:ben], everyone: true, wait: 10m}
"""
)
RUNS = ("eu/people.1.1", "eu/people.1.2")
STEPS = [f"{run}/{place}" for run in RUNS for place in ("1.1", "1.2", "1.1~1", "1.2~1")]
WHO = st.sampled_from(["anna", "ben"])
BODIES: dict[str, st.SearchStrategy[dict[str, str]]] = {
    "message": st.fixed_dictionaries({"author": st.sampled_from(["customer", "agent"])}),
    "tag_added": st.fixed_dictionaries({"tag": st.sampled_from(["one", "two"])}),
    "tag_removed": st.fixed_dictionaries({"tag": st.just("one")}),
    "status_changed": st.fixed_dictionaries({"status": st.sampled_from(["open", "pending_customer"])}),
    "acknowledged": st.fixed_dictionaries({"by": WHO, "step": st.sampled_from(["", *RUNS])}),
    "folded": st.fixed_dictionaries({"page": st.sampled_from([*RUNS, *STEPS]), "incident": st.just("incident-1")}),
    "unfolded": st.just({"incident": "incident-1"}),
    "incident_answered": st.fixed_dictionaries({"page": st.sampled_from(RUNS), "incident": st.just("incident-1")}),
    "held": st.just({}),
    "released": st.just({}),
    "delivered": st.fixed_dictionaries({"page": st.sampled_from(STEPS)}),
    "failed": st.fixed_dictionaries({"page": st.sampled_from(STEPS)}),
    "tried": st.fixed_dictionaries({"page": st.sampled_from(STEPS)}),
    "withdrawn": st.fixed_dictionaries({"page": st.sampled_from(STEPS)}),
}
NEWS = st.one_of(*(st.tuples(st.just(name), body) for name, body in BODIES.items()))
STORIES = st.lists(st.tuples(NEWS, st.integers(0, 120)), max_size=14)


def facts(story: list[tuple[tuple[str, dict[str, str]], int]]) -> list[Fact]:
    """Return the facts of one conversation from people, helpdesk, Slack and incidents."""
    return [started(), *(_fact(name, body, number, when) for number, ((name, body), when) in enumerate(story))]


def _fact(name: str, body: dict[str, str], number: int, when: int) -> Fact:
    happened = {"event_id": f"e{number}", "occurred_at": at(when)}
    match name:
        case "held":
            return Held(**happened, source="command", by="anna", note="later")
        case "released":
            return Released(**happened, source="command", by="anna")
        case "delivered":
            return StepDelivered(**happened, source="baton", page=body["page"], reached=("anna",))
        case "tried":
            return StepTried(**happened, source="baton", page=body["page"])
        case "incident_answered":
            return IncidentAnswered(**happened, source="baton", **body)
        case "withdrawn":
            return StepWithdrawn(**happened, source="baton", page=body["page"], may_be_folded=number % 2 == 0)
        case "failed":
            return EffectFailed(
                **happened,
                source="baton",
                effect="notify",
                key="k",
                page=body["page"],
                target="slack:#first",
                why="gone",
            )
        case _:
            return fact(name, when, event_id=f"e{number}", **body)


@settings(max_examples=60, deadline=None)
@given(STORIES, st.randoms(use_true_random=False), WAKES)
def test_calls_end_the_same_in_any_order(
    story: list[tuple[tuple[str, dict[str, str]], int]], random: Random, wakes: list[float]
) -> None:
    """Holds, acknowledgements and late news in any order of arrival: the same people are called in the end."""
    check_any_order(facts(story), random, wakes)


@pytest.mark.soak
@settings(max_examples=3000, deadline=None)
@given(STORIES, st.randoms(use_true_random=False), WAKES)
def test_calls_end_the_same_many_times(
    story: list[tuple[tuple[str, dict[str, str]], int]], random: Random, wakes: list[float]
) -> None:
    """Thousands of other stories about calls end the same in any order, too."""
    check_any_order(facts(story), random, wakes)


def check_any_order(told: list[Fact], random: Random, wakes: list[float]) -> None:
    """Check one story in order and shuffled, with timers that ring in between."""
    expected = brute_force(told, CALLING, at(500))
    shuffled = list(told)
    random.shuffle(shuffled)
    for order, rings in ((sorted(told, key=lambda event: event.occurred_at), ()), (shuffled, wakes)):
        conversation, effects = tell(order, CALLING, until=500, wakes=rings)
        assert conversation.situation == expected
        keys = [effect.key for effect in effects]
        assert len(keys) == len(set(keys))


@settings(max_examples=20, deadline=None)
@given(STORIES)
def test_one_customer_never_has_the_same_people_called_by_two_ladders(
    story: list[tuple[tuple[str, dict[str, str]], int]],
) -> None:
    """At most one run of an escalation calls people for a conversation at a time."""
    conversation = opened("c", at(0))
    for event in sorted(facts(story), key=lambda event: event.occurred_at):
        conversation = decide(conversation, event, event.occurred_at, policy=CALLING).conversation
        assert len(conversation.situation.running_pages) <= 1
    for minute in range(121, 600):
        conversation = decide(conversation, wake_up(minute), at(minute), policy=CALLING).conversation
        assert len(conversation.situation.running_pages) <= 1
