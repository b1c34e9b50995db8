"""The published contract: its schemas and examples agree with the code."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer

from policies.contract.commands import COMMANDS, Refused, accept
from policies.contract.messages import read_facts, read_start
from policies.loading.load import SHIPPED, load_catalog
from policies.running.policy import Policy, build
from policies.state.conversation import opened
from policies.state.events import SIGNALS, EventRejected, Fact
from policies.state.records.lifecycle import Lifecycle
from policies.state.records.on_call import Calling, OnCallRun
from policies.state.records.outages.known import OutageLink, Outages
from policies.state.records.responsible import Responsible
from policies.state.situation import Situation
from worker.cli import contract
from worker.contract.schemas import DRAFT, FOLDER, SUFFIX, differences, schemas, write

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
EXAMPLES = FOLDER / "examples"
SCHEMAS = schemas()
MESSAGES = {
    "start": "start",
    **{name: f"signals/{name}" for name in SIGNALS},
    **{name: f"updates/{name}" for name in COMMANDS},
}


def example(name: str) -> dict[str, Any]:
    return json.loads((EXAMPLES / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def policy() -> Policy:
    """Return the policy under which the examples are tried."""
    return build(load_catalog(SHIPPED, today=NOW.date())["tiered"])


def test_the_published_contract_is_the_codes() -> None:
    """The files in docs/contract are those that the code makes; if not: baton contract."""
    assert differences() == []


def test_a_contract_that_fell_behind_is_told_in_sentences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A changed, a missing and a superfluous file are each named, and `baton contract` corrects all of them."""
    write(tmp_path)
    (tmp_path / f"start{SUFFIX}").write_text("{}")
    (tmp_path / f"signals/message{SUFFIX}").unlink()
    (tmp_path / f"signals/shouted{SUFFIX}").write_text("{}")
    with pytest.raises(typer.Exit, match="1"):
        contract(tmp_path, check=True)
    remedy = "run `baton contract`"
    assert capsys.readouterr().err.splitlines() == [
        f"signals/message{SUFFIX} is missing: {remedy}",
        f"start{SUFFIX} differs from the code: {remedy}",
        f"signals/shouted{SUFFIX} is not part of the contract: {remedy}",
    ]
    contract(tmp_path)
    assert differences(tmp_path) == []


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_one_that_tools_accept(name: str) -> None:
    """A schema has a title, says what it is for and what every field means, and is valid JSON Schema 2020-12."""
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DRAFT
    assert schema["title"]
    assert schema["description"]
    parts = [schema, *schema.get("$defs", {}).values()]
    assert [
        field for part in parts for field, rule in part.get("properties", {}).items() if not rule["description"]
    ] == []


def test_every_message_has_an_example() -> None:
    """Every message of the contract has an example to copy, and there is no other example."""
    assert sorted(path.stem for path in EXAMPLES.glob("*.json")) == sorted(MESSAGES)


@pytest.mark.parametrize("name", MESSAGES)
def test_an_example_keeps_to_its_schema(name: str) -> None:
    """Each example is valid under its schema."""
    jsonschema.validate(example(name), SCHEMAS[f"{MESSAGES[name]}{SUFFIX}"])


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signals_example_is_taken_in(name: str) -> None:
    """A signal's example becomes the event that it describes, under its own id and time."""
    sent = example(name)
    fact = read_facts(name, sent, now=NOW, fallback_id="none")[0]
    assert (fact.kind, fact.event_id) == (name, sent["event_id"])
    assert fact.occurred_at == datetime.fromisoformat(sent["occurred_at"])


def test_the_example_of_a_start_is_taken_in() -> None:
    """The example of a start is read whole."""
    sent = example("start")
    started, rejected = read_start(sent, conversation_id="acme-4711", began_at=NOW, now=NOW)
    assert rejected is None
    assert started.occurred_at == datetime.fromisoformat(sent["opened_at"])
    assert started.customer.model_dump(mode="json", exclude_unset=True) == sent["customer"]


