"""Reminders that wait for opening hours."""

import pytest

from policies.state.effects import SendReply
from tests.policies.loading.mistakes import told
from tests.policies.stories import Play, at, policy_of

DAY, HOUR = 24 * 60, 60
WAITS = "{name: remind, on: {customer_silent: {after: 2d, in: business}}, do: [{reply: Still there?}]}"
ANY_HOUR = "{name: any hour, on: {customer_silent: 2d}, do: [{reply: Any hour}]}"


def replies(rules: str, answered: float, until: float) -> list[tuple[str, object]]:
    """Return the replies to a customer who was answered so many minutes after Monday 10:00 and is silent since."""
    play = Play(policy_of(f"rules: [{rules}]"))
    play.answer(answered)
    play.wake(until)
    return [(reply.body, reply.due_at) for reply in play.asked(SendReply)]


@pytest.mark.parametrize(
    ("answered", "reminded"),
    [
        (2 * DAY, 4 * DAY),  # Wednesday 10:00, Friday 10:00
        (3 * DAY, 6 * DAY + 23 * HOUR),  # Thursday 10:00, Saturday 10:00: Monday 09:00
        (2 * DAY + 7 * HOUR, 6 * DAY + 23 * HOUR),  # Wednesday 17:00, Friday 17:00, the very end of the week
    ],
)
def test_a_reminder_waits_for_opening_hours(answered: float, reminded: float) -> None:
    """A reminder after two days of silence waits until the team is open."""
    assert replies(WAITS, answered, 9 * DAY) == [("Still there?", at(reminded))]


def test_a_reminder_at_any_hour_may_come_before_it() -> None:
    """The same span at any hour and in business hours are two triggers, each heard once at its own time."""
    both = replies(f"{WAITS}, {ANY_HOUR}", 3 * DAY, 20 * DAY)
    assert both == [("Any hour", at(5 * DAY)), ("Still there?", at(6 * DAY + 23 * HOUR))]


def test_a_customer_who_writes_before_opening_is_not_reminded() -> None:
    """A customer who writes while the reminder waits for the team gets none."""
    play = Play(policy_of(f"rules: [{WAITS}]"))
    play.answer(3 * DAY)
    play.customer(6 * DAY)
    play.wake(8 * DAY)
    assert play.asked(SendReply) == []


def test_another_place_to_wait_for_is_refused() -> None:
    """Only `in: business` can be written beside `after`."""
    head = "policy: acme\nversion: 1\nteams: {a: {name: A}}\nchannels: {email: a}\n"
    rule = "rules: [{name: r, on: {customer_silent: {after: 2d, in: moonlight}}, do: [{note: x}]}]\n"
    sentence = "write `customer_silent: {after: 2d, in: business}`, or `customer_silent: 2d` for any hour"
    assert [line.partition(": ")[2] for line in told(head + rule)] == [sentence]
