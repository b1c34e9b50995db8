"""Imports: a conversation whose run was lost goes on from the ledger as it stood, and requests no effect again."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.strategies import DataObject, data, sampled_from
from pydantic import TypeAdapter

from policies.deadlines import next_deadline
from policies.decide import decide
from policies.importing import conversation_of, why_lost
from policies.state.conversation import Conversation, opened
from policies.state.events import ConversationImported, Fact
from policies.state.records.told import ToldSoFar
from policies.state.situation import Situation
from tests.policies.order.busy import BUSY, facts
from tests.policies.stories import START, at, wake_up

_SITUATION = TypeAdapter(Situation)
_UNTIL = 700


def played(story: list[Fact]) -> Conversation:
    """Play the story to its end and return the conversation as its run knows it."""
    conversation = opened("c-1", START, life="of-before")
    for fact in sorted(story, key=lambda fact: fact.occurred_at):
        conversation = decide(conversation, fact, fact.occurred_at, policy=BUSY).conversation
    return decide(conversation, wake_up(_UNTIL), at(_UNTIL), policy=BUSY).conversation


def imported(conversation: Conversation) -> Conversation:
    """Return the conversation that a new run opens with after the import."""
    situation = _SITUATION.dump_python(conversation.situation, mode="json")
    known = conversation_of({"imported": {**situation, "seen": ["e-1"]}}, conversation.situation.conversation_id)
    assert known is not None
    return known


@given(facts())
@settings(max_examples=20)
def test_nothing_is_told_again(story: list[Fact]) -> None:
    """A new run knows what happened before, requests no effect again, and says in one line that it goes on."""
    check_nothing_is_told_again(story)


@pytest.mark.soak
@given(facts())
@settings(max_examples=2_000)
def test_nothing_is_told_again_many_times(story: list[Fact]) -> None:
    """Many more stories are imported in the same way."""
    check_nothing_is_told_again(story)


def check_nothing_is_told_again(story: list[Fact]) -> None:
    """Import the played story and compare the situation with the one before."""
    before = played(story).situation
    known = imported(played(story))
    event = ConversationImported(event_id="i", occurred_at=before.at, source="baton", why="a limit")
    decision = decide(known, event, at(_UNTIL), policy=BUSY)
    after = decision.conversation.situation
    moving = [run for run in before.on_call.running if run.next_at is None]
    if not moving:  # a call whose outcome is unknown goes on at once, which calls people
        assert decision.effects == ()
        assert [entry.kind for entry in after.told.timeline] == ["imported"]
        assert after.changed(ToldSoFar, timeline=()) == before.changed(ToldSoFar, timeline=())


def test_an_unreadable_import_is_no_import() -> None:
    """A start whose import is of another conversation or can't be read begins like any other start."""
    situation = _SITUATION.dump_python(opened("c-1", START).situation, mode="json")
    assert conversation_of({"imported": situation}, "c-1") is not None
    assert conversation_of({"imported": situation}, "c-2") is None
    assert conversation_of({"imported": {"conversation_id": "c-1"}}, "c-1") is None
    assert conversation_of({"imported": "c-1"}, "c-1") is None
    assert conversation_of({}, "c-1") is None
    assert conversation_of(None, "c-1") is None


_AT = at(0).isoformat()
_CLOCK = {"name": "first_response", "episode": 1, "target": 900, "hours": "always", "started_at": _AT, "since": _AT}
_PLACE = {"team": "tier-1", "ticket": "t", "state": "waiting", "entered_at": _AT}


