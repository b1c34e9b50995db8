"""Hard cases: waiting for the customer, holds and snoozes, and their limits."""

import pytest

from policies.deadlines import deadlines, next_deadline
from policies.state.records.sla import Clock
from tests.policies.stories import ACME, Play, at, minutes, policy_of, reasons

HOUR = 60
DAY = 24 * HOUR
WEDNESDAY, FRIDAY, NEXT_MONDAY = 47 * HOUR, 4 * DAY, 7 * DAY - HOUR
"""Wednesday 9:00, Friday 10:00 and next Monday 9:00, in minutes after Monday 10:00 UTC; Tuesday is a holiday."""
DAYTIME = ACME.replace(", after_hours: on-call", "")
"""A policy without a stand-in at night: an unanswered conversation stays with Tier 1."""
BUDGET = policy_of(base=ACME.replace("at_risk: 50%, hours", "at_risk: 50%, pause_budget: 2h, hours"))


def first(play: Play) -> Clock:
    """Return the first-response clock."""
    return play.clock("first_response.1")


def pause(play: Play, when: float, until: float) -> None:
    """Wait for the customer from one minute to another."""
    play.tell("status_changed", when, status="pending_customer")
    play.tell("status_changed", until, status="open")


@pytest.mark.parametrize(
    ("when", "until", "due"),
    [
        pytest.param(2, 12, 30, id="before the warning"),
        pytest.param(12, 22, 30, id="between warning and breach"),
        pytest.param(20, 30, 30, id="at the due time itself"),
        pytest.param(4, 7 * HOUR + 30, WEDNESDAY + 16, id="into the night"),
        pytest.param(4, WEDNESDAY + 10, WEDNESDAY + 26, id="over the night and the holiday"),
        pytest.param(4, FRIDAY, FRIDAY + 16, id="for days"),
        pytest.param(4, NEXT_MONDAY + 5, NEXT_MONDAY + 21, id="over the weekend"),
    ],
)
def test_row_pause_when_waiting_on_the_customer(when: float, until: float, due: float) -> None:
    """After a pause at any time, the clock has the business time that was left before it."""
    play = Play(policy_of(base=DAYTIME))
    pause(play, when, until)
    assert first(play).due_at == at(due)


def test_row_pause_after_the_breach_changes_nothing() -> None:
    """Waiting for the customer after the breach neither removes the breach nor records it twice."""
    play = Play()
    pause(play, 25, 40)
    play.wake(HOUR)
    assert [entry.kind for entry in play.now.told.timeline].count("clock_breached") == 1
    assert (first(play).state, first(play).due_at) == ("breached", at(20))


def test_row_pause_over_the_change_of_the_clocks() -> None:
    """A pause over the night in which clocks go forward takes no time from the clock."""
    new_york = DAYTIME.replace("timezone: UTC", "timezone: America/New_York")
    friday, monday = 60 * DAY + 11 * HOUR, 63 * DAY + 3 * HOUR  # 6 March, 16:00 EST; 9 March, 9:00 EDT
    play = Play(policy_of(base=new_york), began=friday - 5)
    pause(play, friday, monday - HOUR)
    assert first(play).due_at == at(monday + 15)


def test_row_pause_ends_with_the_customers_message() -> None:
    """The customer wrote at 10:30 and we heard of it at 11:00: the pause ended at 10:30."""
    play = Play()
    play.tell("status_changed", 8, status="pending_customer")
    play.customer(30, seen=60)
    assert (first(play).due_at, first(play).state) == (at(42), "breached")


@pytest.mark.parametrize("lost", ["message", "status_changed"])
def test_row_late_or_lost_resume(lost: str) -> None:
    """The end of a pause is known from the customer's message or the status; either one is enough."""
    play = Play()
    play.tell("status_changed", 8, status="pending_customer")
    if lost != "message":
        play.customer(30)
    if lost != "status_changed":
        play.tell("status_changed", 30, status="open")
    assert first(play).due_at == at(42)


STORY = (
    ("tag_added", 3, {"tag": "vip"}),
    ("message", 5, {"author": "agent", "author_id": "anna"}),
    ("status_changed", 6, {"status": "pending_customer"}),
    ("message", 30, {"author": "customer"}),
    ("status_changed", 30, {"status": "open"}),
    ("customer_updated", 32, {"tier": "gold"}),
    ("reassigned", 35, {"team": "tier-2"}),
    ("attribute_changed", 36, {"name": "plan", "value": "pro"}),
    ("message", 40, {"author": "agent", "author_id": "ben"}),
    ("status_changed", 45, {"status": "resolved"}),
    ("rated", 46, {"score": 5}),
)


@pytest.mark.parametrize("lost", range(len(STORY)))
def test_row_late_or_lost_each_event_once(lost: int) -> None:
    """With any one webhook lost, the conversation ends resolved with all clocks ended, or a clock is still ahead."""
    play = Play()
    for number, (name, when, body) in enumerate(STORY):
        if number != lost:
            play.tell(name, when, event_id=f"e{number}", **body)
    kinds = {deadline.kind for deadline in deadlines(play.now, play.policy)}
    if play.now.lifecycle.is_resolved:
        assert (play.now.sla.open_clocks, kinds) == ((), {"close"})
    else:
        assert STORY[lost][2] == {"status": "resolved"}
        assert "clock" in kinds
    assert "breached" not in [clock.state for clock in play.now.sla.clocks]


