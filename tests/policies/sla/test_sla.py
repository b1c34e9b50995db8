"""Clocks of the promises to the customer: when they run, pause, are met and are breached."""

import pytest

from policies.state.effects import SetStatus
from tests.policies.stories import ACME, RULES, START, Play, at, minutes, policy_of, reasons, told

HOUR = 60
TUESDAY, WEDNESDAY = 24 * HOUR, 48 * HOUR
"""The same time of the next two days; Tuesday is a holiday."""
FRIDAY, NEXT_MONDAY = 96 * HOUR, 168 * HOUR


def states(play: Play) -> dict[str, str]:
    return {clock.id: clock.state for clock in play.now.sla.clocks}


def test_a_conversation_begins_with_two_promises() -> None:
    """A first response and a resolution are promised from the start, both in business time."""
    play = Play()
    assert [(clock.id, clock.target, clock.due_at) for clock in play.now.sla.clocks] == [
        ("first_response.1", minutes(20), at(20)),
        ("resolution.1", minutes(7 * HOUR), at(7 * HOUR)),
    ]
    assert [(mark.percent, mark.at) for mark in play.clock("first_response.1").marks] == [(50, at(10)), (100, at(20))]


@pytest.mark.parametrize(("when", "state"), [(0, "met"), (19.99, "met"), (20, "met"), (20.01, "breached")])
def test_an_answer_at_the_due_time_is_in_time(when: float, state: str) -> None:
    """An answer at or before the due time is in time; one that comes a second later is late."""
    play = Play()
    play.answer(when)
    assert (play.clock("first_response.1").state, play.clock("first_response.1").ended_at) == (state, at(when))


def test_an_answer_at_the_due_time_is_in_time_though_the_timer_was_quicker() -> None:
    """A webhook that arrives after our timer still counts at its own time, so an answer in time is not late."""
    play = Play()
    play.wake(20)
    assert play.now.sla.state == "breached"
    play.answer(20, seen=20.5)
    assert states(play) == {"first_response.1": "met", "resolution.1": "running"}


@pytest.mark.parametrize(
    "body",
    [
        {"author": "assistant"},
        {"author": "agent", "public": False},
        {"author": "agent", "automatic": True},
        {"author": "customer"},
    ],
)
def test_only_a_person_who_tells_the_customer_answers(body: dict[str, object]) -> None:
    """The assistant, an internal note, an auto-reply or the customer's second question does not meet a clock."""
    play = Play()
    play.tell("message", 5, text="…", **body)
    assert (play.clock("first_response.1").state, play.now.waiting.since) == ("running", START)


def test_how_long_it_took_is_said() -> None:
    """The record shows the time used and the target."""
    early, late = Play(), Play()
    assert reasons(early.answer(12))[-1] == "First response met after 12m of 20m"
    late.wake(20)
    assert reasons(late.answer(32))[-1] == "First response late after 32m, target 20m"


def test_every_wait_is_a_promise_of_its_own() -> None:
    """Each wait has a clock that runs from the first unanswered message; further messages do not change it."""
    play = Play()
    play.answer(5)
    play.customer(10)
    play.customer(30)
    assert play.clock("next_response.1").due_at == at(50)
    play.answer(45)
    play.answer(46)
    play.customer(60)
    play.answer(101)
    assert states(play) == {
        "first_response.1": "met",
        "resolution.1": "running",
        "next_response.1": "met",
        "next_response.2": "breached",
    }


def test_a_long_talk_forgets_no_promise() -> None:
    """After forty answers the resolution clock still has its first due time."""
    play = Play()
    for round_ in range(40):
        play.answer(2 + 8 * round_)
        play.customer(6 + 8 * round_)
    assert play.clock("resolution.1").due_at == at(7 * HOUR)
    assert play.clock("next_response.40").is_open
    assert len(play.now.sla.clocks) == 12


def test_waiting_for_the_customer_costs_no_time() -> None:
    """The clock is paused from when we wait for the customer until they write, even if we hear of it later."""
    play = Play()
    play.tell("status_changed", 8, status="pending_customer")
    clock = play.clock("first_response.1")
    assert (clock.state, clock.spent, clock.due_at, clock.marks) == ("paused", minutes(8), None, ())
    decision = play.customer(30, seen=33)
    assert told(decision.effects) == [("status", "open")]
    assert play.clock("first_response.1").due_at == at(42)
    assert play.clock("resolution.1").due_at == at(WEDNESDAY - HOUR + 22)


def test_a_pause_heard_of_late_still_counts_from_when_it_began() -> None:
    """A pause that is reported late counts from its beginning, so a slow webhook costs the team no time."""
    play = Play()
    play.wake(15)
    play.tell("status_changed", 8, status="pending_customer", seen=18)
    play.tell("status_changed", 28, status="open")
    clock = play.clock("first_response.1")
    assert (clock.reached, clock.due_at) == ((), at(40))


@pytest.mark.parametrize("status", ["on_hold", "resolved", "pending_customer"])
def test_a_customer_who_writes_opens_it_again(status: str) -> None:
    """A customer who writes opens the conversation again, whether it was on hold, resolved or waiting for them."""
    play = Play()
    play.answer(2)
    play.tell("status_changed", 5, status=status)
    assert told(play.customer(9).effects) == [("status", "open")]
    assert (play.now.lifecycle.status, play.now.is_waiting) == ("open", True)
    assert len(play.asked(SetStatus)) == 1


