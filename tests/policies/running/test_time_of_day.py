"""Time of day and weekday in conditions: the judged moment, by the clock of the responsible team."""

from typing import Any

import pytest

from policies.document.document import Trigger
from policies.running.conditions.evaluating import check_condition
from policies.state.effects import AddInternalNote
from tests.policies.loading.mistakes import told
from tests.policies.stories import ACME, Play, change_over, policy_of

NEW_YORK = ACME.replace("holidays: [2026-01-06]}", "holidays: [2026-01-06], timezone: America/New_York}")
DAY = 24 * 60


def ruled(when: str, on: str = "message", base: str = ACME, **body: Any) -> Play:
    """Return a conversation under a policy with one rule that adds a note."""
    return Play(policy_of(f"rules: [{{name: r, on: {on}, when: '{when}', do: [{{note: yes!}}]}}]", base=base), **body)


def fired(play: Play) -> int:
    """Return how often the rule fired."""
    return len([note for note in play.asked(AddInternalNote) if note.body == "yes!"])


@pytest.mark.parametrize(
    ("when", "minute", "fires"),
    [
        ('now.weekday == "monday"', 1, True),
        ('now.weekday in ["saturday", "sunday"]', 1, False),
        ('now.weekday in ["saturday", "sunday"]', 5 * DAY, True),
        ("now.hour == 10", 59, True),
        ("now.hour == 10", 60, False),
        ("now.hour >= 18 || now.hour < 8", 8 * 60, True),
        ("now.hour >= 18 || now.hour < 8", 7 * 60, False),
        ('now.time >= "10:30"', 29, False),
        ('now.time >= "10:30"', 30, True),
        ('now.date == "2026-01-07"', 2 * DAY, True),
        ('now.date == "2026-01-07"', 3 * DAY, False),
    ],
)
def test_time_of_day_and_weekday_stand_in_conditions(when: str, minute: float, fires: bool) -> None:
    """A rule may ask for the weekday, the hour, the time of day and the date."""
    play = ruled(when)
    play.customer(minute)
    assert fired(play) == fires


@pytest.mark.parametrize(
    ("team", "fires"),
    [("tier-1", 1), ("tier-2", 0)],
)
def test_the_clock_is_that_of_the_responsible_team(team: str, fires: int) -> None:
    """The zone is that of the team's business hours; of a team without hours the policy's own."""
    play = ruled("now.hour == 5", base=NEW_YORK)
    play.tell("reassigned", 1, team=team, assignee="anna")
    play.customer(2)
    assert fired(play) == fires


def test_a_late_report_is_judged_by_its_own_time() -> None:
    """A message that is reported an hour late is judged by when it was written."""
    play = ruled("now.hour == 10")
    play.customer(30, seen=95)
    assert fired(play) == 1


def test_a_deadline_is_judged_by_its_own_time() -> None:
    """A deadline that a worker reaches hours late is judged by when it was due."""
    play = ruled('now.time == "10:20"', on="{clock: first_response}")
    play.wake(DAY)
    assert fired(play) == 1


def test_a_change_of_policy_keeps_the_moment() -> None:
    """A rule that another policy brings sees the time of what it hears of."""
    play = ruled("now.hour == 9")
    change_over(
        play, policy_of("rules: [{name: r, on: message, when: now.hour == 11, do: [{note: yes!}]}]"), "carry", 5
    )
    play.customer(70)
    assert fired(play) == 1


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("now.hour == 25", "25 is no hour: `now.hour` is a number from 0 to 23"),
        ("24 > now.hour", "24 is no hour: `now.hour` is a number from 0 to 23"),
        ("now.hour in [22, 23, 24]", "24 is no hour: `now.hour` is a number from 0 to 23"),
        ("now.hour == -1", "-1 is no hour: `now.hour` is a number from 0 to 23"),
        ('now.weekday == "mondey"', "`mondey` is no weekday: did you mean `monday`?"),
        ('now.weekday > "friday"', 'weekdays have no order: write `now.weekday in ["monday", "tuesday"]`'),
        ('now.time >= "9:00"', '`9:00` is no time of day: write two digits each, from "00:00" to "23:59"'),
        ('now.time < "24:00"', '`24:00` is no time of day: write two digits each, from "00:00" to "23:59"'),
        (
            'now.date == "24.12.2026"',
            '`24.12.2026` is no date: write the year, the month and the day, such as "2026-12-24"',
        ),
        ("now.weekday == 1", "`==` can't be used between a text and a whole number: write the text in quotes"),
        ("now.minute == 5", "`now` has no `minute` with this trigger: it has date, hour, time, weekday"),
    ],
)
def test_a_time_that_does_not_exist_is_refused(when: str, said: str) -> None:
    """Hour 25, a misspelt weekday or a time in another form is an error that names the right form."""
    assert [sentence for _, _, sentence in check_condition(when, Trigger(event="message"))] == [said]


NEVER = "no time of a week is like this, so the condition never holds: write `||` between times that differ"
ALWAYS = "every time of a week is like this: remove it, or write `&&` for a time between two others"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("now.hour >= 18 && now.hour < 8", [NEVER]),
        ('event.public && now.hour >= 18 && event.text != "" && now.time < "08:00"', [NEVER]),
        ('now.weekday == "saturday" && now.weekday == "sunday"', [NEVER]),
        ("now.hour > 23", [NEVER]),
        ("now.hour >= 0", [ALWAYS]),
        ('now.weekday != "saturday" || now.weekday != "sunday"', [ALWAYS]),
        ("event.public && (now.hour >= 9 || now.hour < 17)", [ALWAYS]),
        ("!(now.hour >= 9 || now.hour < 17)", [NEVER]),
        ("now.hour >= 18 || now.hour < 8", []),
        ('now.weekday in ["saturday", "sunday"] || now.hour >= 18 || now.hour < 9', []),
        ("now.hour >= 9 && now.hour < 17 && event.public", []),
        ("now.hour == size(conversation.tags)", []),
        ('now.date >= "2026-12-24" && now.date <= "2026-12-26"', []),
        ('event.text == "now.hour == 25"', []),
    ],
)
def test_times_that_never_or_always_hold_are_refused(when: str, said: list[str]) -> None:
    """A condition that holds at no time of the week, or at every one, is an error."""
    assert [sentence for _, _, sentence in check_condition(when, Trigger(event="message"))] == said


def test_a_mistake_has_its_place() -> None:
    """The error names the line and the column in the policy file."""
    text = f"{ACME}rules:\n  - name: r\n    on: message\n    when: now.hour == 25\n    do: [{{note: x}}]\n"
    line = text[: text.index("now.hour")].count("\n") + 1
    assert told(text) == [f"p.yaml:{line}:20: 25 is no hour: `now.hour` is a number from 0 to 23"]
