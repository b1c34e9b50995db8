"""Automatic messages: an auto-reply is on the record, rules may see it, and it changes nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from policies.state.effects import AddTag, SendReply
from policies.state.situation import Situation
from tests.policies.stories import Play, policy_of, told

DAY = 24 * 60
RULES = """
insight: {keywords: {lawyer: ['lawyer']}}
rules:
  - {name: seen, on: message, when: event.automatic, do: [{tag: automatic}]}
  - {name: thanks, on: message, when: 'event.author == "customer"', do: [{reply: "We got your message."}]}
  - {name: nested, on: tag_added, when: 'event.tag == "automatic"', do: [{reply: "You are away."}]}
  - {name: legal, on: {mentioned: lawyer}, do: [{set_priority: urgent}]}
  - {name: waits, on: {waiting: 10m}, do: [{reply: "Sorry for the wait."}]}
  - {name: remind, on: {customer_silent: 1d}, do: [{reply: "Is there anything else?"}]}
"""
POLICY = policy_of(RULES)
AWAY: dict[str, Any] = {"author": "customer", "automatic": True, "text": "I am away. My lawyer answers for me."}


def away(play: Play, when: float) -> None:
    """Let the customer's machine write."""
    play.tell("message", when, **AWAY)


def without_record(s: Situation) -> Situation:
    """Return the situation without what only the record says: the messages, the timeline, the instant, the tag."""
    return (
        replace(s, at=s.opened_at, told=replace(s.told, recent=(), messages=0, timeline=(), replied=()))
        .changed(type(s.contact), tags=())
        .changed(type(s.rule_budget), firings=(), by_rule=())
    )


STORIES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "answered": [],
    "pending": [("status_changed", {"status": "pending_customer"})],
    "snoozed": [("snooze", {"for": "2h"})],
    "resolved": [("status_changed", {"status": "resolved"})],
}


@pytest.mark.parametrize("name", STORIES)
def test_an_automatic_message_of_the_customer_changes_nothing(name: str) -> None:
    """`{author: customer, automatic: true}` neither reopens nor ends pending, snooze or a wait: it is on the record."""
    play = Play(POLICY)
    play.answer(5)
    for number, (what, body) in enumerate(STORIES[name]):
        (play.command if what == "snooze" else play.tell)(what, 6 + number, **body)
    before = play.now
    away(play, 20)
    assert without_record(play.now) == without_record(before)
    assert (play.now.told.messages, play.now.told.recent[-1].automatic) == (before.told.messages + 1, True)


def test_an_automatic_message_begins_no_promise_and_calls_no_person() -> None:
    """An out-of-office notice begins no wait: nothing is late however long no agent answers it."""
    play = Play(POLICY)
    play.answer(5)
    away(play, 20)
    play.wake(DAY)
    assert [clock.name for clock in play.now.sla.clocks if clock.is_open] == ["resolution"]
    assert "clock_breached" not in [entry.kind for entry in play.now.told.timeline if "next" in entry.clock]


def test_the_reminder_to_a_silent_customer_counts_on() -> None:
    """A read receipt is no word from the customer: the reminder after a day of silence comes when it was due."""
    play = Play(POLICY)
    play.answer(5)
    away(play, 20)
    play.wake(5 + DAY)
    assert told(play.asked(SendReply))[-1] == ("reply", "Is there anything else?")


def test_rules_on_message_see_that_it_is_automatic() -> None:
    """A rule may look at `event.automatic`; a keyword in an automatic message is not the customer's."""
    play = Play(POLICY)
    away(play, 1)
    assert told(play.asked(AddTag)) == [("tag", "automatic")]
    assert (play.now.contact.priority, play.now.understanding.mentions) == ("normal", ())


