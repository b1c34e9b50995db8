"""The syntax tree of a compiled condition, as the CEL library hands it out.

Promises one small tree with only what the cost of a condition depends on. Must not know facts or limits (`cost`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

_PROTO = descriptor_pb2.FieldDescriptorProto
_ONE, _MANY = _PROTO.LABEL_OPTIONAL, _PROTO.LABEL_REPEATED

# The parts of https://github.com/google/cel-spec/tree/master/proto/cel/expr that are read here: name, number, type.
_MESSAGES: Mapping[str, tuple[tuple[str, int, Any, Any], ...]] = {
    "CheckedExpr": (("expr", 4, "Expr", _ONE), ("source_info", 5, "SourceInfo", _ONE)),
    "SourceInfo": (("positions", 4, "Position", _MANY),),
    "Position": (("key", 1, _PROTO.TYPE_INT64, _ONE), ("value", 2, _PROTO.TYPE_INT32, _ONE)),
    "Expr": (
        ("id", 2, _PROTO.TYPE_INT64, _ONE),
        ("const_expr", 3, "Constant", _ONE),
        ("ident_expr", 4, "Ident", _ONE),
        ("select_expr", 5, "Select", _ONE),
        ("call_expr", 6, "Call", _ONE),
        ("list_expr", 7, "CreateList", _ONE),
        ("struct_expr", 8, "CreateStruct", _ONE),
        ("comprehension_expr", 9, "Comprehension", _ONE),
    ),
    "Constant": (
        ("int64_value", 3, _PROTO.TYPE_INT64, _ONE),
        ("string_value", 6, _PROTO.TYPE_STRING, _ONE),
        ("bytes_value", 7, _PROTO.TYPE_BYTES, _ONE),
    ),
    "Ident": (("name", 1, _PROTO.TYPE_STRING, _ONE),),
    "Select": (("operand", 1, "Expr", _ONE), ("field", 2, _PROTO.TYPE_STRING, _ONE)),
    "Call": (
        ("target", 1, "Expr", _ONE),
        ("function", 2, _PROTO.TYPE_STRING, _ONE),
        ("args", 3, "Expr", _MANY),
    ),
    "CreateList": (("elements", 1, "Expr", _MANY),),
    "CreateStruct": (("entries", 2, "Entry", _MANY),),
    "Entry": (("map_key", 3, "Expr", _ONE), ("value", 4, "Expr", _ONE)),
    "Comprehension": (
        ("iter_var", 1, _PROTO.TYPE_STRING, _ONE),
        ("iter_range", 2, "Expr", _ONE),
        ("accu_var", 3, _PROTO.TYPE_STRING, _ONE),
        ("accu_init", 4, "Expr", _ONE),
        ("loop_condition", 5, "Expr", _ONE),
        ("loop_step", 6, "Expr", _ONE),
        ("result", 7, "Expr", _ONE),
    ),
}


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out in the condition; `text` where it is a text, `number` where a whole number."""

    text: str | None
    length: int
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """`conversation`, `customer`, `event`, `now`, or the variable of a loop."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record."""

    of: "Node"
    name: str


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function or an operator with its arguments; `at` is its place, in characters from the start."""

    function: str
    arguments: tuple["Node", ...]
    at: int


@dataclass(frozen=True, slots=True)
class Collection:
    """A list or a map that is written out."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """`exists`, `all`, `map` or `filter`: `step` is done for each entry of `over`, and `result` once."""

    variable: str
    over: "Node"
    gathered: str
    start: "Node"
    go_on: "Node"
    step: "Node"
    result: "Node"


Node = Literal | Name | Field | FunctionCall | Collection | Loop


def syntax_of(compiled: bytes) -> Node:
    """Return the tree of an expression that the library serialized. Raises ValueError where it can't be read."""
    wrapped, checked = any_pb2.Any(), _message_class()()
    try:
        wrapped.ParseFromString(compiled)
        checked.ParseFromString(wrapped.value)
    except Exception as error:  # protobuf's DecodeError, raised for messages nested more than a hundred deep
        raise ValueError("the condition is nested too deeply: write it as several rules") from error
    positions = {position.key: position.value for position in checked.source_info.positions}
    return _node(checked.expr, positions)


def calls_in(node: Node) -> Iterator[FunctionCall]:
    """Yield every call in the tree."""
    if isinstance(node, FunctionCall):
        yield node
    for inner in parts_of(node):
        yield from calls_in(inner)


def is_read(node: Node, name: str) -> bool:
    """Return whether the tree names these facts, such as `now`."""
    return node == Name(name) or any(is_read(part, name) for part in parts_of(node))


def parts_of(node: Node) -> tuple[Node, ...]:
    """Return the nodes right below this one."""
    match node:
        case Field():
            return (node.of,)
        case FunctionCall():
            return node.arguments
        case Collection():
            return node.parts
        case Loop():
            return (node.over, node.start, node.go_on, node.step, node.result)
        case Literal() | Name():
            return ()


def _node(expr: Any, positions: Mapping[int, int]) -> Node:
    def inner(part: Any) -> Node:
        return _node(part, positions)

    if expr.HasField("call_expr"):
        call = expr.call_expr
        targets = (call.target,) if call.HasField("target") else ()
        arguments = tuple(inner(part) for part in (*targets, *call.args))
        return FunctionCall(call.function, arguments, positions.get(expr.id, 0))
    if expr.HasField("select_expr"):
        return Field(inner(expr.select_expr.operand), expr.select_expr.field)
    if expr.HasField("ident_expr"):
        return Name(expr.ident_expr.name)
    if expr.HasField("list_expr"):
        return Collection(tuple(inner(part) for part in expr.list_expr.elements))
    if expr.HasField("struct_expr"):
        entries = expr.struct_expr.entries
        return Collection(tuple(inner(part) for entry in entries for part in (entry.map_key, entry.value)))
    if expr.HasField("comprehension_expr"):
        loop = expr.comprehension_expr
        parts = (loop.accu_init, loop.loop_condition, loop.loop_step, loop.result)
        start, go_on, step, result = (inner(part) for part in parts)
        return Loop(loop.iter_var, inner(loop.iter_range), loop.accu_var, start, go_on, step, result)
    constant = expr.const_expr
    text = constant.string_value if constant.HasField("string_value") else None
    number = constant.int64_value if constant.HasField("int64_value") else None
    return Literal(text, len(text or constant.bytes_value) or 1, number)


@cache
def _message_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="baton_cel.proto", package="baton_cel", syntax="proto2")
    for message_name, fields in _MESSAGES.items():
        message = file.message_type.add(name=message_name)
        for name, number, kind, label in fields:
            field = message.field.add(name=name, number=number, label=label)
            if isinstance(kind, str):
                field.type, field.type_name = _PROTO.TYPE_MESSAGE, f".baton_cel.{kind}"
            else:
                field.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("baton_cel.CheckedExpr"))
