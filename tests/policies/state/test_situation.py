"""The records of a situation: their JSON stays that of edition 1, and each is written by the features that say so."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from policies.state.conversation import Conversation
from policies.state.flat import records_of
from policies.state.situation import Situation

_SITUATION, _CONVERSATION = TypeAdapter(Situation), TypeAdapter(Conversation)
_WRITTEN = (Path(__file__).parent / "edition_1.json").read_text()
_POLICIES = Path(__file__).parents[3] / "policies"
_TREES = {path: ast.parse(path.read_text()) for path in sorted(_POLICIES.rglob("*.py"))}

Writes = set[tuple[str, str]]
WRITERS = {
    "Situation.at": "running/turn",
    "Situation.run": "importing",
    "Situation.edition": "playbook",
    "Situation.deadline_at": "deadlines",
    "Situation.queue_entry": "queues/ importing",
    "Situation.briefing": "handoff/briefing adoption/inherited_details adoption/renamed_teams",
    "Contact": "playbook reported/ rules drills storms sla/responsible sla/holding",
    "Lifecycle": "lifecycle ending sla/callbacks playbook adoption/inherited_details",
    "Responsible": "running/turn sla/ reported/ drills storms handoff/choosing on_call/calls adoption/",
    "CustomerWait": "playbook lifecycle ending storms sla/callbacks handoff/choosing running/ understanding/answers",
    "Sla": "sla/ adoption/renamed_teams",
    "Calling": "on_call/ drills storms importing adoption/inherited_calls",
    "Understood": "understanding/ adoption/inherited_details",
    "Handoffs": "handoff/ playbook ending adoption/inherited_details adoption/renamed_teams",
    "ToldSoFar": "running/ playbook handoff/choosing",
    "Hindsight": "feedback",
    "Outages": "outages/ on_call/withholding",
    "OwnWrites": "running/turn adoption/renamed_teams",
    "RuleBudget": "rules playbook adoption/inherited_details",
}
"""The modules and rooms that write a record; of the fields that belong to no record, those that write each of them."""


def test_json_of_edition_1_is_written_as_it_was_read() -> None:
    """A situation in the JSON of edition 1 is read and written again without a change; new fields come after it."""
    state = json.loads(_WRITTEN)
    written = _SITUATION.dump_python(_SITUATION.validate_python(state), mode="json")
    assert json.dumps(_known(written, state)) == json.dumps(state)
    assert json.loads(_SITUATION.dump_json(_SITUATION.validate_json(_WRITTEN))) == written


def test_a_conversation_writes_both_of_its_situations_alike() -> None:
    """A conversation holds two situations, and both have the same JSON."""
    state = json.loads(_WRITTEN)
    carried = _CONVERSATION.validate_python({"base": state, "situation": state})
    assert carried.base == carried.situation == _SITUATION.validate_python(state)
    written = _CONVERSATION.dump_python(carried, mode="json")
    assert written["base"] == written["situation"]
    assert _known(written["base"], state) == state


def test_json_without_a_field_has_its_default() -> None:
    """A situation that was kept before a field was known is read with the default of that field."""
    least = {name: json.loads(_WRITTEN)[name] for name in ("conversation_id", "opened_at", "at")}
    read = _SITUATION.validate_python(least)
    assert read == Situation(read.conversation_id, read.opened_at, read.at)


def test_each_record_has_its_writers(writes: Writes) -> None:
    """The table names the writers of each record and of each field outside the records that ever changes."""
    assert {name for _, name in writes} == {*WRITERS}
    assert {name for name in WRITERS if "." not in name} == {kind.__name__ for kind in records_of(Situation).values()}


@pytest.mark.parametrize("record", WRITERS)
def test_a_record_is_written_by_its_features_only(writes: Writes, record: str) -> None:
    """A feature that writes the record of another feature has to say so in the table above."""
    allowed = tuple(WRITERS[record].split())
    assert {module for module, name in writes if name == record and not _is_in(module, allowed)} == set()


def test_records_are_replaced_by_name_only() -> None:
    """All changes of a situation name the record that they change, so that the table above sees them."""
    records = {*records_of(Situation)}
    hidden = [
        f"{module}: {ast.unparse(call)}"
        for module, call in _calls("replace")
        if records & {keyword.arg for keyword in call.keywords} and not module.startswith("queues/teams/")
    ]
    assert hidden == []


def _known(written: Any, before: Any) -> Any:
    """Return what is written without the fields that came after those known before."""
    match before:
        case dict():
            return {name: _known(written[name], before[name]) for name in [*written][: len(before)]}
        case list():
            return [_known(each, known) for each, known in zip(written, before, strict=True)]
        case _:
            return written


def _is_in(module: str, allowed: tuple[str, ...]) -> bool:
    return any(module.startswith(room) if room.endswith("/") else module == room for room in allowed)


@pytest.fixture(scope="module")
def writes() -> Writes:
    """Return each module that changes a record, with the record, or with the field that belongs to no record."""
    return {*_writes()}


def _writes() -> Iterator[tuple[str, str]]:
    for module, call in (*_calls("change"), *_calls("changed")):
        record = ast.unparse(call.args[0]) if call.args else ""
        if record == "Situation":
            yield from ((module, f"Situation.{keyword.arg}") for keyword in call.keywords)
        elif record in {kind.__name__ for kind in records_of(Situation).values()}:
            yield module, record


def _calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls of functions and methods of this name, each with its module below `policies`."""
    for path, tree in _TREES.items():
        for node in ast.walk(tree):
            is_named = isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name
            if is_named and isinstance(node, ast.Call):
                yield str(path.relative_to(_POLICIES).with_suffix("")), node
