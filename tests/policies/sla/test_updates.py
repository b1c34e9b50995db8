"""A customer who waits hears about it again and again: spaced, in business hours, further apart, and without an end."""

from datetime import date, datetime, timedelta
from itertools import islice, pairwise, takewhile

import pytest

from policies.document.document import Wait
from policies.loading.load import PolicyError, load_policy
from policies.sla.updates import SLOWEST, spans
from policies.state.effects import SendReply
from tests.cases import case
from tests.policies.handoff.worlds import ASKS, ASSISTED, asks, chat, helped
from tests.policies.stories import Play, at, change_over, reasons

POLICY = helped(case("policies/sla/updates"))
DAY = 24 * 60


def told(play: Play) -> list[datetime]:
    """Return when the customer was told about the wait, by the rule that repeats."""
    return [reply.due_at for reply in play.asked(SendReply) if reply.because.startswith("still")]


def waiting(**body: object) -> Play:
    """Return a chat whose customer has asked for a person at Monday 10:01."""
    play = chat(POLICY, **body)
    asks(play, 1)
    return play


def wait_until(play: Play, minute: int) -> None:
    """Let each deadline ring by itself, up to a minute of the story."""
    for when in range(2, minute + 1):
        play.wake(when)


def test_the_pace_grows_slower_and_never_ends() -> None:
    """A wait told each half hour is told 14 times in the first day around the clock, then every eight hours."""
    half_hourly = Wait("waiting", timedelta(minutes=30), every=timedelta(minutes=30))
    minutes = [int(lasted.total_seconds()) // 60 for _, lasted in islice(spans(half_hourly), 24)]
    assert minutes[:9] == [30, 60, 90, 120, 180, 240, 300, 360, 480]
    assert len([each for each in minutes if each <= DAY]) == 14
    assert {after - before for before, after in pairwise(minutes[16:])} == {480}


@pytest.mark.parametrize("every", [1, 5, 30, 60])
def test_no_pace_tells_more_than_three_dozen_times_a_day(every: int) -> None:
    """A customer is told at most 36 times in the first day, and then three times a day, whatever the span."""
    span = timedelta(minutes=every)
    lasted = [
        each
        for _, each in takewhile(lambda each: each[1] <= timedelta(days=9), spans(Wait("waiting", span, every=span)))
    ]
    assert len([each for each in lasted if each <= timedelta(days=1)]) <= 36
    assert len([each for each in lasted if timedelta(days=8) < each]) == timedelta(days=1) // SLOWEST


def test_the_customer_is_told_again_after_two_hours_and_in_business_hours_only() -> None:
    """A wait from Monday 10:01 is told each half hour, then each hour; nothing at night, and it goes on on Tuesday."""
    play = waiting()
    wait_until(play, 23 * 60 + 120)
    assert [f"{each:%a %H:%M}" for each in told(play)] == [
        *("Mon 10:31", "Mon 11:01", "Mon 11:31", "Mon 12:01", "Mon 13:01", "Mon 14:01", "Mon 15:01", "Mon 16:01"),
        "Tue 10:01",
    ]


def test_each_update_says_what_is_known_then() -> None:
    """Each update has the wait so far and the promise, as long as the promise can be kept."""
    play = waiting()
    wait_until(play, 61)
    replies = [reply for reply in play.asked(SendReply) if isinstance(reply, SendReply)]
    assert [reply.body.partition("\n")[0] for reply in replies] == [
        "0 minutes. You will hear from a person by Mon 5 Jan 10:21 UTC.",
        "30 minutes. A person will answer you here.",
        "60 minutes. A person will answer you here.",
    ]


def test_the_updates_end_with_an_answer() -> None:
    """An agent's answer ends the updates; the next wait begins with the first span again."""
    play = waiting()
    wait_until(play, 61)
    play.answer(62)
    play.wake(300)
    assert told(play) == [at(31), at(61)]


def test_after_an_outage_the_customer_reads_one_update() -> None:
    """The customer reads only the last of the updates that fell due while Baton was away."""
    play = waiting()
    decision = play.wake(200)
    assert [reply.due_at for reply in decision.effects if isinstance(reply, SendReply)] == [at(181)]
    assert [line for line in reasons(decision) if line.startswith("Nobody")] == [
        f"Nobody has come to relieve the assistant for {span}" for span in ("30m", "1h", "1h30m", "2h", "3h")
    ]
    wait_until(play, 245)
    assert told(play) == [at(181), at(241)]


def test_an_update_that_comes_with_the_answer_is_not_sent() -> None:
    """An answer that happened before Baton was back ends the wait: the customer reads no update after it."""
    play = waiting()
    play.answer(100)
    assert told(play) == []


def test_a_customer_who_chose_to_wait_is_not_told_more_often_than_the_span() -> None:
    """After the choice to wait, the next update comes half an hour later at the earliest, and the timeline says so."""
    play = waiting()
    play.tell("choice_made", 20, choice="wait")
    decision = play.wake(31)
    assert [reply for reply in decision.effects if isinstance(reply, SendReply)] == []
    why = "the customer has chosen to wait, and is told every 30m at most"
    assert f"Rule “still looking” sends no reply: {why}" in reasons(decision)
    wait_until(play, 95)
    assert told(play) == [at(61), at(91)]


def test_a_customer_who_is_called_back_is_told_nothing_until_then() -> None:
    """A customer who chose a callback hears nothing about the wait before it is due."""
    play = waiting()
    play.tell("choice_made", 20, choice="callback")
    wait_until(play, 79)
    assert told(play) == []


def test_updates_need_no_assistant_and_no_queue() -> None:
    """A customer who calls people at once is told after two hours, then each hour, in plain replies."""
    play = Play(POLICY, channel="voice", customer={"name": "Kim"})
    play.tell("message", 0, author="customer", text="Hello?", event_id="m")
    wait_until(play, 5 * 60)
    replies = [reply for reply in play.asked(SendReply) if isinstance(reply, SendReply)]
    assert [(reply.due_at, reply.body) for reply in replies] == [
        (at(60 * hours), f"{hours - 1}: {60 * hours} minutes") for hours in range(2, 6)
    ]


def test_a_long_wait_takes_no_room() -> None:
    """After a hundred updates, the conversation keeps one count of them."""
    play = waiting()
    for day in range(1, 100):
        play.wake(day * DAY)
    (silence,) = (each for each in play.now.sla.silences if each.name == "handoff_waiting")
    assert [(each.every, each.times) for each in silence.repeated] == [(timedelta(minutes=30), 83)]


def test_another_policy_tells_for_the_last_time_that_has_passed() -> None:
    """A policy with updates, adopted after four hours of waiting, tells the customer once and goes on from there."""
    plain = helped("  - {name: x, on: {handoff_waiting: 9h}, do: [{note: x}]}\n")
    play = chat(plain)
    asks(play, 1)
    play.wake(245)
    change_over(play, POLICY, "carry", 246)
    wait_until(play, 301)
    assert told(play) == [at(246), at(301)]


@pytest.mark.parametrize(
    ("trigger", "sentence"),
    [
        ("{unresolved: 2h, every: 30m}", "`every` belongs to a clock, or to a wait"),
        ("{waiting: {every: 10s}}", "`every` repeats faster than people can act: write 1m or more"),
        ("{waiting: {every: 30m, until: 2h}}", "write `waiting: {every: 30m}`, or `waiting: {every: 30m, after: 2h}`"),
        ("{handoff_waiting: {every: 1d}}", "`1d` is unclear, handoff_waiting counts in the team's business hours"),
    ],
)
def test_unusable_repeats_are_refused(trigger: str, sentence: str) -> None:
    """A repeat that nobody can mean is refused when the policy is loaded, with a remedy."""
    rule = f"  - {{name: again, on: {trigger}, do: [{{note: again}}]}}\n"
    with pytest.raises(PolicyError) as error:
        load_policy(f"{ASSISTED}\n{ASKS}\n{rule}", file="p.yaml", today=date(2026, 1, 1))
    assert sentence in str(error.value)
