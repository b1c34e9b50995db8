"""Payloads of any sender: what has a meaning as JSON is understood, the rest is refused with a reason."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import ListValue, Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.wrappers_pb2 import StringValue
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from tests.conftest import Story, next_weekday
from worker.temporal.skipping import Clockwork
from workflows.audit import AUDIT_TYPE

pytestmark = pytest.mark.slow

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)


def payload(data: bytes, encoding: str = "json/plain", **metadata: str) -> Payload:
    """Return a payload with exactly these bytes."""
    return Payload(metadata={"encoding": encoding.encode()} | {k: v.encode() for k, v in metadata.items()}, data=data)


def protobuf(message: Message) -> Payload:
    """Return the payload that Go's converter makes of a protobuf message, in binary form."""
    return payload(message.SerializeToString(), "binary/protobuf", messageType=message.DESCRIPTOR.full_name)


def struct(**fields: Any) -> Struct:
    """Return a protobuf Struct with these fields."""
    made = Struct()
    made.update(fields)
    return made


SAID = {"author": "customer", "text": "Where is my refund?", "event_id": "m-1"}
SAID_BYTES = json.dumps(SAID).encode()
UNDERSTOOD = {
    "json": payload(SAID_BYTES),
    "json with a type of its own": payload(SAID_BYTES, messageType="acme.Said", type="map"),
    "json of a protobuf Struct": payload(SAID_BYTES, "json/protobuf", messageType="google.protobuf.Struct"),
    "json of a sender's own protobuf": payload(SAID_BYTES, "json/protobuf", messageType="acme.Said"),
    "a protobuf Struct": protobuf(struct(**SAID)),
    "a protobuf Value": protobuf(Value(struct_value=struct(**SAID))),
    "a Struct with lists and more": protobuf(struct(**SAID, tags=["a", {"b": [1.5, None]}], more={"x": [[]]})),
    "a byte order mark": payload(b"\xef\xbb\xbf" + SAID_BYTES),
    "UTF-16": payload(json.dumps(SAID).encode("utf-16")),
    "white space around it": payload(b" \n" + SAID_BYTES + b"\r\n"),
    "a key twice": payload(b'{"text": "first", ' + SAID_BYTES[1:]),
}
NO_OBJECT = "the message must be one JSON object"
NOT_UNDERSTOOD = {
    "an object cut off": (payload(b'{"author": "cust'), f"{NO_OBJECT}; its JSON can't be read (Unterminated string"),
    "bytes after it": (payload(SAID_BYTES + b"x"), f"{NO_OBJECT}; its JSON can't be read (Extra data"),
    "numbers as keys": (payload(b"{1: 2}"), f"{NO_OBJECT}; its JSON can't be read (Expecting property name"),
    "nothing": (payload(b""), f"{NO_OBJECT}; its JSON can't be read (it is empty)"),
    "null": (payload(b"", "binary/null"), NO_OBJECT),
    "a list": (payload(b"[1]"), NO_OBJECT),
    "a list of protobuf": (protobuf(ListValue()), NO_OBJECT),
    "a protobuf text": (protobuf(StringValue(value="hi")), NO_OBJECT),
    "a protobuf time": (protobuf(Timestamp(seconds=1)), NO_OBJECT),
    "a protobuf time beyond the calendar": (protobuf(Timestamp(seconds=2**62)), f"{NO_OBJECT}; its JSON can't be read"),
    "a broken Struct": (
        payload(b"\xff\xff", "binary/protobuf", messageType="google.protobuf.Struct"),
        f"{NO_OBJECT}; its protobuf can't be read",
    ),
    "an unknown protobuf": (
        payload(b"\x08\x01", "binary/protobuf", messageType="acme.Said"),
        f"{NO_OBJECT}; its payload is the protobuf message acme.Said: send it as json/plain",
    ),
    "a protobuf without a name": (
        payload(b"\x08\x01", "binary/protobuf"),
        f"{NO_OBJECT}; its payload is a protobuf message without its messageType",
    ),
    "bytes": (payload(SAID_BYTES, "binary/plain"), f"{NO_OBJECT}; its payload is encoded as binary/plain"),
    "an unknown encoding": (payload(SAID_BYTES, "json/zip"), f"{NO_OBJECT}; its payload is encoded as json/zip"),
    "an encoding that is no text": (
        Payload(metadata={"encoding": b"\xff\xfe"}, data=SAID_BYTES),
        f"{NO_OBJECT}; its payload is encoded as \ufffd\ufffd",
    ),
    "no encoding": (Payload(data=SAID_BYTES), f"{NO_OBJECT}; its payload does not say how it is encoded"),
    "an unknown key": (
        payload(b"\x00\x01", "binary/encrypted", **{"encryption-key-id": "k9"}),
        f"{NO_OBJECT}; its payload is encrypted (binary/encrypted), and this worker has no key for it",
    ),
    "a reference to a storage": (
        payload(b"{}", "json/external-storage-reference"),
        f"{NO_OBJECT}; its payload is encoded as json/external-storage-reference",
    ),
    "a newer reference to a storage": (
        payload(b"[]", "json/plain", __temporal_external_storage_reference="true"),
        NO_OBJECT,
    ),
}
GOOD = next(iter(UNDERSTOOD.values()))
BAD = NOT_UNDERSTOOD["an unknown key"][0]


