"""For each stored field it is decided what another policy does to it, and support leads can read the table."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter

from policies.adoption.fates import FACTS, FATES, table
from policies.queues.teams.state import Team
from policies.state.conversation import Conversation
from policies.state.flat import records_of
from policies.state.situation import NAMED, Situation

_DOCS = Path(__file__).parents[3] / "docs"


def test_every_field_has_a_fate() -> None:
    """A new field of a conversation or team needs a decision about what another policy does to it."""
    kept = {f"{NAMED.get(part.__name__, part.__name__)}.{name}" for part in PARTS for name in names_in_json(part)}
    facts = [f"{part}.{name}" for part, names in FACTS.items() for name in names.split()]
    decided = [*FATES, *facts]
    assert sorted(kept - {*decided}) == []
    assert sorted({*decided} - kept) == []
    assert len(decided) == len({*decided})


def test_support_leads_read_the_same_table() -> None:
    """The page about adopting policies has exactly the table that the code has."""
    assert table() in (_DOCS / "adopting.md").read_text()


def names_in_json(part: Any) -> list[str]:
    """Return the names of a record's fields in JSON; those of a situation's records are its own."""
    if part in RECORDS:
        return []
    if part is Situation:
        return [*TypeAdapter(Situation).json_schema(mode="serialization")["properties"]]
    return [field.name for field in fields(part)]


def parts(*records: Any) -> list[Any]:
    """Return these records and all record types inside them, each once; `Seen` holds only hashes and is left out."""
    found: dict[Any, None] = {}
    for record in records:
        found |= dict.fromkeys(_parts(record, found))
    return [part for part in found if part.__name__ != "Seen"]


def _parts(hint: Any, known: dict[Any, None]) -> Iterator[Any]:
    for inner in get_args(hint):
        yield from _parts(inner, known)
    if is_dataclass(hint) and hint not in known:
        known[hint] = None
        yield hint
        for inner in get_type_hints(hint).values():
            yield from _parts(inner, known)


PARTS, RECORDS = parts(Conversation, Team), records_of(Situation).values()
