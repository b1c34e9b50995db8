"""The kinds of a timeline's lines: a closed list to write by, and an open one to read by."""

import warnings
from datetime import UTC, datetime

from pydantic import TypeAdapter

from policies.state.records.told import Entry


def test_a_line_of_another_version_is_read_as_it_is() -> None:
    """A line of a kind that only another version of Baton knows is read and carried on unchanged."""
    lines, line = TypeAdapter(Entry), {"at": datetime(2026, 1, 5, tzinfo=UTC), "kind": "of_tomorrow", "text": "…"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert lines.dump_python(lines.validate_python(line))["kind"] == "of_tomorrow"


def test_the_schema_of_a_line_takes_any_kind() -> None:
    """A program that reads timelines by their schema must expect kinds that it does not know."""
    assert TypeAdapter(Entry).json_schema()["properties"]["kind"] == {"title": "Kind", "type": "string"}