def raw(*payloads: Payload) -> list[RawValue]:
    """Return inputs that the client sends unchanged."""
    return [RawValue(each) for each in payloads]


async def rejected(story: Story) -> list[str]:
    """Return the timeline's texts of rejected inputs, without the word "Rejected"."""
    texts = [entry["text"] for entry in await story.timeline() if entry["kind"] == "rejected"]
    return [text.removeprefix("Rejected ") for text in texts]


async def refusal(handle: WorkflowHandle[Any, Any], name: str, *payloads: Payload) -> str:
    """Return the sentence with which this update is refused; fail where it is accepted."""
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await handle.execute_update(name, args=raw(*payloads))
    assert isinstance(failed.value.cause, ApplicationError)
    return failed.value.cause.message


async def answers(story: Story) -> None:
    """Check that every query is answered, also with readable and unreadable inputs."""
    for query in ("state", "timeline", "upcoming", "handoff", "policy"):
        for inputs in ((), (GOOD,), (BAD,), (BAD, GOOD)):
            assert await story.handle.query(query, args=raw(*inputs)) is not None


async def test_every_form_of_json_is_a_message(start: Start) -> None:
    """A customer's message counts, whatever language and library packed it."""
    story = await start(MONDAY_10_AM)
    for number, form in enumerate(UNDERSTOOD.values(), start=1):
        await story.handle.signal("message", args=raw(form))
        await story.handle.signal("tag_added", args=raw(payload(b'{"tag": "t%d"}' % number)))
    state = await story.settled()
    assert await rejected(story) == []
    assert state["messages"] == 1
    assert [said["text"] for said in (await story.handle.query("handoff"))["last_words"]] == [SAID["text"]]
    assert len(state["tags"]) == len(UNDERSTOOD)


async def test_an_unreadable_payload_is_on_the_record_with_the_reason(start: Start) -> None:
    """A payload that can't be read as a message stays in the timeline with the reason, and the next message counts."""
    story = await start(MONDAY_10_AM)
    for form, _ in NOT_UNDERSTOOD.values():
        await story.handle.signal("message", args=raw(form))
    await story.handle.signal("message", args=raw(GOOD))
    assert (await story.settled())["messages"] == 1
    told = await rejected(story)
    for (_, why), text in zip(NOT_UNDERSTOOD.values(), told, strict=True):
        assert text.startswith(f"message: {why}")
    await answers(story)


@pytest.mark.parametrize(
    "inputs", [(), (GOOD, GOOD), (GOOD, BAD), (BAD, GOOD, BAD, GOOD, payload(b""))], ids=["0", "2", "2 with 1 bad", "5"]
)
async def test_another_number_of_inputs_stops_nothing(start: Start, inputs: tuple[Payload, ...]) -> None:
    """Signals and updates with no input, or with two or five, are kept as rejected or refused, readable or not."""
    story = await start(MONDAY_10_AM)
    for name in ("message", "nobody_knows_this"):
        await story.handle.signal(name, args=raw(*inputs))
    for name in ("resolve", "adopt_policy"):
        assert (await refusal(story.handle, name, *inputs)).startswith(f"{name}: the input must be one JSON object")
    assert [text.split(";")[0] for text in await rejected(story)] == [
        f"message: {NO_OBJECT}",
        "nobody_knows_this: there is no signal “nobody_knows_this”",
    ]
    await answers(story)


async def test_updates_are_refused_with_the_reason(start: Start) -> None:
    """A command that can't be read is refused with the reason and changes nothing; the next readable one counts."""
    story = await start(MONDAY_10_AM)
    for form, why in NOT_UNDERSTOOD.values():
        reason = why.replace("the message", "the input")
        for name in ("resolve", "adopt_policy", "snooze"):
            assert (await refusal(story.handle, name, form)).startswith(f"{name}: {reason}")
    for number, wrap in enumerate((protobuf, lambda said: payload(json.dumps(dict(said)).encode(), "json/protobuf"))):
        noted = struct(actor="ann", tried="a", think="b", need="c", command_id=f"n{number}")
        assert "Where" not in (await story.handle.execute_update("add_note", args=raw(wrap(noted))))["because"]
    assert (await story.kinds()).count("note_added") == 2
    await answers(story)


