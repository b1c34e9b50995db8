"""The work of a condition on given facts: an upper bound, counted from its syntax tree and the facts' sizes.

Promises equal numbers for equal conditions and facts, so that a replay decides alike; no clock is read. The CEL library
itself only counts turns of loops. Must not know CEL's text form (`evaluating`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from typing import Any

from policies.running.conditions.regular import program_size
from policies.running.conditions.syntax import Collection, Field, FunctionCall, Literal, Loop, Name, Node, parts_of

STEP = 10
"""The work of one operation; some 100 ns here."""
CHARACTERS = 10
"""The characters that are compared, copied or searched for one unit of work."""
_COMPILED = 50
"""The work of reading one instruction of a regular expression: the library reads the expression at each use."""
_SLOWEST = 25
"""The instructions of a regular expression that cost one unit of work for each character of the text, at worst."""
_GRADE_BITS = 8
_KNOWN = 1_000
"""How many bounds are kept for one condition."""
_PRINTED = 32
"""The characters of a number as text."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The size of a value: a text has `count` characters; a list has `count` entries of at most `each` characters."""

    count: int = 1
    each: int = 1

    @property
    def total(self) -> int:
        """All of the value's characters, at least one for each entry."""
        return self.count * self.each


@dataclass(frozen=True, slots=True)
class Rates:
    """The relative prices of work.

    `matching` is how much dearer matching an expression is than other work. `entry` are the units for each entry that
    is copied or compared where a list grows by one or is searched.
    """

    matching: int = 1
    entry: int = 0


PLAIN = Rates()
"""The units in which a condition's limit is stated."""
MEASURED = Rates(matching=10, entry=5)
"""The units for measured work: one takes 1 to 2 ns whatever the condition."""
ONE = Extent()
Sizes = Callable[[str, str], Extent]
"""The extent of a fact, by the name of its record and its field."""
_Scope = Mapping[str, Extent]
Read = tuple[str, str]
"""The record and the field of a fact; all of the record where the field is empty."""
Grades = tuple[int, ...]
"""The sizes of facts as grades, in the order of their names; see `grade_of`."""


def reads_of(node: Node, variables: frozenset[str] = frozenset()) -> frozenset[Read]:
    """Return the facts that a condition reads."""
    match node:
        case Field(of=Name(name=name)) if name not in variables:
            return frozenset({(name, node.name)})
        case Name():
            return frozenset() if node.name in variables else frozenset({(node.name, "")})
        case Loop():
            inner = variables | {node.variable, node.gathered}
            outside, inside = (node.over, node.start), (node.go_on, node.step, node.result)
            parts = (*(reads_of(part, variables) for part in outside), *(reads_of(part, inner) for part in inside))
        case _:
            parts = tuple(reads_of(part, variables) for part in parts_of(node))
    return frozenset[Read]().union(*parts)


def is_simple(node: Node) -> bool:
    """True where the work grows no faster than the facts: the condition's length bounds it, and nothing is counted."""
    if isinstance(node, Loop) or (isinstance(node, FunctionCall) and node.function in ("matches", "_+_")):
        return False
    return all(is_simple(part) for part in parts_of(node))


def extent_of(value: Any) -> Extent:
    """Return the extent of one fact: a text, a list of texts or attributes, a number, a record."""
    if isinstance(value, str):
        return Extent(max(len(value), 1))
    if is_dataclass(value):  # a record within a record
        return Extent(max((extent_of(getattr(value, part.name)).total for part in fields(value)), default=1))
    if isinstance(value, tuple):
        entries: tuple[Any, ...] = value
        return Extent(max(len(entries), 1), max(map(_length, entries), default=1))
    return Extent(_PRINTED)


def _length(entry: Any) -> int:
    return max(len(entry), 1) if isinstance(entry, str) else max(len(entry.name), len(entry.value), 1)


