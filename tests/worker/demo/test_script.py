"""The demo's scripts: what a script may contain, the errors of a wrong one, and the day on which it opens."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policies.loading.load import SHIPPED, load_file
from tests.cases import case
from worker.demo.calendar import Calendar, calendar_of
from worker.demo.script import Script, ScriptError, load_scripts, read_script
from worker.demo.verdict import unmet

GOOD = case("worker/demo/good")


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    """Return the tiered policy's working days and holidays, as known in November 2026."""
    return calendar_of(load_file(SHIPPED / "tiered.yaml", today=datetime(2026, 11, 21, tzinfo=UTC).date()))


def _good() -> Script:
    return read_script(GOOD, "hours", "hours.yaml")


def test_the_shipped_conversations_can_be_played() -> None:
    """A newcomer finds at least a dozen conversations, each with several messages and an expected end."""
    scripts = load_scripts()
    assert len(scripts) >= 12
    assert all(sum(event.message is not None for event in script.events) >= 2 for script in scripts)
    assert all(script.expect.path and script.expect.clocks for script in scripts)


def test_the_shipped_conversations_come_by_every_channel_and_at_every_hour() -> None:
    """The demo's conversations come by voice, text message, web chat and e-mail, also on weekends and a holiday."""
    scripts = load_scripts()
    assert {script.start["channel"] for script in scripts} == {"email", "sms", "voice", "web_chat"}
    assert {None, 5, 6} <= {script.opens.weekday for script in scripts}


def test_a_script_lasts_until_its_last_delivery() -> None:
    """A script lasts until its last delivery, a repeated one included, or until its `until`."""
    assert _good().lasts == timedelta(hours=2)
    longer = GOOD.replace("again: 1h", "again: 3h")
    assert read_script(longer, "hours", "hours.yaml").lasts == timedelta(hours=3)
    watched = GOOD.replace("start:", "until: 1d\nstart:")
    assert read_script(watched, "hours", "hours.yaml").lasts == timedelta(days=1)


@pytest.mark.parametrize(
    ("written", "instead", "sentence"),
    [
        ("title: Asks", "titel: Asks", "x.yaml:1:1: `titel` is not read here: did you mean `title`?"),
        ("Mon 10:00", "Mon 25:00", "x.yaml:3:8: `Mon 25:00` is not an opening: write a weekday or `holiday` and a "
         "time, such as Mon 10:00"),
        ("after: 2h", "after: soon", "x.yaml:8:13: `soon` is not a duration"),
        ("after: 2h", "after: 1m", "x.yaml:1:1: events stand in the order of their delivery: `after: 1m` stands below "
         "`after: 5m`"),
        ("happened: 3m", "happened: 9m", "x.yaml:7:5: it is delivered before it happened: `happened` must not be later "
         "than `after`"),
        ("again: 1h", "again: 1m", "x.yaml:7:5: `again` must not be earlier than `after`"),
        ("message: agent", "message: robot", "x.yaml:7:51: `robot` is not known here: there is `customer`, "
         "`assistant`, `agent`"),
        ("command: resolve", "fact: rated, command: resolve", "x.yaml:8:5: write one of `message`, `fact` and "
         "`command` here, not fact and command"),
        ("command: resolve", "refused: no, fact: rated", "x.yaml:8:5: `refused` belongs to a command: facts can't be "
         "refused"),
        (", text: When are you open?", "", "x.yaml:6:5: a message has `text`, a fact or a command has `with`"),
        ("status: resolved, ", "", "x.yaml:9:1: `status` is missing here: add `status: …`"),
        ("first_response: met", "first_response: done", "x.yaml:9:"),
        ("expect: {", "expect: [", "x.yaml:9:"),
    ],
)  # fmt: skip
def test_a_wrong_script_is_told_in_sentences(written: str, instead: str, sentence: str) -> None:
    """A wrong script is answered with its place, what is wrong and what to write instead."""
    with pytest.raises(ScriptError) as told:
        read_script(GOOD.replace(written, instead), "x", "x.yaml")
    assert sentence in str(told.value)


def test_everything_wrong_is_told_at_once() -> None:
    """All mistakes of a script are told at once."""
    wrong = GOOD.replace("title:", "titel:").replace("Mon 10:00", "noon").replace("after: 0s", "after: now")
    with pytest.raises(ScriptError) as told:
        read_script(wrong, "x", "x.yaml")
    assert [sentence.split(": ")[0] for sentence in str(told.value).splitlines()] == ["x.yaml:1:1"] * 2 + [
        "x.yaml:3:8",
        "x.yaml:6:13",
    ]


@pytest.mark.parametrize("text", ["", "\n", "- a list\n", "title: [\n"])
def test_a_broken_script_is_told_too(text: str) -> None:
    """An empty or broken script is answered with a sentence, never a stack trace."""
    with pytest.raises(ScriptError, match=r"^x\.yaml:\d+:\d+: "):
        read_script(text, "x", "x.yaml")


def test_an_unknown_name_gets_a_suggestion(tmp_path: Path) -> None:
    """A conversation that does not exist is answered with the name that was probably meant."""
    (tmp_path / "07-hours.yaml").write_text(GOOD)
    assert [script.name for script in load_scripts(tmp_path)] == ["hours"]
    with pytest.raises(ScriptError, match="There is no conversation `hour`: did you mean `hours`"):
        load_scripts(tmp_path, only=["hour"])


def test_conversations_open_on_days_that_are_what_they_say(calendar: Calendar) -> None:
    """On whatever day the demo runs, no conversation meets an unplanned holiday or a change of the clocks."""
    for script in load_scripts():
        for ahead in range(0, 365, 11):
            now = datetime(2026, 11, 21, 4, 30, tzinfo=UTC) + timedelta(days=ahead)
            opens = calendar.opening(script, now).astimezone(calendar.zone)
            ends = opens + script.lasts
            assert opens > now
            assert opens.time() == script.opens.at
            assert opens.utcoffset() == ends.utcoffset()
            days = {(opens + timedelta(days=day)).date() for day in range((ends.date() - opens.date()).days + 1)}
            if script.opens.weekday is None:
                assert opens.date() in calendar.holidays
            else:
                assert opens.weekday() == script.opens.weekday
                assert not days & set(calendar.holidays)


def test_a_holiday_is_called_by_its_name(calendar: Calendar) -> None:
    """The table's times name the holiday on which they fall."""
    assert calendar.local(datetime(2026, 11, 26, 16, tzinfo=UTC)) == "Thu 26 Nov 11:00 (Thanksgiving Day)"
    assert calendar.local(datetime(2026, 11, 27, 16, tzinfo=UTC)) == "Fri 27 Nov 11:00"


def test_a_different_end_is_told_in_sentences() -> None:
    """A conversation that ends differently than its script expects is answered with each difference."""
    expect = _good().expect.model_copy(
        update={"timeline": ("escalated",), "never": ("message",), "rules": ("billing topic",), "assignee": "dana"}
    )
    state = {
        "team": "tier-2",
        "status": "open",
        "assignee": "",
        "priority": "normal",
        "path": [{"team": "tier-1"}, {"team": "tier-2"}],
        "clocks": [{"name": "first_response", "state": "breached"}],
    }
    assert unmet(expect, state, [{"kind": "message", "rule": ""}]) == [
        "team should be tier-1 but is tier-2",
        "status should be resolved but is open",
        "path should be tier-1 but is tier-1, tier-2",
        "assignee should be dana but is ",
        "first response should be met but is breached",
        "there should be an entry “escalated”",
        "there should be no entry “message”",
        "rule “billing topic” should fire once but fired 0 times",
    ]
