"""Rules after a breach: at a share of the target beyond 100 %, or again and again while the promise is owed."""

from typing import Any

import pytest

from policies.document.document import REPEATS
from policies.loading.load import load_policy
from policies.loading.objections import checked
from policies.state.effects import AddInternalNote, Notify
from tests.policies.loading.mistakes import told
from tests.policies.stories import ACME, START, Play, at, change_over, policy_of, reasons

HALF_AGAIN = "{name: half again, on: {clock: first_response, at: 150%}, do: [{note: half again}]}"
EVERY = "{name: still late, on: {clock: first_response, every: 30m}, do: [{note: 'late {{ event.late_minutes }}'}]}"
CALLS = "{name: still late, on: {clock: first_response, every: 30m}, do: [{notify: 'slack:#late'}]}"
DAY = 24 * 60


def ruled(*rules: str, base: str = ACME, **body: Any) -> Play:
    """Return a conversation that is promised an answer within 20 minutes, under these rules."""
    return Play(policy_of(f"rules: [{', '.join(rules)}]", base=base), **body)


def notes(play: Play) -> list[tuple[str, float]]:
    """Return each note with the minute at which it was due."""
    return [(note.body, (note.due_at - START).total_seconds() / 60) for note in play.asked(AddInternalNote)]


def test_a_rule_acts_at_a_share_beyond_the_target() -> None:
    """`at: 150%` acts where half of the target has passed again after the breach."""
    play = ruled(HALF_AGAIN)
    play.wake(29)
    assert notes(play) == []
    play.wake(200)
    assert notes(play) == [("half again", 30)]
    assert "First response still owed: 150% of 20m used" in [line for each in play.decisions for line in reasons(each)]


def test_a_rule_repeats_after_the_breach_until_the_answer() -> None:
    """`every: 30m` acts each half hour after the breach, and ends with the answer."""
    play = ruled(EVERY)
    play.wake(115)
    play.answer(120)
    play.customer(121)
    play.wake(130)
    assert notes(play) == [("late 30", 50), ("late 60", 80), ("late 90", 110)]
    keys = [note.key for note in play.asked(AddInternalNote)]
    assert len({*keys}) == len(keys)


@pytest.mark.parametrize("end", [("status_changed", {"status": "resolved"}), ("merged", {"into": "d"})])
def test_repeats_end_with_the_promise(end: tuple[str, dict[str, Any]]) -> None:
    """A promise that ends without an answer is not told of any more."""
    play = ruled(EVERY, HALF_AGAIN)
    play.wake(25)
    play.tell(end[0], 26, **end[1])
    play.wake(DAY)
    assert notes(play) == []


def test_repeats_are_limited() -> None:
    """A rule repeats at most so many times after one breach, and the timeline names the last."""
    play = ruled(EVERY)
    play.wake(20 * DAY)
    assert len([text for text, _ in notes(play) if text.startswith("late")]) == REPEATS
    said = [entry.text for entry in play.now.told.timeline if entry.kind == "clock_overdue"]
    assert said[-1] == f"First response still owed: 12h after the breach; the last of {REPEATS} times"


def test_repeats_count_business_time() -> None:
    """A night in which the team is closed does not count as lateness."""
    play = ruled(EVERY, began=6 * 60 + 25)  # Monday 16:25; the team closes at 17:00 and is back on Wednesday
    play.wake(2 * DAY)
    assert notes(play)[-2:] == [("late 30", 2 * DAY - 45), ("late 60", 2 * DAY - 15)]


def test_repeats_stand_still_on_hold() -> None:
    """While an operator holds the conversation no repeat comes; then the rest of the half hour counts."""
    play = ruled(EVERY)
    play.wake(40)
    play.command("hold", 40, note="n")
    play.wake(140)
    assert notes(play) == []
    play.command("release", 140)
    play.wake(155)
    assert notes(play) == [("late 30", 150)]


def test_a_promise_broken_by_a_change_is_late_from_then_on() -> None:
    """A shorter target makes a promise late at once: how late it is counts from that change."""
    base = ACME.replace("at_risk: 50%,", "at_risk: 50%, special: [{priority: urgent, first_response: 10m}],")
    play = ruled(EVERY, HALF_AGAIN, "{name: outage, on: tag_added, do: [{set_priority: urgent}]}", base=base)
    play.tell("tag_added", 19, tag="outage")
    play.wake(50)
    assert notes(play) == [("half again", 24), ("late 30", 49)]


