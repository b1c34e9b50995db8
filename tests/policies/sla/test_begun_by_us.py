"""Conversations that we began: a campaign or a call to the customer."""

from typing import Any

import pytest

from policies.contract.messages import read_start
from policies.state.effects import AskTeam, SendReply
from policies.state.situation import Situation
from tests.policies.queues.queueing_stories import QUEUED
from tests.policies.stories import START, Play, at, policy_of, reasons, told

DAY = 24 * 60
RULES = """
rules:
  - {name: greet, on: conversation_started, when: 'conversation.direction == "inbound"', do: [{tag: greeted}]}
  - {name: late, on: {clock: first_response}, do: [{tag: late}]}
  - {name: remind, on: {customer_silent: 2d}, do: [{reply: Still interested?}]}
  - {name: stale, on: {unresolved: 4h}, do: [{tag: stale}]}
"""
PROMISED = policy_of(RULES)


def begun(policy: Any = PROMISED, **body: Any) -> Play:
    """Return a conversation that we began."""
    return Play(policy, direction="outbound", **body)


def clocks(situation: Situation) -> dict[str, Any]:
    """Return the state of each clock."""
    return {clock.id: clock.state for clock in situation.sla.clocks}


def test_nothing_is_promised_until_the_customer_speaks() -> None:
    """A conversation begun by us (campaign, outbound call) has no first-response promise until the customer speaks."""
    play = begun()
    assert reasons(play.decisions[0])[0] == (
        "Conversation started by email, begun by us: nothing is promised until the customer writes"
    )
    assert told(play.effects) == [("status", "pending_customer"), ("assign", "tier-1")]
    play.tell("message", 1, author="agent", author_id="anna", text="We have a new plan for you.")
    play.wake(DAY)
    assert (play.now.is_waiting, play.now.sla.state, clocks(play.now)) == (False, "none", {})
    play.customer(DAY + 10)
    first = play.clock("first_response.1")
    assert (play.now.lifecycle.status, first.started_at, first.due_at) == ("open", at(DAY + 10), at(DAY + 30))
    assert ("status", "open") in told(play.effects)


def test_next_responses_are_promised_as_always() -> None:
    """After the first answer, each further wait of the customer is a promise of its own."""
    play = begun()
    play.customer(10)
    play.answer(20)
    play.customer(30)
    assert {name: state for name, state in clocks(play.now).items() if "response" in name} == {
        "first_response.1": "met",
        "next_response.1": "running",
    }


def test_a_late_answer_is_late() -> None:
    """A first answer that comes too late after the customer's first message counts as a breach."""
    play = begun()
    play.customer(10)
    play.wake(60)
    assert (play.now.sla.state, play.now.contact.tags) == ("breached", ("late",))


@pytest.mark.parametrize("event", ["answer", "customer_updated", "reassigned", "status_changed"])
def test_no_event_before_begins_a_promise(event: str) -> None:
    """An event before the customer has written begins no promise."""
    play = begun()
    bodies: dict[str, Any] = {
        "answer": {},
        "customer_updated": {"tier": "gold"},
        "reassigned": {"team": "tier-2"},
        "status_changed": {"status": "open"},
    }
    if event == "answer":
        play.answer(5)
    else:
        play.tell(event, 5, **bodies[event])
    play.wake(DAY)
    assert clocks(play.now) == {}


def test_a_customer_who_never_writes_is_reminded() -> None:
    """Where we wrote first, the customer counts as silent from the start of the conversation."""
    play = begun()
    play.wake(3 * DAY)
    assert [(reply.body, reply.due_at) for reply in play.asked(SendReply)] == [("Still interested?", at(2 * DAY))]


def test_silence_of_work_waits_for_the_customer() -> None:
    """A campaign that no customer has answered is no unresolved work."""
    play = begun()
    play.wake(DAY)
    assert play.now.contact.tags == ()


def test_it_waits_in_no_line_until_the_customer_speaks() -> None:
    """In a team with a queue no agent is asked before the customer has written."""
    play = begun(QUEUED)
    play.answer(1)
    assert (play.now.queue_entry, play.asked(AskTeam)) == (None, [])
    play.customer(5)
    assert play.now.queue_entry is not None
    assert play.now.queue_entry.wait == at(5)


def test_a_wait_of_another_conversation_is_the_first() -> None:
    """A customer's wait that a merge brings along is the first, from when it began."""
    play = begun()
    play.tell("absorbed", 10, other="d", waiting_since=at(4).isoformat())
    assert (play.clock("first_response.1").due_at, play.now.waiting.first_since) == (at(24), at(4))


def test_a_message_that_came_late_begins_the_promise_at_its_time() -> None:
    """A customer's first message that is reported late counts from when it was written."""
    play = begun()
    play.customer(10, seen=25)
    assert play.clock("first_response.1").due_at == at(30)


def test_an_automatic_message_is_not_the_customers_word() -> None:
    """An out-of-office notice on a campaign begins no promise."""
    play = begun()
    play.tell("message", 5, author="customer", text="I am away", automatic=True)
    assert (clocks(play.now), play.now.lifecycle.status) == ({}, "pending_customer")


def test_a_word_for_the_side_that_does_not_exist_is_told() -> None:
    """A direction that does not exist is told to the sender, and the customer counts as the one who began."""
    body = {"channel": "email", "direction": "sideways"}
    start, rejected = read_start(body, conversation_id="c", began_at=START, now=START)
    assert (start.direction, rejected and rejected.why) == (
        "inbound",
        "direction: write inbound or outbound, not “sideways”",
    )


def test_before_edition_3_the_customer_began_all_conversations() -> None:
    """A conversation of an earlier edition ignores the field, as it did."""
    body = {"channel": "email", "direction": "sideways"}
    start, rejected = read_start(body, conversation_id="c", began_at=START, now=START, edition=2)
    assert (start.direction, rejected) == ("inbound", None)
