"""A close by mistake: a person who opens the conversation again soon undoes the close; later it is in line at least."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from policies.deadlines import deadlines, why_nothing
from policies.running.policy import Policy
from policies.state.effects import AskTeam, Notify, TellOwner, UpdateNotification
from policies.state.events import Absorbed, Held, Released, Snoozed
from policies.state.records.sla import Clock, Silence
from policies.state.situation import Situation
from tests.policies.queues.queueing_stories import DESK, RULES, Queueing
from tests.policies.stories import ACME, Play, at, change_over, minutes, policy_of, reasons

SILENCES = "rules: [{name: nudge, on: {waiting: 2h}, do: [{tag: waits}]}]\n"
LATE = """  - {name: late, on: {clock: first_response}, do: [{notify: people}]}
escalations: {people: {lead: "slack:#leads", steps: [{notify: "slack:#first", wait: 30m}]}}
"""
CALLS = f"rules:\n{LATE}"


def close(play: Play, when: float) -> None:
    """Let the helpdesk report that it was resolved."""
    play.tell("status_changed", when, event_id=f"close-{when:g}", status="resolved", by="anna")


def reopen(play: Play, when: float, status: str = "open") -> Any:
    """Let the helpdesk report that a person opened it again."""
    return play.tell("status_changed", when, event_id=f"open-{when:g}", status=status, by="anna")


def as_it_stands(s: Situation) -> list[object]:
    """Return the wait, the promises, the silences, the place in line and the rest that a close ends."""
    place = s.queue_entry and replace(s.queue_entry, ticket="", position=0, present=0, estimate="", look_at=None)
    return [s.waiting, s.sla, place, s.handoffs.latest, s.handoffs.offered, replace(s.lifecycle, closed=None)]


def test_a_close_that_is_undone_within_ten_minutes_has_not_happened() -> None:
    """Reopened ten minutes after the close: the customer waits since their message, and the answer is due as before."""
    play = Queueing(policy_of(SILENCES, base=_promising(DESK)))
    close(play, 12)
    assert (play.now.waiting.since, play.now.queue_entry, play.now.sla.open_clocks) == (None, None, ())
    back = reopen(play, 22)
    assert reasons(back)[:2] == [
        "Status open by anna",
        "Opened again, as if it had not been closed: the close is undone within 10m",
    ]
    assert (play.now.waiting.since, play.clock("first_response.1").due_at) == (at(0), at(60))
    assert (play.entry.wait, play.entry.entered_at, play.now.lifecycle.reopened) == (at(0), at(0), 0)
    assert [effect.since for effect in back.effects if isinstance(effect, AskTeam)] == [at(0)]
    assert play.now.sla.silences[0] == Silence("waiting", at(0).isoformat(), "care", since=at(0))


def test_later_it_is_at_least_in_line() -> None:
    """Reopened after ten minutes, no wait is restored, and the conversation is in line for an assignee."""
    play = Queueing(policy_of(base=_promising(DESK)))
    close(play, 12)
    reopen(play, 22.1)
    assert (play.now.waiting.since, play.entry.state, play.entry.wait) == (None, "waiting", None)
    assert (play.now.lifecycle.reopened, [clock.id for clock in play.now.sla.open_clocks]) == (1, ["resolution.1"])


def test_the_policy_says_how_long_a_close_can_be_undone() -> None:
    """With `reopen_within: 1h` a close is undone after an hour, and not after that."""
    for when, since in ((72, at(0)), (72.1, None)):
        play = Play(policy_of("reopen_within: 1h\n"))
        close(play, 12)
        reopen(play, when)
        assert play.now.waiting.since == since


def test_an_agent_who_had_it_has_it_again() -> None:
    """The agent who had the conversation has it again, and the time they let the customer wait goes on."""
    play = Queueing()
    play.granted(3, "bob")
    close(play, 10)
    back = reopen(play, 15)
    assert [(effect.agent, effect.is_waiting) for effect in back.effects if isinstance(effect, TellOwner)] == [
        ("bob", True)
    ]
    assert [(each.what, each.at) for each in deadlines(play.now, play.policy)] == [("taken back from bob", at(33))]


def test_a_promise_due_meanwhile_is_late_at_once() -> None:
    """A promise whose time passed while the conversation was closed is late when the close is undone."""
    play = Play()
    close(play, 15)
    assert "First response breached: 20m passed without it" in reasons(reopen(play, 24))


def test_calls_go_on() -> None:
    """People who were called, and stood down by the close, are called again for the customer who still waits."""
    play = Play(policy_of(CALLS), delivers=True)
    play.wake(20)
    close(play, 21)
    back = reopen(play, 24)
    outcomes = [effect.outcome for effect in back.effects if isinstance(effect, UpdateNotification)]
    assert outcomes == ["resumed"]
    assert [effect.target for effect in back.effects if isinstance(effect, Notify)] == ["slack:#first"]
    assert [run.id for run in play.now.on_call.running] == ["people.1"]


def test_a_person_who_has_it_still_has_it() -> None:
    """A person who acknowledged before the close still has to answer; others are called only after their time."""
    play = Play(policy_of(CALLS), delivers=True)
    play.wake(20)
    play.command("acknowledge", 21)
    lease = play.on_call_run("people.1").lease_until
    close(play, 22)
    assert play.on_call_run("people.1").lease_until is None
    back = reopen(play, 24)
    assert (play.on_call_run("people.1").lease_until, [e for e in back.effects if isinstance(e, Notify)]) == (lease, [])


def test_an_answer_that_came_meanwhile_counts_when_it_came() -> None:
    """An answer sent while the conversation was closed by mistake keeps the promise at the time of that answer."""
    play = Play()
    close(play, 10)
    play.answer(14)
    reopen(play, 18)
    first = play.clock("first_response.1")
    assert (play.now.waiting.since, first.state, first.spent, first.ended_at) == (None, "met", minutes(14), at(14))


def test_holds_and_snoozes_go_on() -> None:
    """A hold that the close ended goes on until its end, and so does a snooze."""
    play = Play()
    play.command("hold", 3, note="n", **{"for": "2h"})
    play.command("snooze", 4, **{"for": "1h"})
    close(play, 10)
    reopen(play, 18)
    assert (play.now.lifecycle.held_until, play.now.lifecycle.snoozed_until) == (at(123), at(64))
    assert {clock.state for clock in play.now.sla.open_clocks} == {"paused"}


def test_a_rule_that_closed_by_mistake_is_undone_too() -> None:
    """A person who opens again what a rule took for spam undoes the rule's close."""
    spam = "rules: [{name: spam, on: tag_added, do: [{resolve: Spam}]}]\n"
    play = Play(policy_of(spam))
    play.tell("tag_added", 5, tag="spam")
    reopen(play, 9)
    assert (play.now.waiting.since, play.clock("first_response.1").due_at) == (at(0), at(20))


