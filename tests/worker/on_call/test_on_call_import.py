"""Calendar import: which events become overrides, and which are left out with a reason."""

import json
from pathlib import Path

import pytest

from tests.worker.on_call.conftest import POLICY, Baton

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


@pytest.fixture
def calendar(tmp_path: Path) -> Path:
    """Return the path of a calendar file that a test may write."""
    return tmp_path / "shifts.ics"


def write(file: Path, *events: str) -> str:
    file.write_bytes((HEAD + "".join(events) + "END:VCALENDAR\r\n").encode())
    return str(file)


def added(baton: Baton) -> list[tuple[str, str, str]]:
    rows = json.loads(baton("overrides", "primary", "--ended", "--json").stdout)
    return [(row["person"], row["starts_at"], row["ends_at"]) for row in rows]


EVENING = ("DTSTART:20310106T170000Z", "DTEND:20310106T210000Z")
EVENING_TOLD = ("2031-01-06T17:00:00Z", "2031-01-06T21:00:00Z")
READ = [
    pytest.param([*EVENING, "SUMMARY:Ada Lovelace"], ("ada", *EVENING_TOLD), id="instants and a name"),
    pytest.param([*EVENING, "SUMMARY:On call\\, primary: BEN"], ("ben", *EVENING_TOLD), id="key within a title"),
    pytest.param(
        [*EVENING, "SUMMARY:On call", "ATTENDEE;CN=Cleo de Nile;ROLE=REQ-PARTICIPANT:mailto:cdn@acme.example"],
        ("cleo", *EVENING_TOLD),
        id="attendee by name",
    ),
    pytest.param(
        [*EVENING, "SUMMARY:On call", 'ATTENDEE;CN="On: call; who";PARTSTAT=ACCEPTED:MAILTO:Ben@acme.example'],
        ("ben", *EVENING_TOLD),
        id="attendee by address, with a quoted parameter",
    ),
    pytest.param(
        ["DTSTART;TZID=Europe/Berlin:20310106T180000", "DTEND;TZID=America/New_York:20310106T160000", "SUMMARY:ben"],
        ("ben", *EVENING_TOLD),
        id="two zones",
    ),
    pytest.param(
        ["DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20310106T1800", "DURATION:PT4H", "SUMMARY:ben"],
        ("ben", *EVENING_TOLD),
        id="zone with a path, and a duration",
    ),
    pytest.param(
        ["DTSTART:20310106T180000", "DTEND:20310106T220000", "SUMMARY:ben"],
        ("ben", *EVENING_TOLD),
        id="wall clock of the rotation",
    ),
    pytest.param(
        ["DTSTART;VALUE=DATE:20310707", "DTEND;VALUE=DATE:20310709", "SUMMARY:ben"],
        ("ben", "2031-07-06T22:00:00Z", "2031-07-08T22:00:00Z"),
        id="whole days",
    ),
    pytest.param(
        ["DTSTART;VALUE=DATE:20310330", "SUMMARY:ben"],
        ("ben", "2031-03-29T23:00:00Z", "2031-03-30T22:00:00Z"),
        id="one day, of 23 hours",
    ),
    pytest.param(
        [*EVENING, "SUMMARY:Ada Love", " lace", "BEGIN:VALARM", "SUMMARY:ben", "DTSTART:20200101", "END:VALARM"],
        ("ada", *EVENING_TOLD),
        id="folded line, and an alarm within",
    ),
    pytest.param([*EVENING, "SUMMARY:Ada Lovelace (ada) – On-Call Shift"], ("ada", *EVENING_TOLD), id="words of duty"),
]


@pytest.mark.parametrize(("lines", "expected"), READ)
def test_shifts_of_any_calendar_program_are_read(
    baton: Baton, calendar: Path, lines: list[str], expected: tuple[str, str, str]
) -> None:
    """A shift that any calendar program wrote puts the right person on call at the right time."""
    done = baton("import", write(calendar, event("UID:1", *lines)), "--rotation", "primary")
    assert (done.exit_code, done.stderr) == (0, "1 overrides; 0 events over or cancelled, 0 left out\n")
    assert added(baton) == [expected]


