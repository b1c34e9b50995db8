"""Calendars as Google, Outlook, Apple, PagerDuty and Opsgenie export them: each shift is read right or left out."""

from datetime import UTC, datetime

import pytest

from policies.loading.load import load_policy
from tests.worker.on_call.conftest import POLICY
from worker.on_call.calendars.importing import Found, read
from worker.on_call.rotations import Standing
from worker.trouble import TroubleError

NOW = datetime(2030, 12, 1, tzinfo=UTC)
BERLIN_IN_OUTLOOK = """\
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""
BERLIN_IN_GOOGLE = """\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
X-LIC-LOCATION:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:GMT+2
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:GMT+1
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""
NO_SUMMER_IN_BERLIN = """\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:20301027T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""
GMT_IS_PARIS = """\
BEGIN:VTIMEZONE
TZID:GMT
BEGIN:STANDARD
DTSTART:00010101T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""
LONDON_AS_GMT = """\
BEGIN:VTIMEZONE
TZID:GMT
BEGIN:STANDARD
DTSTART:20301027T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20310330T010000
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
END:DAYLIGHT
END:VTIMEZONE
"""


@pytest.fixture(scope="module")
def standing() -> Standing:
    """Return the rotation `primary` of the tests' policy, in Berlin."""
    policy = load_policy(POLICY, file="acme.yaml", today=NOW.date())
    return Standing(policy.policy, "primary", policy.on_call["primary"], policy.people)


def calendar(*events: str, head: str = "", zones: str = "") -> str:
    """Return a file with these events, each without its frame."""
    framed = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{zones}{framed}END:VCALENDAR\n"
    return text.replace("\n", "\r\n")


def shifts(found: Found) -> list[str]:
    """Return the shifts in order, such as `ada 01-06 17:00 to 01-06 21:00`, in UTC."""
    rows = sorted((each.starts, each.until, each.person) for each in found.overrides.values())
    return [f"{person} {starts:%m-%d %H:%M} to {until:%m-%d %H:%M}" for starts, until, person in rows]


