"""The contract with backends as JSON Schema, generated from the very models that read and answer.

Promises that `docs/contract` says what the code does: what a sender may send (not what Baton adds to it), and every
field that an answer has. Must not know how messages arrive.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from policies.contract.outages import SIGNALS as OUTAGE_SIGNALS
from policies.contract.outages import OpenOutage
from policies.contract.requests import COMMANDS
from policies.contract.sent_fields import ADDED_BY_BATON
from policies.queues.teams.events import TeamEvent
from policies.queues.teams.messages import COMMANDS as TEAM_COMMANDS
from policies.queues.teams.messages import SIGNALS as TEAM_SIGNALS
from policies.state.events import (
    SIGNALS,
    ConversationStarted,
    Customer,
    CustomerUpdated,
    Event,
    FromBaton,
    Reported,
)
from policies.state.records.told import Entry
from policies.state.situation import NAMED, Situation
from worker.contract.answers import (
    HandoffAnswer,
    OutageAnswer,
    Outcome,
    PinnedDocument,
    StateExtras,
    TeamAnswer,
    TeamEntry,
    TeamOutcome,
    TeamTicket,
    Upcoming,
)

FOLDER = Path(__file__).parents[2] / "docs" / "contract"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
SUFFIX = ".schema.json"

BOOKKEEPING = {
    *("timeline", "outside_noted", "silences", "deadline_at", "firings", "is_tripped", "firings_by_rule", "early"),
    *("closed", "briefing", "offered", "offered_at", "moves", "feedback", "asked", "replied", "imported_at"),
    *("lines_left_out", "outages", "withheld_calls", "outages_over", "outages_told"),
}
"""The fields that `state` shows beyond the contract: Baton's own notes, which may change with any version."""
WORDS = {
    "conversation_id": "The conversation's id; the workflow's id is `conversation/` and this.",
    "conversation": "The conversation's id.",
    "channel": "The way by which the customer made contact, by a name that the policy knows, such as `email`.",
    "subject": "The subject, in one line.",
    "priority": "The urgency.",
    "team": "A team, by its name in the policy.",
    "assignee": "The person responsible, by your id; empty where the team has it and no person.",
    "agent": "A person, by their key under `people` in the policy.",
    "by": "The person who did it, such as an agent's id.",
    "note": "A note for the next person.",
    "ticket": "The conversation's request for a person; answers to an earlier one change nothing.",
    "offer": "The number of the offer.",
    "state": "The state.",
    "since": "The instant of the beginning.",
    "spent": "The business time used before `since`; a stopwatch that stands still has no `since`.",
    "set_aside": "The things that could not be judged; `baton retry` judges them again.",
    "sla_state": "The worst of the promises that are still open.",
    "at": "The instant.",
    "what": "The thing that will happen.",
    "because": "The reason, in a sentence.",
    "kind": "The kind.",
}
"""The fields that mean the same in every model; all others are described where they are declared."""
ANSWERS: dict[str, tuple[Any, str, str]] = {
    "outcome": (Outcome, "The answer to every update", ""),
    "queries/timeline": (
        list[Entry],
        "Answer to the query timeline",
        "The events and decisions, with reasons, the oldest first: the first ten and the last ninety, and the latest "
        "words that were told.",
    ),
    "queries/upcoming": (
        list[Upcoming],
        "Answer to the query upcoming",
        "The things that will happen unless others come first, the earliest first.",
    ),
    "queries/handoff": (HandoffAnswer, "Answer to the query handoff", ""),
    "queries/policy": (PinnedDocument, "Answer to the query policy", ""),
    "outage/queries/state": (OutageAnswer, "Answer to the query state of an outage", ""),
    "team/outcome": (TeamOutcome, "The answer to every update of a team", ""),
    "team/queries/state": (TeamAnswer, "Answer to the query state of a team", ""),
    "team/queries/ticket": (TeamTicket, "Answer to the query ticket of a team", ""),
    "team/queries/timeline": (
        list[TeamEntry],
        "Answer to the query timeline of a team",
        "The events and decisions of a team's queue; the last hundred entries, the oldest first.",
    ),
}
"""The answers by their files: the record, the title, and the description where the record's docstring is not it."""
_DOCUMENTED = ConfigDict(use_attribute_docstrings=True)
_RENAMED = re.compile(rf"\b({'|'.join(NAMED)})\b")
_ENVELOPE = ("event_id", "occurred_at")

Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """Return every schema by its file name under `docs/contract`."""
    state = "How things stand. Fields that are not listed here are Baton's own notes and may change."
    found = {
        "start": _start(),
        "queries/state": _finish(_state(), "Answer to the query state", state),
        **{name: _finish(_answer(kind), title, description) for name, (kind, title, description) in ANSWERS.items()},
        **{f"signals/{name}": _signal(name, kind) for name, kind in SIGNALS.items()},
        **{f"updates/{name}": _finish(_command(kind), f"Update {name}") for name, kind in COMMANDS.items()},
        **{f"team/signals/{n}": _finish(_sendable(k), f"Signal {n} of a team") for n, k in TEAM_SIGNALS.items()},
        **{f"team/updates/{n}": _finish(_command(k), f"Update {n} of a team") for n, k in TEAM_COMMANDS.items()},
        "outage/start": _finish(_command(OpenOutage), "Start of an outage"),
        **{f"outage/signals/{n}": _finish(_command(k), f"Signal {n} of an outage") for n, k in OUTAGE_SIGNALS.items()},
    }
    return {f"{name}{SUFFIX}": schema for name, schema in found.items()}