def test_a_merge_and_another_policy_are_undone_by_no_reopening() -> None:
    """After a merge the wait is the other conversation's, and after a change of policy the promises are others."""
    merged = Play()
    merged.tell("merged", 5, into="other")
    reopen(merged, 6)
    adopted = Play()
    close(adopted, 5)
    change_over(adopted, policy_of(base=ACME.replace("20m", "10m")), "carry", 6)
    reopen(adopted, 7)
    assert (merged.now.waiting.since, adopted.now.waiting.since) == (None, None)


def test_a_message_of_the_customer_reopens_as_before() -> None:
    """A customer who writes after the close waits from then on, as with every other reopening."""
    play = Play()
    close(play, 5)
    play.customer(8)
    assert (play.now.waiting.since, play.now.lifecycle.reopened, play.now.lifecycle.closed) == (at(8), 1, None)


def test_an_older_edition_reopens_as_before() -> None:
    """A conversation of edition 2 restores nothing and is not in line, so that its history can be replayed."""
    play = Queueing(edition=2)
    close(play, 5)
    reopen(play, 6)
    assert (play.now.waiting.since, play.now.queue_entry) == (None, None)


def test_the_page_says_why_nothing_is_ahead() -> None:
    """Where a customer waits and nothing will happen by time alone, the conversation says why."""
    promised = Play(policy_of(base=ACME.replace("next_response: 40m, resolution: 7h, ", "")), channel="email")
    promised.wake(20)
    assert why_nothing(promised.now, promised.policy) == ""  # business hours end
    queue = Queueing(channel="letter")
    assert why_nothing(queue.now, queue.policy) == "Archive has promised no time for an answer"


def _promising(desk: str) -> str:
    """Return the desk's policy with promises of an hour, a day's resolution and no end of the line."""
    base = desk.replace("    name: Care\n", "    name: Care\n    sla: standard\n")
    return base + "sla: {standard: {first_response: 1h, next_response: 1h, resolution: 1d, at_risk: 50%}}\n"


QUEUED = policy_of(SILENCES, base=_promising(DESK))
PROMISED = policy_of(RULES, LATE, base=_promising(DESK))


def told(name: str, **body: Any) -> Callable[[float], Any]:
    """Return a maker of this signal."""
    return lambda when: (name, when, body)


BEFORE = (
    told("message", author="customer"),
    told("message", author="agent", author_id="bob"),
    told("reassigned", team="care", assignee="bob", by="lead"),
    told("reassigned", team="care", by="lead"),
    told("tag_added", tag="refund"),
    told("status_changed", status="on_hold"),
    told("status_changed", status="open"),
    told("customer_updated", tier="gold"),
    told("callback_promised", at=at(600).isoformat()),
)
_PREFIX = st.lists(st.tuples(st.sampled_from(BEFORE), st.integers(1, 200)), max_size=8, unique_by=lambda one: one[1])


