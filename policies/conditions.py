"""Conditions: CEL over typed facts, checked at load. The one port to the CEL library.

Promises that a `Condition` that compiled is boolean, knows its facts' types and never raises: an evaluation error
comes back as `DidNotEvaluate`, which is not "no match". Must not know what a rule does with the answer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any

from cel_expr_python import cel
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from policies.document import Trigger
from policies.facts import ConversationFacts, CustomerFacts, Facts, as_text, event_type, fields_of

_PROTO = descriptor_pb2.FieldDescriptorProto
_WIRE = {
    "string": _PROTO.TYPE_STRING,
    "strings": _PROTO.TYPE_STRING,
    "int": _PROTO.TYPE_INT64,
    "double": _PROTO.TYPE_DOUBLE,
    "bool": _PROTO.TYPE_BOOL,
    "attributes": _PROTO.TYPE_MESSAGE,
}
_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']+)'")
_UNKNOWN_FIELD = re.compile(r"undefined field '([^']+)' not found in struct 'baton\.(\w+)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']+)' applied to '\(([^)]*)\)'")
_ROOTS = ("conversation", "customer", "event")


@dataclass(frozen=True, slots=True)
class DidNotEvaluate:
    """The condition could not be judged on these facts; `why` is the library's own sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition. Equal facts give equal answers."""

    source: str
    expression: Any

    def judge(self, activation: Any) -> bool | DidNotEvaluate:
        """Whether the condition holds for facts prepared by `activation_for`; 2 µs."""
        value = self.expression.eval(activation)
        if value.type() == cel.Type.BOOL:
            return bool(value.value())
        return DidNotEvaluate(str(value.value()))


def compile_condition(source: str, trigger: Trigger | None) -> Condition:
    """Compile for one trigger, whose event decides what `event` has. Raises ValueError with the first problem."""
    problems = check_condition(source, trigger)
    if problems:
        raise ValueError(problems[0][2])
    return Condition(source, _environment(event_type(trigger)).compile(source))


def activation_for(facts: Facts) -> Any:
    """The facts in the form `Condition.judge` takes; build it once per event, judge many conditions with it."""
    event = type(facts.event)
    return _environment(event).Activation(
        {
            "conversation": _fill(ConversationFacts, facts.conversation),
            "customer": _fill(CustomerFacts, facts.customer),
            "event": _fill(event, facts.event),
        }
    )


def check_condition(source: str, trigger: Trigger | None) -> list[tuple[int, int, str]]:
    """Every problem as (line, column, sentence), counted from 1 within the source."""
    record = event_type(trigger)
    try:
        expression = _environment(record).compile(source)
    except RuntimeError as error:
        found = _ERROR.findall(str(error))
        return [(int(line), int(column), _sentence(text, record)) for line, column, text in found] or [
            (1, 1, f"the condition can't be read: {error}")
        ]
    if expression.return_type() != cel.Type.BOOL:
        return [(1, 1, f"a condition must be true or false, but this is {_word(expression.return_type().name())}")]
    return _unguarded(source, record)


def _unguarded(source: str, record: type[Any]) -> list[tuple[int, int, str]]:
    """A missing number reads as 0 in CEL, so `confidence < 0.5` would hold where nobody measured any."""
    problems: list[tuple[int, int, str]] = []
    for root, kind in (("customer", CustomerFacts), ("event", record)):
        for name in (name for name, (_, may_miss) in fields_of(kind).items() if may_miss):
            use = re.search(rf"(?<![\w.])(?<!has\(){root}\.{name}\b", source)
            if use and not re.search(rf"has\(\s*{root}\.{name}\s*\)", source):
                line, column = source.count("\n", 0, use.start()) + 1, use.start() - source.rfind("\n", 0, use.start())
                problems.append(
                    (line, column, f"`{root}.{name}` may be missing: write `has({root}.{name}) && …` before using it")
                )
    return problems