def differences(folder: Path = FOLDER) -> list[str]:
    """Return a sentence for each committed file that is missing, differs from the code, or should not be there."""
    wanted = schemas()
    found = {str(path.relative_to(folder)) for path in folder.rglob(f"*{SUFFIX}")}
    texts = {name: (folder / name).read_text() for name in found}
    return [
        *(f"{name} is missing" for name in wanted if name not in found),
        *(f"{name} differs from the code" for name in wanted if name in found and texts[name] != _text(wanted[name])),
        *(f"{name} is not part of the contract" for name in sorted(found - wanted.keys())),
    ]


def write(folder: Path = FOLDER) -> None:
    """Write every schema, and remove files that are not part of the contract any more."""
    wanted = schemas()
    for stale in folder.rglob(f"*{SUFFIX}"):
        if str(stale.relative_to(folder)) not in wanted:
            stale.unlink()
    for name, schema in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_text(schema))


def _start() -> Schema:
    schema = _sendable(ConversationStarted)
    properties = schema["properties"]
    optional = {name: rule for name, rule in properties.items() if name not in {*_ENVELOPE, "policy", "channel"}}
    schema["properties"] = {
        "conversation_id": {"type": "string", "minLength": 1},
        "policy": properties["policy"],
        "channel": properties["channel"],
        **optional,
        "opened_at": {
            "type": "string",
            "format": "date-time",
            "description": "The instant at which the customer made contact: the promises run from here. RFC 3339.",
        },
    }
    schema["required"] = ["conversation_id", "policy", "channel"]
    for name in ("policy", "channel"):
        schema["properties"][name].pop("default")
    return _finish(schema, "Start of a conversation")


def _command(kind: type[BaseModel]) -> Schema:
    """Return a command's schema.

    Durations lose their format: they are written as in a policy (`2h`), or in ISO 8601.
    """
    schema = kind.model_json_schema()
    for rule in schema["properties"].values():
        for option in (rule, *rule.get("anyOf", ())):
            if option.get("format") == "duration":
                del option["format"]
    return schema


def _signal(name: str, kind: type[Reported]) -> Schema:
    schema = _sendable(kind)
    known = schema["properties"]
    own = {key: rule for key, rule in known.items() if key not in (*_ENVELOPE, kind.gathers)}
    if kind is CustomerUpdated:
        own = Customer.model_json_schema()["properties"]
        for rule in own.values():
            rule.pop("default")  # a sender that fills this in would wipe what is known
    if kind.gathers:
        schema |= {"required": [], "additionalProperties": True}
    if issubclass(kind, FromBaton):
        schema["description"] += " Baton sends it; a backend need not."
    envelope = {key: known[key] for key in _ENVELOPE}
    return _finish({**schema, "properties": {**own, **envelope}}, f"Signal {name}")


def _sendable(kind: type[Event | TeamEvent]) -> Schema:
    """Return the schema of the fields that a sender may fill. The fields common to all events are optional."""
    schema = kind.model_json_schema()
    schema["properties"] = {name: rule for name, rule in schema["properties"].items() if name not in ADDED_BY_BATON}
    schema["required"] = [name for name in schema.get("required", []) if name not in _ENVELOPE]
    return schema


def _state() -> Schema:
    """Return the schema of the situation and what `state` shows beside it, without bookkeeping."""
    rows: Schema = json.loads(_RENAMED.sub(lambda found: NAMED[found[0]], json.dumps(_answer(list[Situation]))))
    definitions: Schema = rows.pop("$defs")
    state = definitions.pop("Situation")
    extras = _answer(StateExtras)
    properties = {**state["properties"], **extras["properties"]}
    properties = {name: rule for name, rule in properties.items() if name not in BOOKKEEPING}
    definitions = _named_by(properties, {**definitions, **extras["$defs"]})
    return {**state, "properties": properties, "required": [*properties], "$defs": definitions}


def _named_by(part: Schema, definitions: Schema) -> Schema:
    """Return the definitions that a part refers to, directly or through another definition."""
    wanted: set[str] = set()
    texts = [json.dumps(part)]
    while texts:
        text = texts.pop()
        new = {name for name in definitions if f'"#/$defs/{name}"' in text} - wanted
        wanted |= new
        texts += [json.dumps(definitions[name]) for name in sorted(new)]
    return {name: definition for name, definition in definitions.items() if name in wanted}


def _answer(kind: Any) -> Schema:
    """Return the schema of a record or of a list of records; docstrings of a dataclass's fields are descriptions."""
    config = None if isinstance(kind, type) else _DOCUMENTED
    return TypeAdapter(kind, config=config).json_schema(mode="serialization")


def _finish(schema: Schema, title: str, description: str = "") -> Schema:
    """Return the finished schema: head, descriptions and order. Titles of fields would only repeat their names."""
    body = {key: rule for key, rule in schema.items() if key not in ("title", "description", "$defs", "required")}
    required = {"required": schema["required"]} if schema.get("required") else {}
    definitions = {"$defs": schema["$defs"]} if schema.get("$defs") else {}
    finished = {
        "$schema": DRAFT,
        "title": title,
        "description": description or schema.get("description", ""),
        **body,
        **required,
        **definitions,
    }
    for part in _objects(finished):
        for name, rule in part["properties"].items():
            rule.pop("title", None)
            if "$ref" in rule:
                rule.pop("default", None)
            rule["description"] = rule.pop("description", "") or WORDS.get(name, "")
    return finished


def _objects(schema: Schema) -> Iterator[Schema]:
    """Yield each part of the schema that has properties."""
    for part in schema.get("$defs", {}).values():
        part.pop("title", None)
    yield from (part for part in (schema, *schema.get("$defs", {}).values()) if "properties" in part)


def _text(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