WEEKLY = """
UID:weekly@google.com
DTSTART;TZID=Europe/Berlin:20310106T090000
DTEND;TZID=Europe/Berlin:20310106T170000
RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20310127T225959Z
SUMMARY:Ada on call
"""
NIGHTS = """
UID:nights
DTSTART;TZID=W. Europe Standard Time:20310328T220000
DTEND;TZID=W. Europe Standard Time:20310329T060000
RRULE:FREQ=DAILY;COUNT=3
SUMMARY:Ben
"""
DAYS = """
UID:days
DTSTART;VALUE=DATE:20310106
DTEND;VALUE=DATE:20310107
RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;WKST=SU;UNTIL=20310121
SUMMARY:ada
"""
READ: dict[str, tuple[str, list[str]]] = {
    "google: weekly, with the zone's definition": (
        calendar(WEEKLY, zones=BERLIN_IN_GOOGLE, head="X-WR-TIMEZONE:Europe/Berlin\n"),
        [f"ada 01-{day} 08:00 to 01-{day} 16:00" for day in ("06", "13", "20", "27")],
    ),
    "google: one shift of a series deleted": (
        calendar(WEEKLY + "EXDATE;TZID=Europe/Berlin:20310113T090000", zones=BERLIN_IN_GOOGLE),
        [f"ada 01-{day} 08:00 to 01-{day} 16:00" for day in ("06", "20", "27")],
    ),
    "google: one shift of a series moved to another person and hour": (
        calendar(
            "UID:weekly@google.com\nRECURRENCE-ID;TZID=Europe/Berlin:20310113T090000\nSUMMARY:Ben on call\n"
            "DTSTART;TZID=Europe/Berlin:20310113T100000\nDTEND;TZID=Europe/Berlin:20310113T120000\nSEQUENCE:1",
            WEEKLY,
            zones=BERLIN_IN_GOOGLE,
        ),
        [
            "ada 01-06 08:00 to 01-06 16:00",
            "ben 01-13 09:00 to 01-13 11:00",
            "ada 01-20 08:00 to 01-20 16:00",
            "ada 01-27 08:00 to 01-27 16:00",
        ],
    ),
    "google: one shift of a series cancelled, told in UTC": (
        calendar(
            WEEKLY,
            "UID:weekly@google.com\nRECURRENCE-ID:20310106T080000Z\nSTATUS:CANCELLED\nSUMMARY:Ada on call\n"
            "DTSTART:20310106T080000Z\nDTEND:20310106T160000Z",
        ),
        [f"ada 01-{day} 08:00 to 01-{day} 16:00" for day in ("13", "20", "27")],
    ),
    "google: a guest declined, another one accepted": (
        calendar(
            "DTSTART:20310106T170000Z\nDTEND:20310106T210000Z\nSUMMARY:On call\n"
            "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=DECLINED;CN=Ada Lovelace;X-NUM-GUESTS=0:mai\n"
            " lto:ada@acme.example\n"
            "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=ben@acme.example;X-NUM-GUESTS=0\n"
            " :mailto:ben@acme.example"
        ),
        ["ben 01-06 17:00 to 01-06 21:00"],
    ),
    "outlook: a zone of its own name, nights over the change of the clocks": (
        calendar(NIGHTS, zones=BERLIN_IN_OUTLOOK),
        [
            "ben 03-28 21:00 to 03-29 05:00",
            "ben 03-29 21:00 to 03-30 04:00",
            "ben 03-30 20:00 to 03-31 04:00",
        ],
    ),
    "outlook: whole days every other week": (
        calendar(DAYS),
        [
            "ada 01-05 23:00 to 01-06 23:00",
            "ada 01-06 23:00 to 01-07 23:00",
            "ada 01-19 23:00 to 01-20 23:00",
            "ada 01-20 23:00 to 01-21 23:00",
        ],
    ),
    "outlook: the last weekday of each month": (
        calendar(
            "UID:o\nDTSTART:20310131T080000Z\nDURATION:PT1H\nSUMMARY:ben\n"
            "RRULE:FREQ=MONTHLY;COUNT=3;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
        ),
        ["ben 01-31 08:00 to 01-31 09:00", "ben 02-28 08:00 to 02-28 09:00", "ben 03-31 08:00 to 03-31 09:00"],
    ),
    "outlook: London, which the file calls GMT, with its summer": (
        calendar("DTSTART;TZID=GMT:20310701T090000\nDTEND;TZID=GMT:20310701T100000\nSUMMARY:ada", zones=LONDON_AS_GMT),
        ["ada 07-01 08:00 to 07-01 09:00"],
    ),
    "a zone of the file that redefines GMT": (
        calendar("DTSTART;TZID=GMT:20310106T180000\nDTEND;TZID=GMT:20310106T220000\nSUMMARY:ada", zones=GMT_IS_PARIS),
        ["ada 01-06 17:00 to 01-06 21:00"],
    ),
    "apple: a list of exceptions as whole days, and further shifts": (
        calendar(
            "UID:A-B-C\nDTSTART;TZID=Europe/Berlin:20310106T090000\nDURATION:P1D\nSUMMARY:Cleo de Nile\n"
            "RRULE:FREQ=DAILY;UNTIL=20310109\nEXDATE;VALUE=DATE:20310107,20310108\n"
            "RDATE;TZID=Europe/Berlin:20310201T090000"
        ),
        [
            "cleo 01-06 08:00 to 01-07 08:00",
            "cleo 01-09 08:00 to 01-10 08:00",
            "cleo 02-01 08:00 to 02-02 08:00",
        ],
    ),
    "apple: a day of the wall clock has 23 hours when summer begins": (
        calendar("DTSTART;TZID=Europe/Berlin:20310329T090000\nDURATION:P1D\nSUMMARY:ben"),
        ["ben 03-29 08:00 to 03-30 07:00"],
    ),
    "apple: a time that the change of the clocks skips counts by the offset before": (
        calendar("DTSTART;TZID=Europe/Berlin:20310330T023000\nDURATION:PT1H\nSUMMARY:ben", zones=BERLIN_IN_GOOGLE),
        ["ben 03-30 01:30 to 03-30 02:30"],
    ),
    "outlook: a time that comes twice is the first one": (
        calendar(
            "DTSTART;TZID=W. Europe Standard Time:20311026T023000\nDURATION:PT1H\nSUMMARY:ben", zones=BERLIN_IN_OUTLOOK
        ),
        ["ben 10-26 00:30 to 10-26 01:30"],
    ),
    "pagerduty: instants, the person and the schedule in the title": (
        calendar(
            "DTSTART;VALUE=DATE-TIME:20310106T170000Z\nDTEND;VALUE=DATE-TIME:20310106T210000Z\n"
            "ATTENDEE:mailto:al@acme.example\nSUMMARY:On Call - Ada Lovelace - Primary Schedule\nUID:Q1\nSEQUENCE:0",
            head="X-WR-CALNAME:On Call Schedule for Ada\nMETHOD:PUBLISH\n",
        ),
        ["ada 01-06 17:00 to 01-06 21:00"],
    ),
    "opsgenie: instants and the person's address": (
        calendar(
            "UID:7f1\nDTSTART:20310106T170000Z\nDTEND:20310106T210000Z\nSUMMARY:Ben - primary rotation\n"
            "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ben@acme.example"
        ),
        ["ben 01-06 17:00 to 01-06 21:00"],
    ),
    "a version of an event that a later one replaces": (
        calendar(
            "UID:v\nSEQUENCE:0\nDTSTART:20310106T170000Z\nDURATION:PT4H\nSUMMARY:ada",
            "UID:v\nSEQUENCE:1\nDTSTART:20310106T170000Z\nDURATION:PT4H\nSUMMARY:ada\nSTATUS:CANCELLED",
        ),
        [],
    ),
    "a calendar that cancels its events": (
        calendar("UID:v\nDTSTART:20310106T170000Z\nDURATION:PT4H\nSUMMARY:ada", head="METHOD:CANCEL\n"),
        [],
    ),
}