def test_the_night_the_weekend_and_the_holiday_do_not_count() -> None:
    """Only business time counts: Tuesday is a holiday, so the rest of Monday's time runs on Wednesday."""
    play = Play(opened_at=at(0).isoformat())
    assert play.clock("resolution.1").due_at == at(7 * HOUR)  # Monday, closing time
    play.answer(1)
    play.customer(6.5 * HOUR)
    assert play.clock("next_response.1").due_at == at(WEDNESDAY - HOUR + 10)
    play.answer(6.6 * HOUR)
    play.customer(FRIDAY + 6.75 * HOUR)
    assert play.clock("next_response.2").due_at == at(NEXT_MONDAY - HOUR + 25)


def test_a_pause_over_night_gives_back_only_business_time() -> None:
    """A pause from 16:30 to 9:10 on the next working day gives back forty minutes, not seventeen hours."""
    play = Play()
    play.tell("status_changed", 6.5 * HOUR, status="pending_customer")
    play.tell("status_changed", WEDNESDAY - HOUR + 10, status="open")
    assert play.clock("resolution.1").due_at == at(WEDNESDAY - HOUR + 40)


def test_reopening_goes_on_where_it_stood() -> None:
    """The days in which a conversation was resolved do not count; a new wait begins with the customer's message."""
    play = Play()
    play.answer(10)
    play.tell("status_changed", HOUR, status="resolved")
    assert (play.clock("resolution.1").state, play.now.lifecycle.closes_at) == ("met", at(25 * HOUR))
    play.customer(WEDNESDAY)
    assert (play.now.lifecycle.reopened, play.now.lifecycle.closes_at, play.now.lifecycle.status) == (1, None, "open")
    assert play.clock("resolution.1").due_at == at(WEDNESDAY + 6 * HOUR)
    assert play.clock("next_response.1").due_at == at(WEDNESDAY + 40)


def test_reopening_by_the_desk_resumes_the_resolution_only() -> None:
    """When an agent reopens a conversation, the resolution clock runs on, and no response is due."""
    play = Play()
    play.answer(10)
    play.tell("status_changed", HOUR, status="resolved")
    play.tell("status_changed", 2 * HOUR, status="open")
    assert [(clock.id, clock.due_at) for clock in play.now.sla.open_clocks] == [("resolution.1", at(WEDNESDAY))]


def test_resolving_without_an_answer_breaks_no_promise() -> None:
    """Resolving a conversation without an answer cancels the response clock and breaches nothing."""
    play = Play()
    play.tell("status_changed", 10, status="resolved")
    assert states(play) == {"first_response.1": "cancelled", "resolution.1": "met"}


def test_a_handover_does_not_reset_the_clock() -> None:
    """Another team's target counts the time that was already used, so moving back and forth gains nothing."""
    play = Play()
    for number in range(6):
        play.tell("reassigned", 2 + number, team=("tier-2", "tier-1")[number % 2], event_id=f"r{number}")
    assert play.clock("first_response.1").due_at == at(20)
    play.tell("reassigned", 9, team="tier-2")
    assert play.clock("first_response.1").due_at == at(40)


def test_a_shorter_promise_already_used_up_breaks_now() -> None:
    """Billing has ten minutes and fifteen are used: one breach, at the time of the change and not before it."""
    play = Play(policy_of(RULES))
    decision = play.tell("reassigned", 15, team="billing")
    breaches = [
        (entry.at, entry.text) for entry in decision.because if entry.kind in ("clock_breached", "clock_at_risk")
    ]
    assert breaches == [
        (at(10), "First response at risk: 50% of 20m used, due Mon 5 Jan 10:20 UTC"),
        (at(15), "First response breached by the change: 15m used of 10m"),
    ]
    assert play.clock("first_response.1").due_at == at(15)


def test_a_team_without_promises_hands_over_to_one_with_them() -> None:
    """A team without targets has no clocks; they start when the conversation moves to a team with targets."""
    assistant = ACME.replace("after_hours: on-call, sla: standard", "after_hours: on-call")
    play = Play(policy_of(base=assistant))
    assert play.now.sla.clocks == ()
    play.tell("reassigned", 5, team="tier-2")
    assert [(clock.id, clock.started_at, clock.due_at) for clock in play.now.sla.clocks] == [
        ("first_response.1", at(5), at(45)),
        ("resolution.1", at(5), at(5 + 7 * HOUR)),
    ]


def test_a_hold_stops_every_clock_and_says_why() -> None:
    """An operator's hold pauses all clocks until the release."""
    play = Play()
    assert reasons(play.command("hold", 5, note="Supplier is down")) == [
        "Held by anna — Supplier is down",
        "Clocks paused: on hold",
    ]
    assert states(play) == {"first_response.1": "paused", "resolution.1": "paused"}
    play.wake(3 * HOUR)
    play.command("release", 3 * HOUR)
    assert play.clock("first_response.1").due_at == at(3 * HOUR + 15)


def test_the_worst_promise_is_shown() -> None:
    """Lists show the worst state among a conversation's open clocks; with none open, how they ended."""
    play, seen = Play(), []
    seen.append(play.now.sla.state)
    play.wake(10)
    seen.append(play.now.sla.state)
    play.wake(20)
    seen.append(play.now.sla.state)
    play.answer(25)
    play.tell("status_changed", 26, status="pending_customer")
    seen.append(play.now.sla.state)
    play.tell("status_changed", 27, status="resolved")
    seen.append(play.now.sla.state)
    assert seen == ["running", "at_risk", "breached", "paused", "breached"]