@pytest.mark.parametrize(
    ("body", "is_used"),
    [
        ({}, True),
        ({"team": "nobody-knows", "assignee": "x"}, True),
        ({"callback_at": "2198-12-31T23:59:59Z"}, True),
        ({"clocks": [{**_CLOCK, "pause_budget": "P3649D"}]}, True),
        ({"opened_at": "2026-01-05T10:00:00"}, False),
        ({"waiting_since": "2026-01-05"}, False),
        ({"opened_at": "0001-01-01T00:00:00+14:00"}, False),
        ({"callback_at": "2199-01-01T00:00:00Z"}, False),
        ({"held_until": "9999-12-31T23:59:59-12:00"}, False),
        ({"opened_at": 1e300}, False),
        ({"silences": [{"name": "waiting", "key": "x", "team": "", "since": "0001-01-01T00:00:00Z"}]}, False),
        ({"clocks": [{**_CLOCK, "target": "P99999999D"}]}, False),
        ({"clocks": [{**_CLOCK, "target": 1e300}]}, False),
        ({"clocks": [{**_CLOCK, "pause_budget": "P3650D"}]}, False),
        ({"clocks": [{**_CLOCK, "spent": "-PT1S"}]}, False),
        ({"clocks": [{**_CLOCK, "at_risk": [10**9]}]}, False),
        ({"clocks": [{**_CLOCK, "marks": [{"percent": 2**31, "at": _AT}]}]}, False),
        ({"messages": 2**63}, False),
        ({"clocks": [{**_CLOCK, "marks": [{"percent": 100, "at": "2026-01-05T10:00:00"}]}]}, False),
        ({"place": {**_PLACE, "lease": {"wait": "9999-01-01T00:00:00Z"}}}, False),
    ],
)
def test_impossible_times_are_no_import(body: dict[str, Any], is_used: bool) -> None:
    """A situation with an instant or a span beyond the bounds of business time begins like any other start."""
    stated = {"conversation_id": "c-1", "opened_at": _AT, "at": _AT, **body}
    assert (conversation_of({"imported": stated}, "c-1") is not None) == is_used


_EDGES = ("1971-01-01T00:00:00Z", "2026-01-05T10:00:00Z", "2198-12-31T23:59:59.999999Z")
_SPANS = ("PT0S", "PT0.000001S", "P366D", "P3649DT23H59M59.999999S")


def stretched(value: Any, choose: Callable[[Sequence[str]], str]) -> Any:
    """Return the value with instants and spans replaced, where `choose` says so, by the most extreme allowed ones."""
    if isinstance(value, dict):
        return {name: stretched(inner, choose) for name, inner in value.items()}
    if isinstance(value, list):
        return [stretched(inner, choose) for inner in value]
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        return choose((value, *_EDGES))
    return choose((value, *_SPANS)) if isinstance(value, str) and re.match(r"PT?\d", value) else value


@given(facts(), data())
@settings(max_examples=20)
def test_imported_times_can_be_reckoned_with(story: list[Fact], drawn: DataObject) -> None:
    """An import with extreme times and spans of nearly ten years is judged for the next 170 years without an error."""
    body = _SITUATION.dump_python(played(story).situation, mode="json")
    for name in ("callback_at", "held_until", "snoozed_until"):
        body[name] = drawn.draw(sampled_from((body[name], *_EDGES)))
    body = stretched(body, lambda choices: drawn.draw(sampled_from(choices)))
    known = conversation_of({"imported": {**body, "seen": []}}, body["conversation_id"])
    assert known is not None
    event = ConversationImported(event_id="i", occurred_at=known.situation.at, source="baton", why="a limit")
    conversation = decide(known, event, at(_UNTIL), policy=BUSY).conversation
    for days in (0, 1, 30, 4_000, 62_000):
        conversation = decide(
            conversation, wake_up(_UNTIL + days * 1440), at(_UNTIL + days * 1440), policy=BUSY
        ).conversation
        next_deadline(conversation.situation, BUSY)


def test_why_it_was_lost() -> None:
    """The timeline says why there is a new run, also where the start gives no reason."""
    assert why_lost({"imported": {"why": "a limit"}}) == "a limit"
    assert why_lost({"imported": {"why": 7}}) == "its run was lost"
