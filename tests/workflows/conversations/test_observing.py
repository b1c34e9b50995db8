"""Ledger lines for events from outside: each event's id stands on one line."""

from collections.abc import Sequence

from policies.state.events import Fact
from policies.state.records.told import Entry
from tests.policies.stories import at, fact
from workflows.conversations.observing import with_ids


def named(lines: Sequence[Entry], facts: Sequence[Fact]) -> list[tuple[str, str]]:
    """Return the kind of each line, with the id of the event that it belongs to."""
    return [(entry.kind, event_id) for (entry, _), event_id in with_ids([(line, {}) for line in lines], facts, at(9))]


def test_an_event_is_known_by_a_line_of_its_instant() -> None:
    """An event's id stands on a line of the event's own instant, not on one of a deadline just before."""
    lines = [Entry(at(4), "paged", ""), Entry(at(5), "note_added", ""), Entry(at(5), "rule_fired", "")]
    note = fact("tag_added", 5, event_id="n", tag="x")
    assert named(lines, [note]) == [("paged", ""), ("note_added", "n"), ("rule_fired", "")]


def test_an_event_that_was_moved_in_time_is_known_by_any_line() -> None:
    """A message from before the start counts from the start on, and its id stands on a line there."""
    lines = [Entry(at(4), "paged", ""), Entry(at(5), "tag_added", "")]
    early, late = fact("tag_added", 1, event_id="early", tag="x"), fact("tag_added", 5, event_id="late", tag="y")
    assert named(lines, [early, late]) == [("paged", "early"), ("tag_added", "late")]


def test_an_event_without_a_line_gets_one() -> None:
    """An event that led to no line gets one, because it has to be recognized when it comes again."""
    events = [fact("tag_added", 5, event_id=name, tag="x") for name in ("a", "b")]
    assert named([Entry(at(5), "tag_added", "")], events) == [("tag_added", "a"), ("taken_in", "b")]
