"""Handoffs, choices, scores and briefings do not depend on the order in which facts arrive."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from policies.decide import decide
from policies.state.conversation import Conversation, opened
from policies.state.effects import AnyEffect, Assign, SetAssistant
from policies.state.events import Fact, MessageUnderstood
from policies.understanding.understanding import AFTER
from tests.policies.handoff.worlds import TELLS, helped
from tests.policies.stories import START, at, fact, started
from tests.policies.test_order import EVERY, brute_force, check_orders, tell

POLICY = helped(
    """  - {name: adds up, on: score_high, do: [{escalate: tier-2}]}
  - {name: lawyers, on: {mentioned: lawyer, times: 2}, do: [{escalate: next}]}
  - {name: too long, on: {unresolved: 2h}, do: [{tag: long}]}
""",
    TELLS,
    """
score: {weights: {sentiment: 60, unresolved: 40}, high_at: 60, calm_at: 30}
insight: {keywords: {lawyer: lawyer}}
briefing: {}
""",
)
CHAT = started(channel="web_chat", customer={"name": "Kim"})


def understood(when: float, message: str, **meaning: Any) -> MessageUnderstood:
    return MessageUnderstood(
        event_id=f"{message}/understood", occurred_at=at(when) + AFTER, source="baton", messages=(message,), **meaning
    )


SIX: tuple[Fact, ...] = (
    CHAT,
    fact("message", 1, author="customer", text="A person, please", event_id="m1"),
    understood(1, "m1", asks_for_human=True),
    fact("choice_made", 3, choice="callback", event_id="chosen"),
    fact("reassigned", 5, team="tier-1", assignee="ben", by="ben", event_id="taken"),
    fact("message", 7, author="agent", author_id="ben", text="Hello", event_id="a1"),
)


@EVERY
def test_every_order_of_a_handoff_ends_the_same(every: int) -> None:
    """The six facts of a handoff in any order of arrival end the same, and no effect key comes twice."""
    expected = brute_force(SIX, POLICY, at(60))
    assert expected.handoff is not None
    assert (expected.handoff.state, expected.is_assistant_muted) == ("committed", True)
    check_orders(SIX, POLICY, every, until=60)


BODIES: dict[str, dict[str, st.SearchStrategy[object]]] = {
    "message": {
        "author": st.sampled_from(["customer", "customer", "agent", "assistant"]),
        "text": st.sampled_from(["1", "2", "My lawyer will hear of it", "Hello?"]),
    },
    "choice_made": {"choice": st.sampled_from(["assistant", "wait", "callback", "manager"])},
    "reassigned": {
        "team": st.sampled_from(["robot", "tier-1", "tier-2"]),
        "assignee": st.sampled_from(["", "anna", "ben"]),
    },
    "status_changed": {"status": st.sampled_from(["open", "pending_customer", "resolved"])},
    "customer_updated": {"value": st.integers(0, 10)},
}
SIGNALS = st.one_of(*(st.tuples(st.just(name), st.fixed_dictionaries(body)) for name, body in BODIES.items()))
MEANINGS = st.fixed_dictionaries(
    {"asks_for_human": st.booleans(), "frustration": st.sampled_from([0.0, 0.5, 1.0]), "unresolved": st.integers(0, 3)}
)


@st.composite
def stories(draw: st.DrawFn) -> list[Fact]:
    """Draw a chat with the assistant in which Baton understands some of the messages."""
    told: list[Fact] = [CHAT]
    for number, ((name, body), when) in enumerate(draw(st.lists(st.tuples(SIGNALS, st.integers(0, 300)), max_size=12))):
        told.append(fact(name, when, event_id=f"e{number}", **body))
        if body.get("author") == "customer" and draw(st.booleans()):
            told.append(understood(when, f"e{number}", **draw(MEANINGS)))
    return told


WAKES = st.lists(st.integers(0, 60), max_size=12)


def check(story: list[Fact], random: Any, wakes: list[float]) -> None:
    shuffled = list(story)
    random.shuffle(shuffled)
    expected = brute_force(story, POLICY, at(1000))
    conversation, effects = tell(shuffled, POLICY, until=1000, wakes=wakes)
    assert conversation.situation == expected
    keys = [effect.key for effect in effects]
    assert len(keys) == len(set(keys))
    assert _is_muted(effects) == expected.is_assistant_muted


def _is_muted(effects: Sequence[AnyEffect]) -> bool:
    """Return whether the helpdesk has the assistant muted after it carried out the effects in order."""
    return next((effect.is_muted for effect in reversed(effects) if isinstance(effect, SetAssistant)), False)


@settings(max_examples=25, deadline=None)
@given(stories(), st.randoms(use_true_random=False), WAKES)
def test_any_order_of_handoffs_ends_the_same(story: list[Fact], random: object, wakes: list[float]) -> None:
    """Facts in any order of arrival lead to the same situation, and the assistant is muted only where it should be."""
    check(story, random, wakes)


@pytest.mark.soak
@settings(max_examples=2000, deadline=None)
@given(stories(), st.randoms(use_true_random=False), WAKES)
def test_any_order_of_handoffs_many_times(story: list[Fact], random: object, wakes: list[float]) -> None:
    """Thousands of other chats end the same in any order, too."""
    check(story, random, wakes)


@settings(max_examples=20, deadline=None)
@given(stories(), st.integers(0, 12))
def test_a_handoff_goes_on_in_the_next_run(story: list[Fact], cut: int) -> None:
    """A conversation that was read back from JSON decides the same as one that stayed in memory."""
    adapter = TypeAdapter(Conversation)
    kept = read_back = opened("c", START)
    seen = START
    for place, event in enumerate(story):
        seen = max(seen, event.occurred_at)
        if place >= cut:
            read_back = adapter.validate_json(adapter.dump_json(read_back))
        ours, theirs = (decide(conversation, event, seen, policy=POLICY) for conversation in (kept, read_back))
        assert ours == theirs
        kept, read_back = ours.conversation, theirs.conversation


def test_an_assignment_asks_for_confirmation_only_while_somebody_is_awaited() -> None:
    """Before a handoff and after its commit an assignment asks the helpdesk for no confirmation."""
    _, effects = tell(SIX, POLICY, until=60)
    assert [effect.confirm for effect in effects if isinstance(effect, Assign)] == [False, False]
