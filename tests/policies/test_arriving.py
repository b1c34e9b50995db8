"""Hard cases: events that come twice, out of order, with a wrong time or from Baton itself, and effects that fail."""

from itertools import permutations

import pytest

from policies.decide import decide
from policies.state.conversation import opened
from policies.state.effects import AnyEffect, Assign, Notify
from policies.state.events import EffectFailed, Fact
from tests.policies.stories import (
    ACME,
    FULL,
    RULES,
    START,
    Play,
    at,
    fact,
    policy_of,
    reasons,
    remarks,
    started,
    told,
    wake_up,
)

HOUR = 60
TELLING = """
rules:
  - {name: half, on: {clock: first_response, at: 50%}, do: [{notify: "slack:#half"}, {tag: hurry}]}
  - {name: soon, on: {clock: first_response, at: 75%}, do: [{notify: "slack:#soon"}]}
  - {name: late, on: {clock: first_response, at: breach}, do: [{notify: "slack:#late"}]}
"""
WARNING = """
rules:
  - {name: half, on: {clock: first_response, at: 50%}, do: [{notify: "slack:#half"}]}
"""
LOOP = """
rules:
  - {name: tagged, on: tag_added, do: [{note: "Tagged {{ event.tag }}"}]}
  - {name: moved, on: reassigned, do: [{note: "Moved to {{ event.team }}"}]}
  - {name: status, on: status_changed, do: [{note: "Now {{ event.status }}"}]}
  - {name: said, on: message, do: [{reply: "Thank you for writing"}]}
"""
STORY = (
    fact("tag_added", 3, tag="billing"),
    fact("message", 8, author="agent", text="Which invoice?"),
    fact("status_changed", 9, status="pending_customer"),
    fact("message", 30, author="customer", text="Number 7"),
    fact("reassigned", 34, team="tier-2", by="anna"),
)


def run(facts: list[Fact]) -> tuple[Play, list[AnyEffect]]:
    """Tell the facts one after another, all of them at minute 90; return the story and its effects."""
    play = Play(FULL)
    for event in facts:
        play.feed(event, 90)
    return play, play.effects


@pytest.mark.parametrize("times", range(1, 6))
def test_row_duplicate_webhooks(times: int) -> None:
    """An event that is delivered up to five times counts once, and no effect is wanted twice."""
    once, expected = run([*STORY])
    many, effects = run([event for event in STORY for _ in range(times)])
    again, repeated = run([*STORY] * times)
    assert many.now == again.now == once.now
    assert effects == repeated == expected


def test_row_out_of_order_resolved_before_it_began() -> None:
    """The resolution arrives before the start: the conversation is resolved in either order."""
    resolved = fact("status_changed", 5, status="resolved")
    for order in permutations((started(), resolved)):
        conversation = opened("c", START)
        for event in order:
            conversation = decide(conversation, event, at(6), policy=FULL).conversation
        situation = decide(conversation, wake_up(60), at(60), policy=FULL).conversation.situation
        assert (situation.lifecycle.status, situation.sla.open_clocks, situation.responsible.team) == (
            "resolved",
            (),
            "tier-1",
        )


def test_row_out_of_order_a_reply_in_time_takes_the_breach_back() -> None:
    """A reply of 10:19 arrives at 10:22: the breach of 10:20 is retracted with a note, and people are told."""
    play = Play(FULL)
    play.wake(20)
    decision = play.answer(19, seen=22)
    assert play.clock("first_response.1").state == "met"
    assert ("notify", "slack:#first", "Stand down: Late — c") in told(decision.effects)
    assert "Retracted: late. Why: a message of Mon 5 Jan 10:19:00 UTC arrived late" in reasons(decision)


def test_row_clock_skew() -> None:
    """A time that is an hour ahead or behind is corrected, on the record; a time two seconds ahead is not mentioned."""
    play = Play()
    play.tell("tag_added", 60, tag="ahead", seen=5)
    play.tell("tag_added", -60, tag="behind", seen=6)
    play.tell("tag_added", 7.03, tag="nearly", seen=7)
    assert [line.split(":")[0] for line in remarks(play)] == [
        "tag_added said 2026-01-05T11",
        "tag_added said 2026-01-05T09",
    ]
    assert play.now.at == at(7)


def test_row_automation_loops_our_own_writes_set_off_nothing() -> None:
    """Baton's own writes come back from the helpdesk: they are recorded, and no rule runs."""
    play = Play(policy_of(LOOP))
    echoes = [
        play.tell("tag_added", 1, tag="routed", by="baton"),
        play.tell("tag_removed", 2, tag="routed", by="baton"),
        play.tell("reassigned", 3, team="tier-2", by="baton"),
        play.tell("status_changed", 4, status="pending_customer", by="baton"),
        play.tell("message", 5, author="agent", author_id="baton", text="Thank you for writing"),
    ]
    assert [decision.effects for decision in echoes] == [()] * 5
    assert (play.now.responsible.team, play.now.lifecycle.status, play.now.told.messages) == (
        "tier-2",
        "pending_customer",
        1,
    )
    assert told(play.tell("tag_added", 6, tag="vip", by="anna").effects) == [("note", "Tagged vip")]


def test_row_automation_loops_a_customer_called_baton_is_a_customer() -> None:
    """A customer whose id is `baton` is still heard as a customer."""
    play = Play(policy_of(LOOP))
    assert told(play.tell("message", 1, author="customer", author_id="baton", text="Hi").effects) == [
        ("reply", "Thank you for writing")
    ]