def work(node: Node, sizes: Sizes, rates: Rates = PLAIN) -> int:
    """Return the most work that judging the condition can take on facts of these sizes."""
    return _judge(node, sizes, {}, rates)[0]


class WorkBound:
    """Bounds on the measured work of one condition, counted once for all facts whose sizes have the same grades.

    More or longer facts never mean less work, so a bound for the largest facts of a grade holds for all of them.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._reads = reads_of(node)
        self._bound = lru_cache(maxsize=_KNOWN)(self._work)

    def of(self, grades: Callable[[frozenset[Read]], Grades]) -> int:
        """Return at least the work on facts of these grades, and equal numbers for equal grades."""
        return self._bound(grades(self._reads))

    def _work(self, grades: Grades) -> int:
        largest = dict(zip(sorted(self._reads), map(_largest, grades), strict=True))
        return work(self._node, lambda root, name: largest[root, name], MEASURED)


def grade_of(extent: Extent) -> int:
    """Return one number for all extents that round up to the same powers of two."""
    return ((extent.count - 1).bit_length() << _GRADE_BITS) + (extent.each - 1).bit_length()


def _largest(grade: int) -> Extent:
    return Extent(1 << (grade >> _GRADE_BITS), 1 << (grade & (1 << _GRADE_BITS) - 1))


def _judge(node: Node, sizes: Sizes, scope: _Scope, rates: Rates) -> tuple[int, Extent]:
    """Return the work of a node, and how large its value can be."""
    match node:
        case Literal():
            return 0, Extent(node.length)
        case Name():
            return STEP, scope[node.name] if node.name in scope else sizes(node.name, "")
        case Field(of=Name(name=name)) if name not in scope:
            return STEP, sizes(name, node.name)
        case Field():
            spent, of = _judge(node.of, sizes, scope, rates)
            return spent + STEP, of
        case FunctionCall():
            return _call(node, sizes, scope, rates)
        case Collection():
            parts = [_judge(part, sizes, scope, rates) for part in node.parts]
            spent = sum(part for part, _ in parts) + STEP
            return spent, Extent(max(len(parts), 1), max((extent.total for _, extent in parts), default=1))
        case Loop():
            return _loop(node, sizes, scope, rates)


def _call(node: FunctionCall, sizes: Sizes, scope: _Scope, rates: Rates) -> tuple[int, Extent]:
    parts = [_judge(part, sizes, scope, rates) for part in node.arguments]
    extents = [extent for _, extent in parts]
    spent = sum(part for part, _ in parts) + STEP + sum(extent.total for extent in extents) // CHARACTERS
    if node.function == "matches" and isinstance(pattern := node.arguments[-1], Literal):
        size = program_size(pattern.text or "")
        spent += rates.matching * (size * _COMPILED + extents[0].total * (1 + size // _SLOWEST))
    if node.function == "@in":
        spent += rates.entry * extents[-1].count
    counts = [extent.count for extent in extents] + ([_PRINTED] if node.function == "string" else [])
    count = sum(counts) if node.function == "_+_" else max(counts, default=1)
    return spent, Extent(count, max((extent.each for extent in extents), default=1))


def _loop(node: Loop, sizes: Sizes, scope: _Scope, rates: Rates) -> tuple[int, Extent]:
    spent, over = _judge(node.over, sizes, scope, rates)
    started, start = _judge(node.start, sizes, scope, rates)
    turn = {**scope, node.variable: Extent(over.each), node.gathered: start}
    (judged, _), (stepped, after) = (_judge(part, sizes, turn, rates) for part in (node.go_on, node.step))
    grown = start.count + over.count * max(after.count - start.count, 1)
    gathered = Extent(grown, max(start.each, after.each))
    ended, result = _judge(node.result, sizes, {**scope, node.gathered: gathered}, rates)
    copied = over.count if isinstance(node.start, Collection) else 0
    return spent + started + over.count * (judged + stepped + rates.entry * copied) + ended, result
