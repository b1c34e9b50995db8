"""Payloads of Temporal: reads those of any sender, and writes payloads that any receiver can read.

Promises that reading never raises an error that an SDK would retry for ever, that it returns plain JSON types, and that
written payloads are strict JSON. Must not know what a payload is about.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from google.protobuf import duration_pb2, empty_pb2, field_mask_pb2, struct_pb2, timestamp_pb2, wrappers_pb2
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from pydantic_core import SchemaSerializer, to_json
from pydantic_core.core_schema import any_schema
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter, PydanticPayloadConverter
from temporalio.converter import DataConverter

from policies.text.json_text import read_json, whole_texts
from policies.text.undecodable import Undecodable
from workflows.payloads.short_failures import ShortFailures

_EXACT = 2**53
"""Whole numbers up to this size are exact in the floating-point numbers of a protobuf Struct."""
_EXCERPT = 200
_READABLE: Mapping[str, type[Message]] = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (
        struct_pb2.Struct,
        struct_pb2.Value,
        struct_pb2.ListValue,
        wrappers_pb2.BoolValue,
        wrappers_pb2.StringValue,
        wrappers_pb2.Int32Value,
        wrappers_pb2.UInt32Value,
        wrappers_pb2.Int64Value,
        wrappers_pb2.UInt64Value,
        wrappers_pb2.FloatValue,
        wrappers_pb2.DoubleValue,
        timestamp_pb2.Timestamp,
        duration_pb2.Duration,
        field_mask_pb2.FieldMask,
        empty_pb2.Empty,
    )
}
"""Protobuf messages whose meaning as JSON is known here. `json/protobuf` payloads need no such knowledge."""


def decode(payload: Payload) -> Any:
    """Return the payload as plain JSON types, or `Undecodable` with the reason. Never raises."""
    encoding = payload.metadata.get("encoding", b"").decode(errors="replace")
    try:
        match encoding:
            case "json/plain" | "json/protobuf":
                return read_json(payload.data)
            case "binary/protobuf":
                return _of_protobuf(payload)
            case "binary/null":
                return None
            case _:
                return _undecodable(payload, _why_not(encoding))
    except DecodeError as error:
        return _undecodable(payload, f"its protobuf can't be read ({error})")
    except (ValueError, OverflowError, RecursionError) as error:
        return _undecodable(payload, f"its JSON can't be read ({error})")
    except Exception as error:  # a bug of ours must not lose an event
        return _read_simply(payload, error)


def _read_simply(payload: Payload, error: Exception) -> Any:
    try:
        return json.loads(payload.data)
    except (ValueError, RecursionError):
        return _undecodable(payload, f"reading it raised {type(error).__name__}")


def _why_not(encoding: str) -> str:
    if not encoding:
        return "its payload does not say how it is encoded: send it as json/plain"
    if "encrypted" in encoding:
        return f"its payload is encrypted ({encoding[:60]}), and this worker has no key for it: send it as json/plain"
    return f"its payload is encoded as {encoding[:60]}, which is not read here: send it as json/plain"


def _undecodable(payload: Payload, why: str) -> Undecodable:
    return Undecodable(why, payload.data[:_EXCERPT].decode(errors="replace"))


def _of_protobuf(payload: Payload) -> Any:
    name = payload.metadata.get("messageType", b"").decode(errors="replace")
    kind = _READABLE.get(name)
    if kind is None:
        known = f"the protobuf message {name[:60]}" if name else "a protobuf message without its messageType"
        return _undecodable(payload, f"its payload is {known}: send it as json/plain, or as google.protobuf.Struct")
    message = kind.FromString(payload.data)
    if isinstance(message, struct_pb2.Struct | struct_pb2.Value | struct_pb2.ListValue):
        return _plain(message)
    return MessageToDict(message)


def _plain(message: Message) -> Any:
    """Return a Struct, Value or ListValue as JSON types.

    Keys are sorted: protobuf gives them in an order that differs between processes.
    """
    if isinstance(message, struct_pb2.Struct):
        return {key: _plain(message.fields[key]) for key in sorted(message.fields)}
    if isinstance(message, struct_pb2.ListValue):
        return [_plain(each) for each in message.values]
    assert isinstance(message, struct_pb2.Value)
    match kind := message.WhichOneof("kind"):
        case "struct_value" | "list_value":
            return _plain(getattr(message, kind))
        case "number_value":
            number = message.number_value
            return int(number) if number.is_integer() and abs(number) <= _EXACT else number
        case "string_value" | "bool_value":
            return getattr(message, kind)
        case _:
            return None


class _Json(PydanticJSONPlainPayloadConverter):
    """Reads untyped JSON of any sender, and writes JSON that every receiver reads."""

    _any = SchemaSerializer(any_schema())

    def to_payload(self, value: Any) -> Payload:
        """Write the value as strict JSON: NaN becomes null, and a lone surrogate becomes U+FFFD.

        The SDK's own converter writes NaN as it is, and refuses a lone surrogate.
        """
        try:
            data = to_json(value, inf_nan_mode="null")
        except ValueError:
            data = to_json(whole_texts(self._any.to_python(value)), inf_nan_mode="null")
        return Payload(metadata={"encoding": b"json/plain"}, data=data)

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        """Read the payload. Where no type is given, return the plain JSON types."""
        return read_json(payload.data) if type_hint in (None, Any) else super().from_payload(payload, type_hint)


class Payloads(PydanticPayloadConverter):
    """The payload converter of every process of Baton."""

    def __init__(self) -> None:
        super().__init__()
        ours = _Json()
        self._set_converters(*(ours if c.encoding == ours.encoding else c for c in self.converters.values()))

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """Read the payloads. A payload without a type that can't be read stays raw.

        A workflow gets the types its handler declares only where exactly as many inputs come. Any other number comes
        without types, and an exception here would fail its task again and again.
        """
        values: list[Any] = []
        for payload, hint in zip_longest(payloads, type_hints or []):
            try:
                values += super().from_payloads([payload], [hint] if hint else None)
            except Exception:
                if hint is not None:
                    raise
                values.append(RawValue(payload))
        return values


class Converter(DataConverter):
    """Lets references to external storage through. Baton has no such storage, and `decode` tells the sender so.

    The SDK raises before a workflow sees them, which would fail its task again and again.
    """

    async def _decode_reference_payload_sequence(self, payloads: Sequence[Payload]) -> list[Payload]:
        return list(payloads)

    async def _external_retrieve_payload_sequence(self, payloads: Sequence[Payload]) -> list[Payload]:
        return list(payloads)


data_converter = Converter(payload_converter_class=Payloads, failure_converter_class=ShortFailures)
"""The data converter of every client and worker of Baton."""