def check_undone(facts: list[tuple[Any, int]], after: float) -> None:
    """Check that a conversation that was closed and reopened stands as its twin that was never closed."""
    closed, open_ = Queueing(QUEUED), Queueing(QUEUED)
    for number, (make, when) in enumerate(sorted(facts, key=lambda one: one[1])):
        for play in (closed, open_):
            name, instant, body = make(when)
            play.tell(name, instant, event_id=f"e{number}", **body)
    for play in (closed, open_):
        play.wake(200.9)
    due = (each.at for each in deadlines(open_.now, QUEUED))
    assume(not any(at(200) <= when <= at(201 + after) for when in due))  # what fell due while closed comes later
    status = open_.now.lifecycle.status
    close(closed, 201)
    reopen(closed, 201 + after, status)
    for play in (closed, open_):
        play.wake(201 + after)
    assert as_it_stands(closed.now) == as_it_stands(open_.now)


@settings(max_examples=20)
@given(_PREFIX, st.floats(0.1, 10))
def test_an_undone_close_has_not_happened(facts: list[Any], after: float) -> None:
    """A close that is undone in time leaves wait, promises and place as they were, after any earlier events."""
    check_undone(facts, after)


@pytest.mark.slow
@settings(max_examples=2000)
@given(_PREFIX, st.floats(0.1, 10))
def test_an_undone_close_has_not_happened_in_thousands_of_stories(facts: list[Any], after: float) -> None:
    """In thousands of stories a close that is undone in time has not happened."""
    check_undone(facts, after)


COMMANDED: tuple[Callable[[float], Any], ...] = (
    lambda when: Held(event_id=f"h{when:g}", occurred_at=at(when), source="command", by="anna", note="n"),
    lambda when: Released(event_id=f"l{when:g}", occurred_at=at(when), source="command", by="anna"),
    lambda when: Snoozed(event_id=f"z{when:g}", occurred_at=at(when), source="command", by="anna", until=at(when + 30)),
    lambda when: Absorbed(event_id=f"a{when:g}", occurred_at=at(when), other="b", waiting_since=at(when - 20)),
)
TEAMS_WORDS = (
    told("queued", position=1),
    told("queued", position=1, is_refused=True),
    told("offered", agent="ann", offer="1", until=at(600).isoformat()),
    told("granted", agent="ann"),
    told("reclaimed", agent="ann"),
)
ANYTHING = (
    *BEFORE,
    *TEAMS_WORDS,
    *COMMANDED,
    told("status_changed", status="resolved"),
    told("status_changed", status="pending_customer"),
    told("reassigned", team="seniors", by="lead"),
    told("reassigned", team="archive", assignee="cid", by="lead"),
    told("tag_added", tag="outage"),
    told("merged", into="b"),
)
_ANYTHING = st.lists(st.tuples(st.sampled_from(ANYTHING), st.integers(1, 400)), max_size=14)


def check_invariants(s: Situation, policy: Policy) -> None:
    """Check that an open conversation is looked after, and that a waiting customer has something ahead or a reason."""
    team, place = policy.team(s.responsible.team), s.queue_entry
    if not s.lifecycle.is_paused and team is not None and team.queue is not None:
        assert place is not None
        assert place.team == s.responsible.team
        assert (place.agent if place.state == "owned" else "") == s.responsible.assignee
    if not s.is_waiting or deadlines(s, policy):
        assert why_nothing(s, policy) == ""
        return
    answer: list[Clock] = [clock for clock in s.sla.open_clocks if clock.kind.is_answer]
    assert [clock.state for clock in answer] in ([], ["breached"])
    promised = policy.span("next_response", team=s.responsible.team, channel="", priority="", customer_tier="")
    why = why_nothing(s, policy)
    assert why.endswith("no person is called any more") if answer else (why and promised is None)


def check_story(facts: list[tuple[Any, int]], policy: Policy) -> None:
    """Check the invariants after each fact, and as time passes."""
    play = Queueing(policy)
    check_invariants(play.now, play.policy)
    for number, (make, when) in enumerate(sorted(facts, key=lambda one: one[1])):
        made = make(when)
        if isinstance(made, tuple):
            name, instant, body = made
            if name in ("queued", "offered", "granted", "reclaimed"):
                ticket = play.now.queue_entry.ticket if play.now.queue_entry else "gone"
                body = {"team": play.now.responsible.team, "ticket": ticket, "because": "…", **body}
            play.tell(name, instant, event_id=f"e{number}", **body)
        else:
            play.feed(made.model_copy(update={"event_id": f"e{number}"}), when)
        check_invariants(play.now, play.policy)
    for later in (401, 700, 10_000):
        play.wake(later)
        check_invariants(play.now, play.policy)


@settings(max_examples=20)
@given(_ANYTHING, st.sampled_from([QUEUED, PROMISED]))
def test_no_open_conversation_is_forgotten(facts: list[Any], policy: Policy) -> None:
    """An open conversation in a queue team is in line, offered or assigned; a waiting customer has something ahead."""
    check_story(facts, policy)


@pytest.mark.slow
@settings(max_examples=2000)
@given(_ANYTHING, st.sampled_from([QUEUED, PROMISED]))
def test_no_open_conversation_is_forgotten_in_thousands_of_stories(facts: list[Any], policy: Policy) -> None:
    """In thousands of stories no open conversation is without a place, and no waiting customer without a reason."""
    check_story(facts, policy)
