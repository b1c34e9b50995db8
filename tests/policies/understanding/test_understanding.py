"""Understanding: what a conversation does with the readings of its customer's messages."""

from datetime import timedelta
from typing import Any

from policies.decide import decide
from policies.understanding.understanding import AFTER, before, reading_id, unread
from tests.cases import case
from tests.policies.handoff.worlds import asks, chat, helped
from tests.policies.stories import PLAIN, Play, at, policy_of, reasons, told
from tests.policies.understanding.readings import reading

LISTENS = case("policies/understanding/listens")
POLICY = policy_of(LISTENS)


def test_a_customer_who_asks_for_a_person_gets_one() -> None:
    """A customer who asks for a person goes up a tier, and the note has their words."""
    play = Play(POLICY)
    play.customer(1)
    decision = play.feed(reading(1, "customer-1", asks_for_human=True, why=["speak to a person"]), 2)
    assert told(decision.effects) == [("assign", "tier-2"), ("note", "They said speak to a person")]
    assert play.now.responsible.reason == "asked_for_human"
    assert reasons(decision)[0] == "Understood: asks for a human (“speak to a person”)"


def test_a_pattern_is_more_than_a_word() -> None:
    """An angry message changes nothing; anger about the same thing again is tagged."""
    play = Play(POLICY)
    play.customer(1)
    assert not play.feed(reading(1, "customer-1", frustration=0.9), 2).effects
    play.customer(3)
    assert told(play.feed(reading(3, "customer-3", frustration=0.85, repeated=1), 4).effects) == [("tag", "angry")]


def test_no_confidence_is_no_low_confidence() -> None:
    """A rule on low confidence does not fire where no confidence was measured."""
    play = Play(POLICY)
    play.customer(1)
    assert not play.feed(reading(1, "customer-1"), 2).effects
    play.customer(3)
    assert told(play.feed(reading(3, "customer-3", confidence=0.2), 4).effects) == [("tag", "unsure")]


def test_a_finding_is_on_the_record_in_one_sentence() -> None:
    """The timeline says in one sentence what was noticed and the words it rests on, or that nothing was."""
    play = Play(POLICY)
    play.customer(1)
    meaning = {
        "frustration": 0.612,
        "risks": ("security", "refund"),
        "unresolved": 2,
        "repeated": 1,
        "failed": 3,
        "confidence": 0.25,
        "systems": 2,
        "why": ("hacked", "x" * 100),
    }
    decision = play.feed(reading(1, "customer-1", **meaning), 2)
    assert reasons(decision)[0] == (
        "Understood: frustration 0.61; risk: security, refund; 2 open questions; 1 repetition; 3 failed answers; "
        f"confidence 0.25; 2 systems involved (“hacked”, “{'x' * 59}…”)"
    )
    play.customer(3)
    assert reasons(play.feed(reading(3, "customer-3"), 4)) == ["Understood: nothing that needs a person"]


def test_the_running_picture_keeps_what_stays_true() -> None:
    """A conversation remembers that the customer asked for a person, was furious or spoke of a lawyer."""
    play = Play(POLICY)
    play.customer(1)
    play.feed(reading(1, "customer-1", asks_for_human=True, frustration=0.9, risks=("legal",), language="en"), 2)
    play.customer(3)
    play.feed(reading(3, "customer-3", frustration=0.1, risks=("refund",)), 4)
    picture = play.now.understanding.meaning
    assert picture is not None
    assert (picture.asked_for_human_at, picture.risks) == (at(1) + AFTER, ("legal", "refund"))
    assert (picture.frustration, picture.most_frustrated, picture.language) == (0.1, 0.9, "en")
    assert (picture.readings, picture.unread) == (2, ())


def test_a_policy_without_such_a_rule_has_no_message_read() -> None:
    """A policy without a rule on understanding has no messages read and keeps nothing of them."""
    play = Play(PLAIN)
    play.customer(1)
    assert play.now.understanding.meaning is None
    assert unread(play.conversation, PLAIN) == ()


def test_only_customers_are_read_and_only_once() -> None:
    """Only customers' messages are read, each once; agents' messages are context."""
    play = Play(POLICY)
    play.customer(1)
    play.tell("message", 2, author="agent", author_id="anna", text="Which invoice?", event_id="a-2")
    play.tell("message", 3, author="customer", text="Number 7", event_id="c-3")
    messages = unread(play.conversation, POLICY)
    assert [message.event_id for message in messages] == ["customer-1", "c-3"]
    assert [message.event_id for message in before(play.conversation, messages, 12)] == ["a-2"]
    assert reading_id(messages) == "c-3/understood"
    play.feed(reading(3, "customer-1", "c-3"), 4)
    assert unread(play.conversation, POLICY) == ()