def test_no_rule_replies_to_an_automatic_message() -> None:
    """A rule's `reply` to an automatic message is never sent, also not by a rule that another rule's tag sets off."""
    play = Play(POLICY)
    away(play, 1)
    assert play.asked(SendReply) == []
    assert [entry.text for entry in play.now.told.timeline if entry.kind == "not_replied"] == [
        "Rule “nested” sends no reply: the message is automatic",
        "Rule “thanks” sends no reply: the message is automatic",
    ]


def test_two_machines_stop_after_one_reply() -> None:
    """A machine that does not say it is one answers each of our answers: it gets one in 24 hours, not fifty."""
    play = Play(POLICY)
    for number in range(50):
        play.tell("message", 1 + number / 10, author="customer", text="Ticket received", event_id=f"loop-{number}")
    assert told(play.asked(SendReply)) == [("reply", "We got your message.")]
    play.tell("message", DAY, author="customer", text="Ticket received", event_id="almost a day")
    assert len(play.asked(SendReply)) == 2  # “Sorry for the wait.” has come meanwhile
    play.tell("message", 1 + DAY, author="customer", text="Ticket received", event_id="a day later")
    assert told(play.asked(SendReply))[-1] == ("reply", "We got your message.")


TELLING = policy_of(
    """
customer_texts:
  got: {en: "We got your message."}
  choose: {en: "A person comes."}
rules:
  - {name: got, on: message, when: 'event.author == "customer"', do: [{tell: got}]}
  - {name: closed, on: outside_hours, do: [{tell: choose}]}
  - {name: started, on: conversation_started, do: [{tell: {text: choose, choices: [wait]}}]}
"""
)


def test_words_told_to_a_machine_stop_after_one() -> None:
    """A rule that tells the customer something at each message does so once in 24 hours, as a reply does."""
    play = Play(TELLING, customer={"id": "ada"})
    for number in range(50):
        play.customer(1 + number / 10)
    found = [reply for reply in play.asked(SendReply) if isinstance(reply, SendReply)]
    assert [(reply.body, reply.rule, reply.customer) for reply in found] == [
        ("A person comes.\n\n1. Wait for a person", "", ""),
        ("We got your message.", "got", "ada"),
    ]
    assert [entry.text for entry in play.now.told.timeline if entry.kind == "not_replied"][-1] == (
        "Rule “got” sends no reply: it has sent this customer one within 24 hours"
    )
    play.customer(1 + DAY)
    assert "We got your message." in [reply[1] for reply in told(play.asked(SendReply))[2:]]


def test_before_edition_3_each_message_was_told_something() -> None:
    """In a conversation of edition 2, a rule tells the customer something at each message."""
    play = Play(TELLING, edition=2)
    play.customer(1)
    play.customer(2)
    assert told(play.asked(SendReply))[1:] == [("reply", "We got your message.")] * 2


def test_a_rule_tells_the_timeline_why_it_did_not_reply_again() -> None:
    """The timeline says why a second reply within 24 hours was not sent."""
    play = Play(POLICY)
    play.customer(1)
    play.customer(2)
    assert [entry.text for entry in play.now.told.timeline if entry.kind == "not_replied"] == [
        "Rule “thanks” sends no reply: it has sent this customer one within 24 hours"
    ]


def test_replies_name_the_customer_so_that_other_conversations_count() -> None:
    """A reply carries rule and customer, by which it is sent once; a reminder belongs to its own conversation."""
    play = Play(POLICY, customer={"id": "ada"})
    play.customer(1)
    play.wake(12)
    found = [(reply.rule, reply.customer) for reply in play.asked(SendReply) if isinstance(reply, SendReply)]
    assert found == [("thanks", "ada"), ("", "")]


def test_conversations_of_earlier_editions_go_on_as_they_began() -> None:
    """In a conversation of edition 2, automatic messages count as the customer's, and each message gets its reply."""
    play = Play(POLICY, edition=2)
    play.answer(5)
    away(play, 20)
    play.customer(21)
    assert play.now.waiting.since is not None
    assert len(play.asked(SendReply)) == 3
