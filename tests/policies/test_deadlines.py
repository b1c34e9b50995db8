"""Upcoming deadlines: time alone brings them, and the conversation's only timer rings at the earliest."""

import pytest

from policies.deadlines import Deadline, deadlines, next_deadline
from policies.document.document import Wait
from tests.policies.stories import FULL, Play, at, minutes, policy_of

HOUR = 60


def upcoming(play: Play) -> list[tuple[float, str, str, str]]:
    """Return each deadline as minutes, kind, what will happen and what would cancel it."""
    return [
        ((found.at - at(0)).total_seconds() / 60, found.kind, found.what, found.unless)
        for found in deadlines(play.now, play.policy)
    ]


def test_all_that_is_ahead() -> None:
    """An operator reads what will happen, when, and what would stop it."""
    assert upcoming(Play()) == [
        (10, "clock", "First response at risk (50%)", "a public reply by an agent"),
        (20, "clock", "First response breached", "a public reply by an agent"),
        (3.5 * HOUR, "clock", "Resolution at risk (50%)", "resolving it"),
        (7 * HOUR, "clock", "Resolution breached", "resolving it"),
        (7 * HOUR, "hours", "closing time: On-Call if still unanswered", "a reply to the customer"),
    ]


def test_the_return_in_the_morning_is_ahead_at_night() -> None:
    """At night the on-call team has the conversation, and its return in the morning is ahead."""
    play = Play(began=26 * HOUR)
    assert (47 * HOUR, "hours", "back to Tier 1 if still unanswered", "a reply to the customer") in upcoming(play)


@pytest.mark.parametrize("delivers", [False, True])
def test_the_wait_of_a_step_begins_when_it_is_tried(delivers: bool) -> None:
    """The next step is called five minutes after the first was tried, whether its message has arrived or not."""
    play = Play(FULL, delivers=delivers)
    play.wake(20)
    assert (25, "page", "people: next step", "an acknowledgement") in upcoming(play)


def test_a_resolved_conversation_only_closes() -> None:
    """A resolved conversation closes after a day unless a new message arrives."""
    play = Play()
    play.command("resolve", 5)
    assert upcoming(play) == [(24 * HOUR + 5, "close", "the conversation closes", "a new message")]


def test_a_conversation_that_waits_for_nothing_sets_no_timer() -> None:
    """While we wait for the customer nothing is ahead; while the conversation is on hold, only the end of the hold."""
    waiting, held = Play(FULL), Play(FULL)
    waiting.tell("status_changed", 5, status="pending_customer")
    held.command("hold", 5, note="n")
    assert next_deadline(waiting.now, waiting.policy) is None
    assert [each.what for each in deadlines(held.now, held.policy)] == ["the hold ends"]


def test_a_wait_counts_the_hours_of_the_team() -> None:
    """Fifteen minutes of waiting, nine of them before closing and none while on hold, end on Wednesday at 09:06."""
    policy = policy_of("rules:\n  - {name: long, on: {waiting: 15m}, do: [{tag: waited}]}\n")
    play = Play(policy)
    play.answer(5)
    play.command("hold", 6, note="n")
    play.customer(7 * HOUR - 10)
    play.command("release", 7 * HOUR - 9)
    found = next(found for found in deadlines(play.now, policy) if found.kind == "silence")
    silence = next(kept for kept in play.now.sla.silences if kept.name == "waiting")
    what, unless = "The customer has waited 15m", "a public reply"
    assert found == Deadline(at(47 * HOUR + 6), "silence", what, unless, silence, wait=Wait("waiting", minutes(15)))