def test_an_outage_tells_only_the_last_of_them() -> None:
    """After hours without a worker each repeat is on the record at its time, and people are told of the last only."""
    play = ruled("{name: late, on: {clock: first_response}, do: [{notify: 'slack:#late'}]}", CALLS)
    play.wake(130)
    assert [notice.due_at for notice in play.asked(Notify)] == [at(20), at(110)]
    assert [entry.at for entry in play.now.told.timeline if entry.kind == "clock_overdue"] == [at(50), at(80), at(110)]


def test_repeats_that_were_answered_meanwhile_are_not_told() -> None:
    """A repeat that came before an answer of which Baton hears at the same moment is not told."""
    play = ruled(CALLS)
    play.answer(60, seen=60)
    assert play.asked(Notify) == []
    assert [entry.at for entry in play.now.told.timeline if entry.kind == "clock_overdue"] == [at(50)]


@pytest.mark.parametrize(("mode", "then"), [("carry", [("late 180", 210), ("late 210", 230)]), ("restart", [])])
def test_a_policy_adopted_late_tells_the_last_only(mode: str, then: list[tuple[str, float]]) -> None:
    """A rule that another policy brings to a promise long broken acts for the last repeat, and not for each before."""
    play = ruled()
    play.wake(150)
    change_over(play, policy_of(f"rules: [{EVERY}, {HALF_AGAIN}]"), mode, 210)
    play.wake(231)
    assert [note for note in notes(play) if "late" in note[0]] == then


def test_two_spans_repeat_side_by_side() -> None:
    """Rules with different spans count each by itself."""
    play = ruled(EVERY, EVERY.replace("still late", "hourly").replace("30m", "1h").replace("'late", "'hourly"))
    play.wake(81)
    assert notes(play) == [("late 30", 50), ("late 60", 80), ("hourly 60", 80)]


def test_how_late_it_is_can_stand_in_conditions() -> None:
    """`event.percent`, `event.late_minutes` and `event.times` can stand in conditions."""
    play = ruled(
        EVERY.replace("do:", "when: 'event.times == 2 && event.late_minutes == 60 && event.percent == 400', do:")
    )
    play.wake(200)
    assert notes(play) == [("late 60", 80)]


@pytest.mark.parametrize(
    ("trigger", "said"),
    [
        ("{clock: first_response, at: 1001%}", "`1001` is not a share of the target: write 1% to 1000%, or breach"),
        (
            "{assignee_silent: 30m, every: 10m}",
            "`every` belongs to a clock, or to a wait: {clock: first_response, every: 30m}, "
            "{handoff_waiting: {every: 30m}}",
        ),
        (
            "{clock: first_response, at: 150%, every: 10m}",
            "`every` counts from the breach: write it without `at`, or each in a trigger of its own",
        ),
        ("{clock: first_response, every: 30s}", "`every` repeats faster than people can act: write 1m or more"),
    ],
)
def test_triggers_without_a_meaning_are_refused(trigger: str, said: str) -> None:
    """A share or a span that has no meaning is refused with its place."""
    rule = f"rules: [{{name: r, on: {trigger}, do: [{{note: x}}]}}]\n"
    assert [line.partition(": ")[2] for line in told(ACME + rule)] == [said]


def test_warnings_end_at_the_breach() -> None:
    """`at_risk` of an SLA stays below the breach: 150% is no warning."""
    mistakes = told(ACME.replace("at_risk: 50%", "at_risk: 150%"))
    assert [line.partition(": ")[2] for line in mistakes] == [
        "`150` is not a share of the target: write 1% to 100%, or breach"
    ]


def test_the_check_states_the_limit() -> None:
    """`baton policy check` says how often a rule repeats at most, and when the last time is."""
    text = f"{ACME}rules: [{EVERY}]\n"
    load_policy(text, file="acme.yaml", today=START.date())
    _, remarks = checked(text, file="acme.yaml", today=START.date())
    assert remarks == (
        "“still late” fires every 30m after a breach of the first_response: at most 24 times, so for the last time 12h "
        "of business time after it",
    )