@pytest.mark.parametrize("name", COMMANDS)
def test_an_updates_example_is_accepted(name: str, policy: Policy) -> None:
    """An update's example is carried out under its own id in a conversation for which it makes sense."""
    sent = example(name)
    fact = _accept(name, sent, policy)
    assert (fact.event_id, fact.source) == (sent["command_id"], "command")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_request_without_an_actor_is_refused(name: str, policy: Policy) -> None:
    """A request without an actor is refused, in the contract and in the code."""
    sent = {**example(name), "actor": None}
    del sent["actor"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(sent, SCHEMAS[f"updates/{name}{SUFFIX}"])
    with pytest.raises(Refused, match=f"{name}: actor is missing"):
        _accept(name, sent, policy)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_request_is_one_object(name: str, policy: Policy) -> None:
    """A request that is not one JSON object is refused with a sentence."""
    with pytest.raises(Refused, match=f"^{name}: the input must be one JSON object$"):
        _accept(name, ["op"], policy)


@pytest.mark.parametrize("name", [*SIGNALS, *COMMANDS])
def test_null_counts_as_not_sent(name: str, policy: Policy) -> None:
    """A field with null counts as not sent, because some languages send every field they know."""
    sent = example(name)
    optional = SCHEMAS[f"{MESSAGES[name]}{SUFFIX}"]["properties"].keys() - sent.keys()
    nulls = sent | dict.fromkeys(optional)
    if name in SIGNALS:
        assert (
            read_facts(name, nulls, now=NOW, fallback_id="none")[0]
            == read_facts(name, sent, now=NOW, fallback_id="none")[0]
        )
    else:
        assert _accept(name, nulls, policy) == _accept(name, sent, policy)


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("message", {}, "author is missing"),
        ("message", [], "the message must be one JSON object"),
        ("message", None, "the message must be one JSON object"),
        ("message", {"author": "bot"}, "author: write customer, assistant or agent, not “bot”"),
        (
            "status_changed",
            {"status": "done"},
            "status: write open, pending_customer, on_hold or resolved, not “done”",
        ),
        (
            "customer_updated",
            {"value": "lots"},
            "value: write a number, not “lots”",
        ),
        ("customer_updated", {"tier": ["gold"]}, "tier: write a text, not a list"),
        (
            "message",
            {"author": "agent", "occurred_at": "0001-01-01T00:00:00+14:00"},
            "occurred_at: it is beyond what a calendar holds",
        ),
        ("shouted", {}, f"there is no signal “shouted”; there are {', '.join(SIGNALS)}"),
    ],
)
def test_an_unreadable_signal_says_why(name: str, body: Any, why: str) -> None:
    """A signal that makes no sense is kept with the reason, so that an operator can look at it."""
    fact = read_facts(name, body, now=NOW, fallback_id="none")[0]
    assert isinstance(fact, EventRejected)
    assert (fact.name, fact.why) == (name, why)


def test_numbers_serve_as_ids() -> None:
    """Helpdesks may use numbers as ids of agents, customers and events."""
    fact = read_facts("message", {"event_id": 17, "author": "agent", "author_id": 42}, now=NOW, fallback_id="none")[0]
    assert fact.model_dump()["author_id"] == "42"
    assert fact.event_id == "17"
    started, rejected = read_start({"customer": {"id": 7}}, conversation_id="x", began_at=NOW, now=NOW)
    assert (started.customer.id, rejected) == ("7", None)


def test_one_bad_field_of_the_customer_costs_only_itself() -> None:
    """A customer whose value can't be read is still known by name and tier."""
    body = {"channel": "email", "customer": {"name": "Rosa", "tier": "enterprise", "value": "lots"}}
    started, rejected = read_start(body, conversation_id="x", began_at=NOW, now=NOW)
    assert (started.channel, started.customer.name, started.customer.tier) == ("email", "Rosa", "enterprise")
    assert rejected is not None
    assert rejected.why == "customer.value: write a number, not “lots”"


def test_an_opening_that_no_calendar_holds_is_now() -> None:
    """A conversation with an impossible opening time begins when it arrived, and the record says so."""
    body = {"channel": "email", "opened_at": "9999-12-31T23:59:59-14:00"}
    started, rejected = read_start(body, conversation_id="x", began_at=NOW, now=NOW)
    assert started.occurred_at == NOW
    assert rejected is not None
    assert rejected.why == "opened_at: it is beyond what a calendar holds"


def test_a_very_long_id_still_tells_duplicates() -> None:
    """An id of any length is shortened to 200 characters, and two that differ only at the end stay different."""
    ids = [
        read_facts("rated", {"event_id": "x" * 9000 + end, "score": 1}, now=NOW, fallback_id="")[0].event_id
        for end in "aab"
    ]
    assert ids[0] == ids[1] != ids[2]
    assert {len(each) for each in ids} == {200}


def _accept(name: str, body: Any, policy: Policy) -> Fact:
    run = OnCallRun("support-on-call", 1, "breach", "Not answered in time", NOW, next_at=NOW + timedelta(minutes=5))
    plain = opened("acme-4711", NOW).situation.changed(Responsible, team="tier-1")
    suited: dict[str, Situation] = {
        "deescalate": plain.changed(Responsible, team="tier-2"),
        "acknowledge": plain.changed(Calling, runs=(run,)),
        "call": plain.changed(Calling, runs=(run,)),
        "release": plain.changed(Lifecycle, is_held=True),
        "leave_outage": plain.changed(Outages, link=OutageLink("checkout-down", "733ee091ed9d", NOW, NOW)),
        "wake": plain.changed(Lifecycle, snoozed_until=NOW + timedelta(hours=2)),
    }
    return accept(name, body, suited.get(name, plain), now=NOW, fallback_id="none", policy=policy)
