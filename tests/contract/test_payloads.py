"""Payloads: reading any bytes into plain values, and writing any value as strict JSON."""

import json
import math
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from temporalio.api.common.v1 import Payload

from policies.text.json_text import DEEPEST, read_json, whole
from policies.text.undecodable import Undecodable
from workflows.payloads.decoding import Payloads, decode

TEXT = st.text(st.characters(codec=None), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)
ENCODINGS = st.sampled_from(
    [b"json/plain", b"json/protobuf", b"binary/protobuf", b"binary/null", b"binary/plain", b"", b"\xff", b"other"]
)
KINDS = (b"google.protobuf.Struct", b"google.protobuf.Value", b"google.protobuf.Timestamp", b"other", b"\xff")
WRITTEN = st.builds(lambda value, is_ascii: json.dumps(value, ensure_ascii=is_ascii), JSON, st.booleans())
BYTES = st.binary(max_size=40) | WRITTEN.map(lambda text: text.encode("utf-8", "surrogatepass"))
PAYLOADS = st.builds(
    lambda encoding, kind, data: Payload(metadata={"encoding": encoding, "messageType": kind}, data=data),
    ENCODINGS,
    st.sampled_from(KINDS),
    BYTES,
)


def is_plain(value: Any) -> bool:
    """Return whether the value has only JSON's types, and texts that UTF-8 can hold."""
    match value:
        case dict():
            return all(type(key) is str and is_plain(key) and is_plain(inner) for key, inner in value.items())
        case list():
            return all(map(is_plain, value))
        case str():
            return whole(value) == value
        case _:
            return value is None or type(value) in (bool, int, float)


def reads_any(payload: Payload) -> None:
    decoded = decode(payload)
    assert isinstance(decoded, Undecodable) or is_plain(decoded)
    assert decode(payload) == decoded or "nan" in repr(decoded)


@given(PAYLOADS)
def test_any_payload_is_read_or_refused(payload: Payload) -> None:
    """A payload of any bytes and encoding is read into plain values, or a sentence says why not."""
    reads_any(payload)


@pytest.mark.soak
@settings(max_examples=5000, deadline=None)
@given(PAYLOADS)
def test_thousands_of_payloads_are_read_or_refused(payload: Payload) -> None:
    """Thousands of other payloads are read or refused, too."""
    reads_any(payload)


def made_whole(value: Any) -> Any:
    match value:
        case dict():
            return {whole(key): made_whole(inner) for key, inner in value.items()}
        case list():
            return [made_whole(inner) for inner in value]
        case str():
            return whole(value)
        case float() if not math.isfinite(value):
            return None
        case _:
            return value


@given(JSON)
def test_values_are_handed_on_as_strict_json(value: Any) -> None:
    """A value that a workflow hands on is strict JSON: half characters become marks, and NaN becomes null."""
    (payload,) = Payloads().to_payloads([{"it": value}])
    assert payload.data.decode().encode() == payload.data
    assert json.loads(payload.data, parse_constant=pytest.fail) == {"it": made_whole(value)}


class Said(BaseModel):
    text: str
    of: dict[str, Any] = {}


def test_a_record_with_half_a_character_is_written() -> None:
    """A record with half a character, wherever it came from, is written with a mark in its place."""
    (payload,) = Payloads().to_payloads([[Said(text="a\ud83d", of={"\ud83d": "\ude00"}), "ok"]])
    assert json.loads(payload.data) == [{"text": "a\ufffd", "of": {"\ufffd": "\ufffd"}}, "ok"]


@pytest.mark.parametrize(
    ("data", "read"),
    [
        (b'"\\ud83d"', "\ufffd"),
        (b'"\\ud83d\\u0041"', "\ufffdA"),
        (b'"\\ude00\\ud83d\\ude00"', "\ufffd\U0001f600"),
        (b'"\\\\ud83d"', "\\ud83d"),
        (b'"\xed\xa0\xbd"', "\ufffd"),
        (b'"\xed\xa0\xbd\xed\xb8\x80"', "\U0001f600"),
        (b'"caf\xc3"', "caf\ufffd"),
        (b'\xef\xbb\xbf"x"', "x"),
        ('"\u00e9"'.encode("utf-16"), "\u00e9"),
        (b'"a\nb\x00"', "a\nb\x00"),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"1e400", math.inf),
        (b"9" * 5000, math.inf),
        (b"-" + b"9" * 5000, -math.inf),
        (b"9" * 4300, int("9" * 4300)),
    ],
)
def test_json_of_other_senders_is_read(data: bytes, read: Any) -> None:
    """JSON is read as senders really write it, also where strict readers refuse it."""
    assert read_json(data) == read


NO_JSON = (b"", b" ", b"{", b'{"a": 1} x', b'{"a": 1}\x00', b"{1: 2}", b"'a'", b"[" * 100_000, b'"')


@pytest.mark.parametrize("data", NO_JSON, ids=range(len(NO_JSON)))
def test_bytes_that_are_no_json_are_refused(data: bytes) -> None:
    """Bytes that are no JSON are refused."""
    with pytest.raises(ValueError):  # noqa: PT011  the reason is the parser's
        read_json(data)


@pytest.mark.parametrize("depth", [150, 1000, 100_000])
def test_nesting_without_end_costs_only_itself(depth: int) -> None:
    """A value that is nested too deeply is left out, and the values beside it are read."""
    sent = b'{"deep": ' + b'[{"]":' * depth + b"1" + b"}]" * depth + b', "text": "[{\\"", "half": "\\ud83d"}'
    value = read_json(sent)
    assert (value["text"], value["half"]) == ('[{"', "\ufffd")
    levels, value = 1, value["deep"]
    while value is not None:
        levels, value = levels + 1, value[0] if isinstance(value, list) else value["]"]
    assert levels == DEEPEST


def test_a_struct_keeps_whole_numbers_whole() -> None:
    """A protobuf Struct has only floating point numbers: whole ones are read as integers."""
    struct = Struct()
    struct.update({"b": 42, "a": [1.5, -0.0, 2.0**60], "c": {"d": None}})
    payload = Payload(
        metadata={"encoding": b"binary/protobuf", "messageType": b"google.protobuf.Struct"},
        data=struct.SerializeToString(),
    )
    decoded = decode(payload)
    assert json.dumps(decoded) == '{"a": [1.5, 0, 1.152921504606847e+18], "b": 42, "c": {"d": null}}'