def _sentence(text: str, record: type[Any]) -> str:
    """The library's message, with what to do where we know it."""
    if match := _UNDECLARED.search(text):
        root, _, rest = match[1].partition(".")
        close = get_close_matches(root, _ROOTS, 1)
        remedy = f"did you mean `{close[0]}{'.' + rest if rest else ''}`?" if close else f"there is {', '.join(_ROOTS)}"
        return f"`{match[1]}` is not known here: {remedy}"
    if match := _UNKNOWN_FIELD.search(text):
        kinds = {"ConversationFacts": ConversationFacts, "CustomerFacts": CustomerFacts}
        root = {"ConversationFacts": "conversation", "CustomerFacts": "customer"}.get(match[2], "event")
        names = sorted(fields_of(kinds.get(match[2], record)))
        close = get_close_matches(match[1], names, 1)
        remedy = f"did you mean `{root}.{close[0]}`?" if close else f"it has {', '.join(names)}"
        return f"`{root}` has no `{match[1]}` with this trigger: {remedy}"
    if match := _OVERLOAD.search(text):
        operator, applied = match[1].strip("_"), [_word(part.strip()) for part in match[2].split(",")]
        is_mixed = {"double", "int"} <= set(match[2].split(", "))
        hint = " (write 100.0 to compare with a decimal number)" if is_mixed else ""
        return f"`{operator}` can't be used between {' and '.join(applied)}{hint}"
    return re.sub(r" expecting \{.*", "", text.replace("Syntax error: ", "the condition can't be read: "))


def _word(cel_type: str) -> str:
    words = {"string": "a text", "int": "a whole number", "double": "a decimal number", "bool": "true or false"}
    return words.get(cel_type.lower(), cel_type)


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    return descriptor_pool.DescriptorPool()


@cache
def _message_class(record: type[Any]) -> Any:
    """A protobuf message type with the record's fields: what gives CEL its type checking."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{record.__name__}.proto", package="baton", syntax="proto3")
    message = file.message_type.add(name=record.__name__)
    pair = message.nested_type.add(name="Attribute")
    for number, name in enumerate(("name", "value"), 1):
        pair.field.add(name=name, number=number, type=_PROTO.TYPE_STRING, label=_PROTO.LABEL_OPTIONAL)
    for number, (name, (kind, may_miss)) in enumerate(fields_of(record).items(), 1):
        many = kind in ("strings", "attributes")
        label = _PROTO.LABEL_REPEATED if many else _PROTO.LABEL_OPTIONAL
        field = message.field.add(name=name, number=number, type=_WIRE[kind], label=label)
        if kind == "attributes":
            field.type_name = f".baton.{record.__name__}.Attribute"
        if may_miss:
            message.oneof_decl.add(name=f"_{name}")
            field.proto3_optional, field.oneof_index = True, len(message.oneof_decl) - 1
    _pool().Add(file)
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"baton.{record.__name__}"))


@cache
def _environment(event: type[Any]) -> cel.Env:
    """The types of one trigger's facts. No variable is a map: their order is random per process."""
    roots: Mapping[str, type[Any]] = {"conversation": ConversationFacts, "customer": CustomerFacts, "event": event}
    for record in roots.values():
        _message_class(record)
    return cel.NewEnv(
        descriptor_pool=_pool(), variables={name: cel.Type(f"baton.{kind.__name__}") for name, kind in roots.items()}
    )


@lru_cache(maxsize=64)
def _names(record: type[Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, kind) for name, (kind, _) in fields_of(record).items())


def _fill(record: type[Any], values: Any) -> Any:
    filled: dict[str, Any] = {}
    for name, kind in _names(record):
        value = getattr(values, name)
        if kind == "attributes":
            filled[name] = [{"name": pair.name, "value": pair.value} for pair in value]
        elif kind == "string":
            filled[name] = value if isinstance(value, str) else as_text(value)
        elif value is not None:
            filled[name] = value
    return _message_class(record)(**filled)
