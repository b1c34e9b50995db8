"""Silence of the customer or the assignee: how long it lasts, and pauses that do not count."""

import pytest

from policies.deadlines import deadlines
from tests.policies.stories import Play, at, policy_of, reasons, told

HOUR = 60
DAY = 24 * HOUR
POLICY = policy_of(
    """
rules:
  - {name: nudge, on: {waiting: 30m}, do: [{tag: waits}]}
  - {name: your turn, on: {assignee_silent: 45m}, do: [{tag: quiet}]}
  - {name: remind, on: {customer_silent: 2d}, do: [{reply: "Anything else?"}]}
  - {name: close, on: {customer_silent: 4d}, do: [{resolve: "No word for {{ event.waiting_minutes }} minutes"}]}
"""
)


def ahead(play: Play) -> dict[str, float]:
    """Return the silences that lie ahead, and when each is reached, in minutes after the start."""
    return {
        deadline.what: (deadline.at - at(0)).total_seconds() / 60
        for deadline in deadlines(play.now, play.policy)
        if deadline.kind == "silence"
    }


def test_a_silent_customer_is_reminded_and_then_let_go() -> None:
    """A silent customer is reminded after two days, and resolved after four; nights and holidays count."""
    play = Play(POLICY)
    play.answer(10)
    play.tell("status_changed", 11, status="pending_customer")
    assert told(play.wake(2 * DAY + 10).effects) == [("reply", "Anything else?")]
    play.tell("message", 2 * DAY + 11, author="agent", author_id="baton", text="Anything else?")
    decision = play.wake(4 * DAY + 10)
    assert told(decision.effects) == [("status", "resolved"), ("note", "No word for 5760 minutes")]
    assert "Resolution met after 11m of 7h" in reasons(decision)
    assert play.wake(9 * DAY).effects == ()


def test_a_word_of_the_customer_begins_it_anew() -> None:
    """A message of the customer ends their silence; it is counted anew from our next answer."""
    play = Play(POLICY)
    play.answer(10)
    play.customer(DAY)
    assert "No word from the customer for 2d" not in ahead(play)
    play.answer(DAY + 20)
    assert ahead(play)["No word from the customer for 2d"] == 3 * DAY + 20


def test_a_reopened_conversation_is_silent_anew() -> None:
    """An agent reopens a conversation that was resolved for silence: the next reminder comes two days later."""
    play = Play(POLICY)
    play.answer(10)
    play.wake(4 * DAY + 10)
    play.tell("status_changed", 5 * DAY, status="pending_customer")
    decision = play.wake(7 * DAY)
    assert told(decision.effects) == [("reply", "Anything else?")]
    assert len({effect.key for effect in play.effects}) == len(play.effects)


def test_another_assignee_begins_anew_and_the_customers_wait_does_not() -> None:
    """Ben takes over after twenty minutes: he has 45 minutes of his own, and the customer's wait runs on."""
    play = Play(POLICY)
    play.command("take", 5, actor="anna")
    play.command("take", 20, actor="ben")
    assert ahead(play) == {"The customer has waited 30m": 30, "The assignee has not answered for 45m": 65}


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (("hold", {"note": "n"}), ("release", {})),
        (("snooze", {"for": "8h"}), ("wake", {})),
    ],
)
def test_a_conversation_put_aside_is_not_silent(
    begin: tuple[str, dict[str, str]], end: tuple[str, dict[str, str]]
) -> None:
    """A hold or snooze of an hour does not count as silence."""
    play = Play(POLICY)
    play.command(begin[0], 10, **begin[1])
    assert ahead(play) == {}
    play.command(end[0], 70, **end[1])
    assert ahead(play) == {"The customer has waited 30m": 90}


def test_a_reminder_that_was_answered_late_is_taken_back() -> None:
    """The customer had written before the reminder, which we learn late: a note retracts the reminder."""
    play = Play(POLICY)
    play.answer(10)
    play.wake(2 * DAY + 10)
    decision = play.customer(2 * DAY, seen=2 * DAY + 20)
    assert told(decision.effects)[-1] == (
        "note",
        "Retracted: remind. Why: a message of Wed 7 Jan 10:00:00 UTC arrived late",
    )