@pytest.mark.parametrize("name", READ)
def test_each_calendar_is_read_right(standing: Standing, name: str) -> None:
    """Each rule, exception and zone that the common calendars export puts the person that it shows on call."""
    text, expected = READ[name]
    found = read(text, standing, NOW)
    assert (shifts(found), found.left_out) == (expected, {})


ONCE = "UID:u\nDTSTART:20310106T170000Z\nDURATION:PT4H\nSUMMARY:ada"
AS_LAYER = "write turns that repeat as a layer of the rotation"
REFUSED = {
    "a declined attendee": (
        calendar(f"{ONCE} on call\nATTENDEE;PARTSTAT=DECLINED;CN=Ada Lovelace:mailto:ada@acme.example"),
        (3, "ada declined it"),
    ),
    "an attendee who sent another person": (
        calendar(f"{ONCE}\nATTENDEE;PARTSTAT=DELEGATED;CN=Ada:mailto:ada@acme.example"),
        (3, "ada declined it"),
    ),
    "a room with a person's name": (
        calendar("DTSTART:20310106T170000Z\nDURATION:PT4H\nATTENDEE;CUTYPE=ROOM;CN=Ben:mailto:room@acme.example"),
        (3, "it names no person of acme"),
    ),
    "a rule without an end": (
        calendar(f"{ONCE}\nRRULE:FREQ=WEEKLY"),
        (8, f"it repeats without an end: {AS_LAYER}"),
    ),
    "a rule by hours": (
        calendar(f"{ONCE}\nRRULE:FREQ=HOURLY;COUNT=3"),
        (8, "it repeats by FREQ=HOURLY, which is not read"),
    ),
    "a rule by the moon": (
        calendar(f"{ONCE}\nRRULE:RSCALE=CHINESE;FREQ=YEARLY;COUNT=3"),
        (8, "it repeats by RSCALE=CHINESE, which is not read"),
    ),
    "a rule by weeks of the year": (
        calendar(f"{ONCE}\nRRULE:FREQ=YEARLY;BYWEEKNO=2;COUNT=3"),
        (8, "it repeats by BYWEEKNO=2, which is not read"),
    ),
    "a numbered weekday in a week": (
        calendar(f"{ONCE}\nRRULE:FREQ=WEEKLY;BYDAY=1MO;COUNT=3"),
        (8, "it repeats by FREQ=WEEKLY;BYDAY=1MO;COUNT=3, which is not read"),
    ),
    "two rules": (
        calendar(f"{ONCE}\nRRULE:FREQ=WEEKLY;COUNT=3\nRRULE:FREQ=DAILY;COUNT=3"),
        (3, "it repeats by several rules, which is not read"),
    ),
    "a rule of exceptions": (
        calendar(f"{ONCE}\nRRULE:FREQ=DAILY;COUNT=9\nEXRULE:FREQ=DAILY;INTERVAL=2;COUNT=3"),
        (3, "it repeats by several rules, which is not read"),
    ),
    "a first shift outside its rule": (
        calendar(f"{ONCE}\nRRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3"),
        (8, "its first shift does not follow its rule"),
    ),
    "a rule that can't be read": (
        calendar(f"{ONCE}\nRRULE FREQ=WEEKLY"),
        (8, "its RRULE can't be read"),
    ),
    "too many shifts": (
        calendar(f"{ONCE}\nRRULE:FREQ=DAILY;COUNT=1500"),
        (3, f"it has more than 1000 shifts: {AS_LAYER}"),
    ),
    "an exception in another zone": (
        calendar(f"{ONCE}\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20310113T180000Z"),
        (3, "it excepts a shift at 2031-01-13 18:00 UTC, but has one at 2031-01-13 17:00 UTC"),
    ),
    "a change of all later shifts": (
        calendar(
            f"{ONCE}\nRRULE:FREQ=WEEKLY;COUNT=3",
            "UID:u\nRECURRENCE-ID;RANGE=THISANDFUTURE:20310113T170000Z\nDTSTART:20300113T180000Z\nDURATION:PT1H\n"
            "SUMMARY:ben",
        ),
        (12, "a change of all its later shifts is not read"),
    ),
    "further shifts as periods": (
        calendar(f"{ONCE}\nRDATE;VALUE=PERIOD:20310113T170000Z/PT1H"),
        (8, "its further shift 20310113T170000Z/PT1H is not read"),
    ),
    "a zone that nothing defines": (
        calendar("DTSTART;TZID=Customized Time Zone:20310106T180000\nDURATION:PT4H\nSUMMARY:ada"),
        (
            4,
            "its zone Customized Time Zone is not known: only IANA names such as Europe/Berlin are, and zones that the "
            "file defines",
        ),
    ),
    "a place that the file defines otherwise": (
        calendar("DTSTART;TZID=Europe/Berlin:20310706T180000\nDURATION:PT4H\nSUMMARY:ada", zones=NO_SUMMER_IN_BERLIN),
        (3, "the file defines Europe/Berlin otherwise than the time zone database at 2031-07-06 18:00"),
    ),
    "a time that no calendar reaches": (
        calendar("DTSTART:20310106T170000Z\nDURATION:P999999999D\nSUMMARY:ada"),
        (3, "its time is too far away"),
    ),
    "a zone without an offset": (
        calendar(
            "DTSTART;TZID=Here:20310706T180000\nDURATION:PT4H\nSUMMARY:ada",
            zones="BEGIN:VTIMEZONE\nTZID:Here\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\n"
            "TZOFFSETTO:one\nEND:STANDARD\nEND:VTIMEZONE\n",
        ),
        (8, "the definition of its zone has no TZOFFSETTO"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_unread_rule_is_refused_with_its_line(standing: Standing, name: str) -> None:
    """A rule, exception or zone that is not read leaves its event out, with its line in the file and the reason."""
    text, (line, why) = REFUSED[name]
    found = read(text, standing, NOW)
    ((shown, said),) = found.left_out.items()
    assert (shifts(found), said) == ([], why)
    assert shown.startswith(f"line {line}, ")


def test_an_event_that_the_file_cuts_off_is_named(standing: Standing) -> None:
    """A file that ends in the middle of an event loses no shift in silence."""
    text = calendar(ONCE).partition("END:VEVENT")[0]
    found = read(text, standing, NOW)
    assert found.left_out == {"line 3, ada at 20310106T170000Z": "the file ends before it does"}


def test_an_answer_to_an_invitation_is_no_calendar(standing: Standing) -> None:
    """One person's answer to an invitation puts no person on call."""
    with pytest.raises(TroubleError, match="METHOD:REPLY"):
        read(calendar(ONCE, head="METHOD:REPLY\n"), standing, NOW)
