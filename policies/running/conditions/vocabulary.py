"""The types of one policy's facts, as the CEL library has them: protobuf messages, and the functions on texts.

Must not know conditions (`evaluating`).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cel_expr_python import cel
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from policies.running.conditions.patterns import WORDS_MATCH, words_match
from policies.running.facts import Attribute, NowFacts, as_text, fields_of
from policies.running.own_fields import FactTypes

_PROTO = descriptor_pb2.FieldDescriptorProto
_WIRE = {
    "string": _PROTO.TYPE_STRING,
    "strings": _PROTO.TYPE_STRING,
    "int": _PROTO.TYPE_INT64,
    "double": _PROTO.TYPE_DOUBLE,
    "bool": _PROTO.TYPE_BOOL,
}


class Vocabulary:
    """The protobuf types of one policy's facts, from which CEL gets its type checking."""

    def __init__(self, types: FactTypes) -> None:
        self._roots: Mapping[str, type[Any]] = {
            "conversation": types.conversation,
            "customer": types.customer,
            "now": NowFacts,
        }
        self._pool = descriptor_pool.DescriptorPool()
        self._messages: dict[type[Any], Any] = {}
        self._environments: dict[type[Any], cel.Env] = {}

    def environment(self, event: type[Any]) -> cel.Env:
        """Return the types of one trigger's facts. No variable is a map: their order is random per process."""
        if event not in self._environments:
            roots = {**self._roots, "event": event}
            for record in roots.values():
                self.message_class(record)
            variables = {name: cel.Type(f"baton.{kind.__name__}") for name, kind in roots.items()}
            self._environments[event] = cel.NewEnv(self._pool, variables=variables, functions=[_words_match()])
        return self._environments[event]

    def message_class(self, record: type[Any]) -> Any:
        """Return a protobuf message type with the record's fields."""
        if record not in self._messages:
            name = record.__name__
            file = descriptor_pb2.FileDescriptorProto(name=f"{name}.proto", package="baton", syntax="proto3")
            _describe(file.message_type.add(name=name), record, f".baton.{name}")
            self._pool.Add(file)
            self._messages[record] = message_factory.GetMessageClass(self._pool.FindMessageTypeByName(f"baton.{name}"))
        return self._messages[record]


vocabulary_of = lru_cache(maxsize=64)(Vocabulary)


def _words_match() -> cel.FunctionDecl:
    texts = [cel.Type.STRING, cel.Type.STRING]
    overload = cel.Overload(WORDS_MATCH, cel.Type.BOOL, texts, is_member=True, impl=words_match)
    return cel.FunctionDecl(WORDS_MATCH, [overload])


def _describe(message: Any, record: type[Any], full_name: str) -> None:
    """Fill in a message type with the record's fields; a record within it is a message type within this one."""
    message.options.deprecated_legacy_json_field_conflicts = True  # `order_value` and `orderValue` are two facts
    for number, (name, (kind, may_miss)) in enumerate(fields_of(record).items(), 1):
        many = kind in ("strings", "attributes")
        label = _PROTO.LABEL_REPEATED if many else _PROTO.LABEL_OPTIONAL
        field = message.field.add(name=name, number=number, label=label)
        inner = Attribute if kind == "attributes" else kind
        if isinstance(inner, type):  # `__`, because a policy may declare a field of its name
            field.type, field.type_name = _PROTO.TYPE_MESSAGE, f"{full_name}.__{inner.__name__}"
            _describe(message.nested_type.add(name=f"__{inner.__name__}"), inner, field.type_name)
        else:
            field.type = _WIRE[inner]
        if may_miss:
            message.oneof_decl.add(name=f"_{name}")
            field.proto3_optional, field.oneof_index = True, len(message.oneof_decl) - 1


def filled(record: type[Any], values: Any) -> dict[str, Any]:
    """Return the values of a record for its message type."""
    found: dict[str, Any] = {}
    for name, (kind, may_miss) in fields_of(record).items():
        value = getattr(values, name)
        if isinstance(kind, type):
            found[name] = filled(kind, value)
        elif kind == "attributes":
            found[name] = [{"name": pair.name, "value": pair.value} for pair in value]
        elif kind == "string" and not (may_miss and value is None):
            found[name] = value if isinstance(value, str) else as_text(value)
        elif value is not None:
            found[name] = value
    return found
