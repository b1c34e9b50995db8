"""The timeline that `baton show` prints: the lines that would hide the others are summed up."""

from datetime import timedelta
from typing import Any

from tests.policies.stories import START
from worker.terminal.short_timeline import short_timeline

IMPORTED_AT = (START + timedelta(days=30)).isoformat()


def line(day: int, kind: str, text: str) -> dict[str, Any]:
    """Return an entry of the query `timeline`, at noon so many days after the opening."""
    return {"at": (START + timedelta(days=day)).isoformat(), "kind": kind, "text": text}


OPENED = [line(0, "conversation_started", "Conversation started by email"), line(0, "imported", "Imported: …")]
CAUGHT_UP = [line(day, kind, f"{kind} of day {day}") for day in range(1, 21) for kind in ("outside_hours", "assigned")]
LIVE = [line(31, "clock_breached", "Resolution breached"), line(31, "rule_fired", "Rule “late”")]


def test_an_import_shows_its_beginning_and_its_present() -> None:
    """Forty deadlines that an import caught up with are one line; the start and everything later stand as they are."""
    shown = short_timeline([*OPENED, *CAUGHT_UP, *LIVE], IMPORTED_AT)
    assert [*shown[:2], *shown[3:]] == [*OPENED, *LIVE]
    text = "40 lines from before the import, which told no person: 20 × outside hours, 20 × assigned"
    assert shown[2] == line(20, "caught_up", text)


def test_words_of_an_import_are_not_summed_up() -> None:
    """A message from before an import is shown, between the deadlines that were caught up with before and after it."""
    said = line(10, "message", "Customer: “Hello?”")
    kinds = [each["kind"] for each in short_timeline([*OPENED, *CAUGHT_UP[:20], said, *CAUGHT_UP[20:]], IMPORTED_AT)]
    assert kinds == ["conversation_started", "imported", "caught_up", "message", "caught_up"]


def test_a_conversation_that_was_not_imported_is_shown_whole() -> None:
    """Decisions of a live conversation told people, so each of them is shown."""
    assert short_timeline([*OPENED, *CAUGHT_UP], None) == [*OPENED, *CAUGHT_UP]


def test_the_same_sentence_again_and_again_is_one_line() -> None:
    """A field that a sender misspells in each of nine messages is one line; three of them would be three."""
    misspelt = [line(31, "rejected", "Rejected message: athor_id: there is no such field") for _ in range(9)]
    text = "9 times, the last at this time: Rejected message: athor_id: there is no such field"
    assert short_timeline([*OPENED, *misspelt], IMPORTED_AT) == [*OPENED, line(31, "rejected", text)]
    assert short_timeline([*OPENED, *misspelt[:3]], IMPORTED_AT) == [*OPENED, *misspelt[:3]]


def test_the_same_words_of_a_customer_are_shown_each_time() -> None:
    """A customer who writes "Hello?" five times has written five messages."""
    words = [line(day, "message", "Customer: “Hello?”") for day in range(5)]
    assert short_timeline(words, None) == words