MAY_BE_NONE = ", so it may not be a shift: a shift's title is the name, with “on call” or nothing"
LEFT_OUT = [
    pytest.param([*EVENING, "SUMMARY:Ada on holiday"], f"its title also says “on holiday”{MAY_BE_NONE}", id="holiday"),
    pytest.param(
        [*EVENING, "SUMMARY:Holiday", "ATTENDEE;CN=Ada Lovelace:mailto:al@acme.example"],
        f"its title also says “Holiday”{MAY_BE_NONE}",
        id="holiday of who attends",
    ),
    pytest.param([*EVENING, "SUMMARY:🌴 Ada"], f"its title also says “🌴”{MAY_BE_NONE}", id="palm tree"),
    pytest.param([*EVENING, "SUMMARY:Call Ben"], f"its title also says “Call”{MAY_BE_NONE}", id="telephone call"),
    pytest.param(
        [*EVENING, "SUMMARY:Secondary: Ben"], f"its title also says “Secondary”{MAY_BE_NONE}", id="another rotation"
    ),
    pytest.param(
        [*EVENING, "SUMMARY:Ben", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"],
        f"it says that ben is out of office{MAY_BE_NONE}",
        id="out of office",
    ),
    pytest.param([*EVENING, "SUMMARY:Lunch"], "it names no person of acme", id="nobody"),
    pytest.param([*EVENING, "SUMMARY:Ada Lovelace and Ben"], "it names several people: ada, ben", id="several"),
    pytest.param(
        [*EVENING, "SUMMARY:ben", "RRULE:FREQ=WEEKLY"],
        "it repeats without an end: write turns that repeat as a layer of the rotation",
        id="repeating",
    ),
    pytest.param(["DTSTART:20310106T170000Z", "SUMMARY:ben"], "it has no end", id="no end"),
    pytest.param(["SUMMARY:ben"], "it has no start", id="no start"),
    pytest.param(
        ["DTSTART;TZID=W. Europe Standard Time:20310106T180000", "DURATION:PT4H", "SUMMARY:ben"],
        "its zone W. Europe Standard Time is not known: only IANA names such as Europe/Berlin are, "
        "and zones that the file defines",
        id="zone",
    ),
    pytest.param(
        ["DTSTART:20311306T170000Z", "DURATION:PT4H", "SUMMARY:ben"], "20311306T170000 is not a time", id="time"
    ),
    pytest.param(["DTSTART:20310106T170000Z", "DURATION:4h", "SUMMARY:ben"], "4h is not a duration", id="duration"),
    pytest.param(
        ["DTSTART:20310106T170000Z", "DTEND:20310106T160000Z", "SUMMARY:ben"],
        "this override ends before it starts: write an `until` that is after `from`",
        id="ends first",
    ),
]


@pytest.mark.parametrize(("lines", "why"), LEFT_OUT)
def test_an_event_that_is_no_shift_is_left_out_with_a_reason(
    baton: Baton, calendar: Path, lines: list[str], why: str
) -> None:
    """An event that is not a shift is left out with a reason, and the others are imported."""
    good = event("UID:2", *EVENING, "SUMMARY:ada")
    done = baton("import", write(calendar, event("UID:1", *lines), good), "--rotation", "primary")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[0] == "1 overrides; 0 events over or cancelled, 1 left out"
    assert done.stderr.splitlines()[1].endswith(f": {why}")
    assert [person for person, *_ in added(baton)] == ["ada"]


def test_a_calendar_can_be_imported_again(baton: Baton, calendar: Path) -> None:
    """A calendar that is imported again moves the overrides of moved events and doubles none."""
    baton("import", write(calendar, event("UID:1", *EVENING, "SUMMARY:ada")), "--rotation", "primary")
    moved = event("UID:1", "DTSTART:20310107T170000Z", "DURATION:PT1H", "SUMMARY:ben")
    baton("import", write(calendar, moved), "--rotation", "primary")
    assert added(baton) == [("ben", "2031-01-07T17:00:00Z", "2031-01-07T18:00:00Z")]


@pytest.mark.parametrize("uid", ["UID:1", "CATEGORIES:none"])
def test_events_without_a_name_of_their_own_are_kept_apart(baton: Baton, calendar: Path, uid: str) -> None:
    """Events with the same id, or none, are kept apart, and no shift is lost."""
    morning = ("DTSTART:20310106T070000Z", "DURATION:PT1H")
    events = [
        event(uid, *EVENING, "SUMMARY:ada"),
        event(uid, *morning, "SUMMARY:ben"),
        event(uid, *EVENING, "SUMMARY:ben"),
    ]
    for _ in range(2):
        baton("import", write(calendar, *events), "--rotation", "primary")
        assert [person for person, *_ in added(baton)] == ["ada", "ben", "ben"]


DECLINED = "ATTENDEE;PARTSTAT=DECLINED;CN=Ada Lovelace:mailto:ada@acme.example"
WEEKLY = (*EVENING, "SUMMARY:ada", "RRULE:FREQ=WEEKLY;COUNT=2")
TAKEN_BACK = [
    pytest.param([*EVENING, "SUMMARY:ada", "STATUS:CANCELLED"], 0, id="cancelled"),
    pytest.param([*EVENING, "SUMMARY:on call", DECLINED], 1, id="declined"),
    pytest.param([*EVENING, "SUMMARY:Ada on holiday"], 1, id="a holiday by now"),
]


@pytest.mark.parametrize(("lines", "code"), TAKEN_BACK)
def test_a_cancelled_event_takes_its_person_off_call(baton: Baton, calendar: Path, lines: list[str], code: int) -> None:
    """An event that was imported and is cancelled later, or declined, no longer keeps its person on call."""
    other = event("UID:10", *EVENING, "SUMMARY:ben")
    baton("import", write(calendar, event("UID:1", *EVENING, "SUMMARY:ada"), other), "--rotation", "primary")
    write(calendar, event("UID:1", *lines), other)
    looked = baton("import", str(calendar), "--rotation", "primary", "--dry-run")
    line = "remove 1, which the calendar no longer has: Ada Lovelace (ada) in primary, Mon 06 Jan 2031 18:00"
    assert f"Would {line}" in looked.stdout.replace("\n", " ")
    assert [person for person, *_ in added(baton)] == ["ada", "ben"]
    done = baton("import", str(calendar), "--rotation", "primary")
    assert (done.exit_code, "Removed 1, which" in done.stdout) == (code, True)
    assert [person for person, *_ in added(baton)] == ["ben"]


@pytest.mark.parametrize("change", [["EXDATE:20310113T170000Z"], ["STATUS:CANCELLED"]])
def test_a_repeated_shift_is_taken_back(baton: Baton, calendar: Path, change: list[str]) -> None:
    """When one shift of a series, or the series, is cancelled in the calendar, only the rest stays on call."""
    baton("import", write(calendar, event("UID:1", *WEEKLY)), "--rotation", "primary")
    assert [start for _, start, _ in added(baton)] == ["2031-01-06T17:00:00Z", "2031-01-13T17:00:00Z"]
    baton("import", write(calendar, event("UID:1", *WEEKLY, *change)), "--rotation", "primary")
    left = ["2031-01-06T17:00:00Z"] if change[0].startswith("EXDATE") else []
    assert [start for _, start, _ in added(baton)] == left


def test_ended_and_cancelled_shifts_are_passed_over(baton: Baton, calendar: Path) -> None:
    """Shifts that are over or were cancelled are counted and not imported."""
    over = event("UID:1", "DTSTART:20200106T170000Z", "DURATION:PT1H", "SUMMARY:ada")
    off = event("UID:2", *EVENING, "SUMMARY:ada", "STATUS:CANCELLED")
    done = baton("import", write(calendar, over, off), "--rotation", "primary")
    assert (done.exit_code, done.stderr) == (0, "0 overrides; 2 events over or cancelled, 0 left out\n")


def test_an_import_can_be_looked_at_first(baton: Baton, calendar: Path) -> None:
    """With `--dry-run` the calendar is read and shown, and nothing changes."""
    done = baton("import", write(calendar, event(*EVENING, "SUMMARY:ada")), "--rotation", "primary", "--dry-run")
    assert done.stdout == (
        "Would add: Ada Lovelace (ada) in primary, Mon 06 Jan 2031 18:00 until Mon 06 Jan 2031 22:00\n"
    )
    assert added(baton) == []


@pytest.mark.parametrize("content", ["", "not a calendar", POLICY])
def test_another_file_is_no_calendar(baton: Baton, calendar: Path, content: str) -> None:
    """A file that is no calendar is refused in a sentence."""
    calendar.write_text(content)
    done = baton("import", str(calendar), "--rotation", "primary")
    assert (done.exit_code, done.stderr) == (1, "✗ This is not an iCalendar file: it has no line BEGIN:VCALENDAR\n")


def test_a_file_that_is_not_there_is_one_sentence(baton: Baton, tmp_path: Path) -> None:
    """A misspelt path is answered with a sentence that names the file."""
    done = baton("import", str(tmp_path / "shfts.ics"), "--rotation", "primary")
    assert done.exit_code == 1
    assert "shfts.ics can't be read (No such file or directory): check the path and its permissions" in done.stderr