def test_row_automation_loops_an_echo_leaves_the_way_back_open() -> None:
    """The helpdesk reports our own assignment to on call: in the morning the conversation still returns to Tier 1."""
    play = Play(began=26 * HOUR)
    play.tell("reassigned", 26 * HOUR + 1, team="on-call", by="baton")
    play.wake(47 * HOUR)
    assert play.now.responsible.team == "tier-1"


def test_row_automation_loops_trip_and_say_so() -> None:
    """Rules that set each other off through the helpdesk stop at their budget, and people are told."""
    play = Play(policy_of(LOOP, "rule_budget: 5\nalert: slack:#ops\n"))
    for number in range(9):
        play.tell("tag_added", number + 1, tag=f"t{number}", by="zapier")
    text = (
        "Rule “tagged” is muted: it left effects 5 times within an hour. It works again after an hour with fewer than "
        "3. Check the policy for a loop"
    )
    assert told(play.effects)[-2:] == [("note", text), ("notify", "slack:#ops", text)]
    assert [line[0] for line in told(play.effects)].count("note") == 6


@pytest.mark.parametrize(
    "body",
    [
        {"author": "assistant"},
        {"author": "agent", "automatic": True},
        {"author": "agent", "public": False},
        {"author": "agent", "author_id": "baton"},
    ],
)
def test_row_own_reply_stops_no_clock(body: dict[str, object]) -> None:
    """The assistant, an auto-reply, an internal note or Baton's own reply does not answer the customer."""
    play = Play()
    play.tell("message", 5, text="A colleague will be with you", **body)
    assert (play.clock("first_response.1").state, play.now.waiting.since) == ("running", START)


KINDS = ("assign", "add_internal_note", "send_reply", "add_tag", "remove_tag", "set_priority", "set_status", "notify")


@pytest.mark.parametrize("kind", [*KINDS, "tell_conversation"])
def test_row_transient_error_ends_nothing(kind: str) -> None:
    """A failed effect is recorded; all clocks run on, and the ladder goes on as before."""
    play = Play(policy_of(RULES), delivers=True)
    failed = EffectFailed(event_id="f", occurred_at=at(5), source="baton", effect=kind, key=f"c/x/{kind}/0", why="gone")
    decision = play.feed(failed, 5)
    assert reasons(decision) == [f"Could not {kind.replace('_', ' ')}: gone"]
    for when in (20, 25):
        play.wake(when)
    assert play.clock("first_response.1").state == "breached"
    assert [effect.target for effect in play.effects if isinstance(effect, Notify)] == ["slack:#first", "slack:#second"]


def test_row_late_wake_up_tells_the_worst_once() -> None:
    """After two days without a worker, warnings and breach are recorded at their instants; only the breach is told."""
    play = Play(policy_of(TELLING, base=ACME.replace(", after_hours: on-call", "")))
    decision = play.wake(2 * 24 * HOUR)
    assert told(decision.effects) == [("tag", "hurry"), ("notify", "slack:#late", "Late — c")]
    assert [(entry.kind, entry.at) for entry in decision.because if entry.clock == "first_response.1"] == [
        ("clock_at_risk", at(10)),
        ("clock_at_risk", at(15)),
        ("clock_breached", at(20)),
    ]


def test_row_late_wake_up_between_two_warnings() -> None:
    """Both warnings are overdue and the breach is not: only the stronger warning is told."""
    base = policy_of(TELLING)
    play = Play(base)
    assert told(play.wake(16).effects) == [("tag", "hurry"), ("notify", "slack:#soon", "Soon — c")]
    assert told(play.wake(20).effects) == [("notify", "slack:#late", "Late — c")]


def test_row_late_wake_up_still_warns_where_nothing_worse_is_told() -> None:
    """With a rule for the warning only, the warning is told even when it is late."""
    assert told(Play(policy_of(WARNING)).wake(40).effects) == [("notify", "slack:#half", "Half — c")]


def test_row_late_wake_up_warns_of_nothing_that_was_answered() -> None:
    """The worker was away when the warning was due, and the answer came in time: no warning is sent afterwards."""
    play = Play(policy_of(TELLING))
    assert told(play.answer(15).effects) == [("tag", "hurry")]
    assert play.clock("first_response.1").reached == (50,)


def test_row_late_wake_up_a_warning_that_was_given_stays_given() -> None:
    """Warnings and breach were told in time: a late fact that changes neither takes nothing back."""
    play = Play(policy_of(TELLING))
    for when in (10, 15, 20):
        play.wake(when)
    decision = play.tell("tag_added", 3, tag="vip", seen=25)
    assert (decision.effects, remarks(play)) == ((), [])
    assert [effect.target for effect in play.effects if isinstance(effect, Notify)] == [
        "slack:#half",
        "slack:#soon",
        "slack:#late",
    ]


def test_row_late_wake_up_a_breach_that_was_none_warns_after_all() -> None:
    """The breach was told an hour late; then a late pause shows that only half the time was used: a warning is told."""
    play = Play(policy_of(TELLING))
    play.wake(40)
    decision = play.tell("status_changed", 12.5, status="pending_customer", seen=42)
    assert ("notify", "slack:#half", "Half — c") in told(decision.effects)
    assert play.clock("first_response.1").state == "paused"


def test_row_late_wake_up_after_two_days_calls_one_person() -> None:
    """After two days without a worker the ladder begins with its first step, which has its whole five minutes."""
    play = Play(FULL)
    decision = play.wake(2 * 24 * HOUR)
    assert [effect.page for effect in decision.effects if isinstance(effect, Notify)] == ["people.1/1.1"]
    assert [effect.team for effect in decision.effects if isinstance(effect, Assign)] == ["tier-2"]
