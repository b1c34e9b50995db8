"""How much work a condition is on given facts: an upper bound, counted from its syntax tree and the facts' sizes.

Promises equal numbers for equal conditions and facts, so that a replay decides alike; no clock is read. The CEL library
itself only counts turns of loops. Must not know CEL's text form (`conditions`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.condition_syntax import Call, Collection, Field, Literal, Loop, Name, Node, parts_of
from policies.regular import program_size

STEP = 10
"""Work of one operation; some 100 ns here."""
CHARACTERS = 10
"""Characters that are compared, copied or searched for one unit of work."""
_COMPILED = 50
"""Work of reading one instruction of a regular expression: the library reads the expression at each use."""
_SLOWEST = 25
"""Instructions of a regular expression that cost one unit of work for each character of the text, at worst."""
_PRINTED = 32
"""Characters of a number as text."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How large a value is: a text has `count` characters; a list has `count` entries of at most `each` characters."""

    count: int = 1
    each: int = 1

    @property
    def total(self) -> int:
        """All of its characters, at least one for each entry."""
        return self.count * self.each


ONE = Extent()
Sizes = Callable[[str, str], Extent]
"""The extent of a fact, by the name of its record and its field; all of the record where the field is empty."""
_Scope = Mapping[str, Extent]


def is_simple(node: Node) -> bool:
    """Whether the work grows no faster than the facts: then it needs no counting, the condition's length bounds it."""
    if isinstance(node, Loop) or (isinstance(node, Call) and node.function in ("matches", "_+_")):
        return False
    return all(is_simple(part) for part in parts_of(node))


def extent_of(value: Any) -> Extent:
    """The extent of one fact: a text, a list of texts or attributes, a number."""
    if isinstance(value, str):
        return Extent(max(len(value), 1))
    if isinstance(value, tuple):
        entries: tuple[Any, ...] = value
        return Extent(max(len(entries), 1), max(map(_length, entries), default=1))
    return Extent(_PRINTED)


def _length(entry: Any) -> int:
    return max(len(entry), 1) if isinstance(entry, str) else max(len(entry.name), len(entry.value), 1)


def work(node: Node, sizes: Sizes) -> int:
    """The most work that judging the condition can take on facts of these sizes."""
    return _judge(node, sizes, {})[0]


def _judge(node: Node, sizes: Sizes, scope: _Scope) -> tuple[int, Extent]:
    """The work of a node, and how large its value can be."""
    match node:
        case Literal():
            return 0, Extent(node.length)
        case Name():
            return STEP, scope[node.name] if node.name in scope else sizes(node.name, "")
        case Field(of=Name(name=name)) if name not in scope:
            return STEP, sizes(name, node.name)
        case Field():
            spent, of = _judge(node.of, sizes, scope)
            return spent + STEP, of
        case Call():
            return _call(node, sizes, scope)
        case Collection():
            parts = [_judge(part, sizes, scope) for part in node.parts]
            spent = sum(part for part, _ in parts) + STEP
            return spent, Extent(max(len(parts), 1), max((extent.total for _, extent in parts), default=1))
        case Loop():
            return _loop(node, sizes, scope)


def _call(node: Call, sizes: Sizes, scope: _Scope) -> tuple[int, Extent]:
    parts = [_judge(part, sizes, scope) for part in node.arguments]
    extents = [extent for _, extent in parts]
    spent = sum(part for part, _ in parts) + STEP + sum(extent.total for extent in extents) // CHARACTERS
    if node.function == "matches" and isinstance(pattern := node.arguments[-1], Literal):
        size = program_size(pattern.text or "")
        spent += size * _COMPILED + extents[0].total * (1 + size // _SLOWEST)
    counts = [extent.count for extent in extents] + ([_PRINTED] if node.function == "string" else [])
    count = sum(counts) if node.function == "_+_" else max(counts, default=1)
    return spent, Extent(count, max((extent.each for extent in extents), default=1))


def _loop(node: Loop, sizes: Sizes, scope: _Scope) -> tuple[int, Extent]:
    spent, over = _judge(node.over, sizes, scope)
    started, start = _judge(node.start, sizes, scope)
    turn = {**scope, node.variable: Extent(over.each), node.gathered: start}
    (judged, _), (stepped, after) = (_judge(part, sizes, turn) for part in (node.go_on, node.step))
    grown = start.count + over.count * max(after.count - start.count, 1)
    gathered = Extent(grown, max(start.each, after.each))
    ended, result = _judge(node.result, sizes, {**scope, node.gathered: gathered})
    return spent + started + over.count * (judged + stepped) + ended, result
