"""A conversation whose run was lost goes on from the ledger: as it stood, with nothing told again."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter

from policies.conversation import Conversation, opened
from policies.decide import decide
from policies.events import ConversationImported, Fact
from policies.importing import conversation_of, why_lost
from policies.situation import Situation
from tests.policies.stories import START, at, wake_up
from tests.policies.test_order import BUSY, facts

_SITUATION = TypeAdapter(Situation)
_UNTIL = 700


def played(story: list[Fact]) -> Conversation:
    """The conversation after a story, as its run knows it."""
    conversation = opened("c-1", START, life="of-before")
    for fact in sorted(story, key=lambda fact: fact.occurred_at):
        conversation = decide(conversation, fact, fact.occurred_at, policy=BUSY).conversation
    return decide(conversation, wake_up(_UNTIL), at(_UNTIL), policy=BUSY).conversation


def imported(conversation: Conversation) -> Conversation:
    """What a new run opens with."""
    situation = _SITUATION.dump_python(conversation.situation, mode="json", exclude={"timeline"})
    known = conversation_of({"imported": {**situation, "seen": ["e-1"]}}, conversation.situation.conversation_id)
    assert known is not None
    return known


@given(facts())
@settings(max_examples=50)
def test_nothing_is_told_again(story: list[Fact]) -> None:
    """Whatever happened before, the new run knows it, asks for nothing, and says in one line that it goes on."""
    check_nothing_is_told_again(story)


@pytest.mark.soak
@given(facts())
@settings(max_examples=2_000)
def test_nothing_is_told_again_many_times(story: list[Fact]) -> None:
    """Many more stories."""
    check_nothing_is_told_again(story)


def check_nothing_is_told_again(story: list[Fact]) -> None:
    """Import a story and compare."""
    before = played(story).situation
    known = imported(played(story))
    event = ConversationImported(event_id="i", occurred_at=before.at, source="baton", why="a limit")
    decision = decide(known, event, at(_UNTIL), policy=BUSY)
    after = decision.conversation.situation
    moving = [page for page in before.running_pages if page.next_at is None]
    if not moving:  # a call whose fate is unknown goes on at once, which calls somebody
        assert decision.effects == ()
        assert [entry.kind for entry in after.timeline] == ["imported"]
        assert replace(after, timeline=()) == replace(before, timeline=())


def test_what_is_no_import() -> None:
    """A start that carries nothing of that conversation, or nothing readable, begins like any other."""
    situation = _SITUATION.dump_python(opened("c-1", START).situation, mode="json")
    assert conversation_of({"imported": situation}, "c-1") is not None
    assert conversation_of({"imported": situation}, "c-2") is None
    assert conversation_of({"imported": {"conversation_id": "c-1"}}, "c-1") is None
    assert conversation_of({"imported": "c-1"}, "c-1") is None
    assert conversation_of({}, "c-1") is None
    assert conversation_of(None, "c-1") is None


def test_why_it_was_lost() -> None:
    """The line on the timeline says why there is a new run, also where the start does not."""
    assert why_lost({"imported": {"why": "a limit"}}) == "a limit"
    assert why_lost({"imported": {"why": 7}}) == "its run was lost"
