"""The timeline that operators see: bounded, and never without its beginning."""

from policies.decide import decide_all
from policies.state.conversation import Conversation, opened, timeline
from tests.policies.stories import FULL, at, fact, started


def long_conversation(messages: int, edition: int = 3) -> Conversation:
    """Return a conversation with so many messages of the customer, a minute apart."""
    conversation = opened("c", at(0), edition=edition)
    facts = [started(0), *(fact("message", n + 1, author="customer", text=f"Word {n}") for n in range(messages))]
    for told in facts:
        conversation = decide_all(conversation, (told,), told.occurred_at, policy=FULL).conversation
    return conversation


def test_a_long_timeline_keeps_its_beginning() -> None:
    """The first ten lines and the last ninety are shown, and between them how many are left out."""
    short, long = long_conversation(20), long_conversation(150)
    lines = timeline(long)
    assert lines[:10] == timeline(short)[:10]
    assert lines[0].kind == "conversation_started"
    assert (lines[10].kind, len(lines)) == ("left_out", 101)
    assert (
        lines[10].text == f"{long.situation.told.lines_left_out} earlier lines are left out here: the ledger has them"
    )
    assert lines[-1].text == "Customer: “Word 149”"


def test_nothing_is_left_out_of_a_short_timeline() -> None:
    """A conversation of a hundred lines or fewer is shown whole, without a word of lines that are left out."""
    assert "left_out" not in [line.kind for line in timeline(long_conversation(20))]


def test_before_edition_3_the_oldest_line_was_dropped() -> None:
    """A run of an earlier edition goes on as it did: its oldest line gives way."""
    lines = timeline(long_conversation(150, edition=2))
    assert ("conversation_started" in [line.kind for line in lines], len(lines)) == (False, 100)


def test_a_beginning_that_was_dropped_before_is_not_made_up() -> None:
    """A conversation that lost its beginning in an earlier edition drops its oldest lines, and says so at the top."""
    before = long_conversation(150, edition=2)
    later = fact("message", 200, author="customer", text="Still there?")
    moved = Conversation(
        base=before.base, situation=before.situation.changed(type(before.situation), edition=3), tail=before.tail
    )
    lines = timeline(decide_all(moved, (later,), later.occurred_at, policy=FULL).conversation)
    assert (lines[0].kind, lines[0].text) == ("left_out", "1 earlier line is left out here: the ledger has it")