def test_a_reading_of_something_unknown_changes_nothing() -> None:
    """A reading of unknown messages, or of messages read before, is ignored with a line on the timeline."""
    play = Play(POLICY)
    play.customer(1)
    said = ["Not taken in: a reading of messages that are unknown here, or were read already"]
    decision = play.feed(reading(1, "nobody", asks_for_human=True), 2)
    assert (reasons(decision), decision.effects) == (said, ())
    play.feed(reading(1, "customer-1"), 3)
    again = reading(1, "customer-1", asks_for_human=True).model_copy(update={"event_id": "customer-1/understood/again"})
    assert play.feed(again, 4).effects == ()
    assert play.now.responsible.team == "tier-1"


def test_an_analyser_that_is_down_is_reported_once() -> None:
    """While messages can't be read, one line says so; the next reading that succeeds ends it."""
    play = Play(POLICY)
    for minute in (1, 3):
        play.customer(minute)
        play.feed(reading(minute, f"customer-{minute}", trouble="no answer in time"), minute + 1)
    lines = [entry.text for entry in play.now.told.timeline if entry.kind == "not_understood"]
    assert lines == ["What the customer means could not be read: no answer in time"]
    assert unread(play.conversation, POLICY) == ()
    play.customer(5)
    play.feed(reading(5, "customer-5"), 6)
    assert play.now.understanding.meaning is not None
    assert play.now.understanding.meaning.trouble == ""


def test_a_burst_too_large_to_be_read_is_on_the_record() -> None:
    """The earliest messages of a flood are forgotten unread, and a line says how many."""
    play = Play(POLICY)
    for number in range(100):
        play.tell("message", number / 60, author="customer", text="!!", event_id=f"m-{number:03}")
    lines = [entry.text for entry in play.conversation.remarks if entry.kind == "not_understood"]
    assert lines == ["23 of the customer's messages came too many at once to be read for what they mean"]


def test_messages_folded_away_are_still_read() -> None:
    """Sixty messages that come at once are read, also the earliest, which are no longer remembered."""
    play = Play(POLICY)
    for number in range(60):
        play.tell("message", number / 60, author="customer", text="!!", event_id=f"m-{number:03}")
    assert [message.event_id for message in unread(play.conversation, POLICY)] == [f"m-{n:03}" for n in range(48)]


def test_a_reading_at_the_same_instant_comes_after_its_message() -> None:
    """A reading with the time of its message is taken in after the message."""
    play = Play(POLICY)
    play.customer(1)
    now = at(1)
    event = reading(1, "customer-1", asks_for_human=True).model_copy(update={"occurred_at": now})
    decision = decide(play.conversation, event, now + timedelta(seconds=1), policy=POLICY)
    assert decision.conversation.situation.responsible.team == "tier-2"


def test_an_answered_customer_has_no_open_question() -> None:
    """An answer by an agent or the assistant closes the customer's open question; a failed one does not."""
    play = Play(POLICY)
    play.customer(1)
    for failed, left in ((True, 1), (False, 0)):
        play.feed(reading(1, "customer-1", unresolved=1), 2)
        play.tell("message", 3, author="assistant", text="Tomorrow at noon", failed=failed, event_id=f"a-{failed}")
        assert play.now.understanding.meaning is not None
        assert play.now.understanding.meaning.unresolved == left


def test_back_with_the_assistant_it_begins_anew() -> None:
    """After a conversation goes back to the assistant, only the customer's later messages are read."""
    play = chat(helped())
    asks(play, 1)
    play.tell("message", 2, author="assistant", text="?", failed=True, event_id="failed")
    play.command("deescalate", 4, actor="anna", team="robot", note="Solved")
    play.tell("message", 5, author="customer", text="Thank you! Good bye", event_id="bye")
    play.tell("message", 6, author="customer", text="One more thing", event_id="more")
    (bye, more) = unread(play.conversation, play.policy)
    assert before(play.conversation, (bye,), 12) == ()
    assert before(play.conversation, (more,), 12) == (bye,)


def test_the_words_behind_a_finding_are_kept_once() -> None:
    """The latest words for each finding are kept; a mood only where it is notable."""
    play = Play(POLICY)
    found: list[dict[str, Any]] = [
        {"risks": ("security",), "evidence": {"security": "hacked"}, "amount": 20},
        {"asks_for_human": True, "evidence": {"asks_for_human": "a person", "frustration": "stop it"}},
        {
            "asks_for_human": True,
            "frustration": 0.7,
            "evidence": {"asks_for_human": "an agent", "frustration": "shame"},
        },
        {"risks": ("refund",), "evidence": {"refund": "money back"}, "amount": 30},
        {"risks": ("legal",)},
        {"evidence": {"privacy": "nobody found that"}},
    ]
    for minute, each in enumerate(found, start=1):
        play.customer(minute)
        play.feed(reading(minute, f"customer-{minute}", **each), minute)
    picture = play.now.understanding.meaning
    assert picture is not None
    assert [(each.what, each.words, each.amount) for each in picture.noticed] == [
        ("security", "hacked", 20),
        ("asks_for_human", "an agent", None),
        ("frustration", "shame", None),
        ("refund", "money back", 30),
    ]