def test_row_gaming_the_pause_has_a_budget_and_says_so() -> None:
    """After two business hours of waiting for the customer the clocks run on by themselves, on the record."""
    play = Play(BUDGET)
    play.tell("status_changed", 8, status="pending_customer", by="anna")
    ahead = next_deadline(play.now, play.policy)
    assert ahead is not None
    assert (ahead.at, ahead.kind, ahead.unless) == (at(128), "pause", "the end of the pause")
    decision = play.wake(128)
    assert reasons(decision) == [
        "First response runs on: its pauses have used up their 2h",
        "Resolution runs on: its pauses have used up their 2h",
    ]
    assert first(play).due_at == at(140)
    paused = [entry.text for entry in play.now.told.timeline if entry.kind in ("status_changed", "clocks_paused")]
    assert paused == ["Status pending_customer by anna", "Clocks paused: pending customer"]


def test_row_gaming_the_pause_over_a_weekend() -> None:
    """The pause budget is business time: after an hour on Friday afternoon another hour is left on Monday."""
    friday = FRIDAY + 6 * HOUR
    play = Play(BUDGET, began=friday - 5)
    play.tell("status_changed", friday, status="pending_customer")
    play.wake(NEXT_MONDAY + 2 * HOUR)
    assert first(play).due_at == at(NEXT_MONDAY + HOUR + 15)


def test_row_gaming_the_pause_in_small_portions() -> None:
    """Many short pauses use up one budget; when it is used up, further pauses do not stop the clock."""
    play = Play(BUDGET)
    for number in range(6):
        pause(play, 1 + 31 * number, 31 + 31 * number)
    assert first(play).pause_spent == minutes(120)
    assert first(play).due_at == at(140)
    play.wake(150)
    assert first(play).state == "breached"


@pytest.mark.parametrize("held_first", [False, True])
def test_row_gaming_the_pause_a_hold_is_not_counted(held_first: bool) -> None:
    """An operator's hold has a reason, and its three hours do not count against the pause budget."""
    play = Play(BUDGET)
    if held_first:
        play.command("hold", 5, note="Supplier is down")
        play.tell("status_changed", 8, status="pending_customer")
    else:
        play.tell("status_changed", 5, status="pending_customer")
        play.command("hold", 8, note="Supplier is down")
    play.wake(3 * HOUR)
    play.command("release", 3 * HOUR)
    counted = 0 if held_first else 3
    assert (first(play).state, first(play).pause_spent) == ("paused", minutes(counted))
    play.wake(3 * HOUR + 120 - counted)
    assert first(play).state == "running"


def test_row_history_blow_up_a_pause_of_sixty_days_waits_for_nothing() -> None:
    """Sixty days of waiting for the customer need no timer, and afterwards the clock runs on with its rest."""
    play = Play()
    play.tell("status_changed", 8, status="pending_customer")
    assert next_deadline(play.now, play.policy) is None
    play.customer(63 * DAY)
    assert first(play).due_at == at(63 * DAY + 12)


def test_row_history_blow_up_a_budget_of_sixty_days_is_one_timer() -> None:
    """With a pause budget there is one deadline ahead, when the budget is used up."""
    patient = policy_of(base=ACME.replace("at_risk: 50%, hours", "at_risk: 50%, pause_budget: 300h, hours"))
    play = Play(patient)
    play.tell("status_changed", 8, status="pending_customer")
    ahead = {deadline.at for deadline in deadlines(play.now, play.policy)}
    assert len(ahead) == 1
    assert min(ahead) == at(52 * DAY + 4 * HOUR + 8)


def test_row_breach_while_closed_never_happens() -> None:
    """After a resolution at half past ten no clock is breached and no time is counted."""
    play = Play()
    play.answer(15)
    play.tell("status_changed", 30, status="resolved")
    before = play.now.sla.clocks
    play.wake(20 * HOUR)
    assert play.now.sla.clocks == before
    assert [(clock.id, clock.state, clock.spent) for clock in before] == [
        ("first_response.1", "met", minutes(15)),
        ("resolution.1", "met", minutes(30)),
    ]


def test_row_breach_while_closed_ends_a_hold_too() -> None:
    """A resolved conversation is no longer on hold: when the customer writes again, the clocks run."""
    play = Play()
    play.command("hold", 5, note="n")
    play.tell("status_changed", 8, status="resolved")
    play.customer(30)
    assert {clock.id: clock.state for clock in play.now.sla.open_clocks} == {
        "resolution.1": "running",
        "next_response.1": "running",
    }


def test_row_breach_while_closed_nor_when_merged() -> None:
    """A conversation that was merged into another has no running clocks, and none is breached afterwards."""
    play = Play()
    play.tell("merged", 12, into="other")
    before = play.now.sla.clocks
    play.wake(20 * HOUR)
    assert play.now.sla.clocks == before
    assert [(clock.state, clock.spent) for clock in before] == [("cancelled", minutes(12))] * 2


def test_row_snooze_puts_reminders_off_and_no_promise() -> None:
    """A snooze of two hours delays a reminder to the team, but not the customer's clock."""
    play = Play(policy_of("rules: [{name: nudge, on: {waiting: 15m}, do: [{tag: nudged}]}]\n"))
    decision = play.command("snooze", 5, **{"for": "2h"})
    assert reasons(decision) == ["Snoozed until Mon 5 Jan 12:05 UTC by anna"]
    play.wake(20)
    assert (first(play).state, play.now.contact.tags) == ("breached", ())
    play.wake(125)
    assert play.now.lifecycle.snoozed_until is None
    play.wake(135)
    assert play.now.contact.tags == ("nudged",)


def test_row_snooze_ends_with_a_word_of_the_customer() -> None:
    """A customer who writes ends the snooze early."""
    play = Play()
    play.answer(2)
    play.command("snooze", 5, **{"for": "2h"})
    assert "The snooze ended: the customer wrote" in reasons(play.customer(30))