async def test_a_policy_as_a_protobuf_struct_is_adopted(start: Start) -> None:
    """A Go program can send a policy with its default converter; one that is no policy is refused with a sentence."""
    story = await start(MONDAY_10_AM)
    await story.settled()
    document = (await story.handle.query("policy"))["document"]
    sent = struct(actor="op", policy="tiered", mode="carry", document={**document, "version": 7})
    await story.handle.execute_update("adopt_policy", args=raw(protobuf(sent)))
    assert (await story.settled())["policy"]["name"] == "tiered v7"
    wrong = struct(actor="op", policy="tiered", mode="carry", document={"policy": ["x"], "version": {"a": None}})
    assert "policy" in await refusal(story.handle, "adopt_policy", protobuf(wrong))
    await answers(story)


@pytest.mark.parametrize("form", NOT_UNDERSTOOD)
async def test_a_start_in_any_form_begins(clockwork: Clockwork, form: str) -> None:
    """A conversation whose start can't be read begins under the default policy, and its timeline says what came."""
    sent, why = NOT_UNDERSTOOD[form]
    name = f"foreign-start-{form.replace(' ', '-')}"
    handle = await clockwork.client.start_workflow(
        "Conversation", args=raw(sent), id=f"conversation/{name}", task_queue="baton"
    )
    story = Story(handle, clockwork, MONDAY_10_AM, name)
    assert (await story.settled())["team"]
    (told,) = await rejected(story)
    assert told.startswith(f"start: {why.replace('the message', 'the input')}")


async def test_a_start_as_a_protobuf_struct_is_understood(clockwork: Clockwork) -> None:
    """A Go program's Struct starts a conversation with all of its fields."""
    body = struct(policy="tiered", channel="email", subject="Help", customer={"id": 42, "value": 1.5}, tags=["a", "b"])
    handle = await clockwork.client.start_workflow(
        "Conversation", args=raw(protobuf(body)), id="conversation/foreign-struct", task_queue="baton"
    )
    story = Story(handle, clockwork, MONDAY_10_AM, "foreign-struct")
    state = await story.settled()
    assert (state["customer"]["id"], state["customer"]["value"], state["tags"]) == ("42", 1.5, ["a", "b"])
    assert await rejected(story) == []


@pytest.mark.parametrize(
    "header", [b"\xff", b"[1]", b'{"traceparent": 5, "tracestate": ["a"]}', b'{"traceparent": "x"}']
)
@pytest.mark.parametrize("encoding", ["json/plain", "binary/encrypted"])
async def test_a_trace_header_stops_nothing(start: Start, header: bytes, encoding: str) -> None:
    """A trace header of a foreign kind changes nothing for the conversation."""
    story = await start(MONDAY_10_AM)
    request = SignalWorkflowExecutionRequest(
        namespace=story.clockwork.client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=story.handle.id),
        signal_name="message",
        input=Payloads(payloads=[GOOD]),
    )
    request.header.fields["_tracer-data"].CopyFrom(payload(header, encoding))
    await story.clockwork.client.workflow_service.signal_workflow_execution(request)
    assert (await story.settled())["messages"] == 1


async def test_a_team_survives_every_form(clockwork: Clockwork) -> None:
    """A team keeps unreadable signals as rejected, refuses unreadable commands, and still takes agents' presence."""
    handle = await clockwork.client.start_workflow("Team", args=raw(BAD, GOOD), id="team/foreign", task_queue="baton")
    forms = [form for form, _ in NOT_UNDERSTOOD.values()]
    for name in ("presence", "heartbeat", "nobody_knows_this"):
        for inputs in ((), (GOOD, BAD), *((form,) for form in forms)):
            await handle.signal(name, args=raw(*inputs))
    for form, why in NOT_UNDERSTOOD.values():
        reason = why.replace("the message", "the input")
        for name in ("accept", "set_presence"):
            assert (await refusal(handle, name, form)).startswith(f"{name}: {reason}")
    await handle.signal("presence", args=raw(protobuf(struct(agent="ann", presence="available"))))
    for query in ("state", "timeline"):
        for inputs in ((), (BAD,), (GOOD, BAD)):
            assert await handle.query(query, args=raw(*inputs)) is not None
    await handle.terminate()


async def test_an_audit_says_what_is_wrong_with_its_input(clockwork: Clockwork) -> None:
    """An audit whose request can't be read fails at once with the reason, instead of retrying for ever."""
    for number, (form, why) in enumerate(NOT_UNDERSTOOD.values()):
        if form.metadata["encoding"] == b"binary/null":
            continue
        with pytest.raises(WorkflowFailureError) as failed:
            await clockwork.client.execute_workflow(
                AUDIT_TYPE, args=raw(form), id=f"foreign-audit-{number}", task_queue="baton"
            )
        assert isinstance(failed.value.cause, ApplicationError)
        assert failed.value.cause.message.startswith(why.replace("the message", "the input"))
