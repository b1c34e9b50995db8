"""Times of day and weekdays in a condition: comparisons of `now` that have no meaning, or hold never or always.

Promises a sentence for each, found by trying all minutes of a week. Must not know the time of any conversation.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache, reduce
from typing import Any

from policies.running.conditions.syntax import Collection, Field, FunctionCall, Literal, Name, Node, is_read, parts_of
from policies.running.facts import WEEKDAYS
from policies.text.spelling import did_you_mean

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "_==_": operator.eq,
    "_!=_": operator.ne,
    "_<_": operator.lt,
    "_<=_": operator.le,
    "_>_": operator.gt,
    "_>=_": operator.ge,
}
_MIRRORED = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_"}
_AND, _OR, _NOT, _IN = "_&&_", "_||_", "!_", "@in"
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_NEVER = "no time of a week is like this, so the condition never holds: write `||` between times that differ"
_ALWAYS = "every time of a week is like this: remove it, or write `&&` for a time between two others"

Minutes = int
"""The minutes of a week at which something holds, each as one bit."""
_WEEK = 7 * 24 * 60
_ALL: Minutes = (1 << _WEEK) - 1


def problems_of_times(node: Node) -> Iterator[tuple[int, str]]:
    """Yield each place, in characters from the start, with what is wrong there."""
    if not is_read(node, "now"):
        return
    wrong = [*_wrong_values(node)]
    yield from wrong or _never_or_always(node)


def _wrong_values(node: Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, FunctionCall) and (compared := _compared(node)):
        fact, sign, values = compared
        found = (_wrong_value(fact, sign, value) for value in values)
        yield from ((node.at, sentence) for sentence in found if sentence)
    for part in parts_of(node):
        yield from _wrong_values(part)


def _compared(call: FunctionCall) -> tuple[str, str, list[str | int]] | None:
    """Return the field of `now`, the operator, and the written values that it is compared with."""
    match call:
        case FunctionCall(function="@in", arguments=(Field(of=Name("now"), name=fact), Collection(parts))):
            values = [_value(part) for part in parts]
        case FunctionCall(function=sign, arguments=(Field(of=Name("now"), name=fact), other)) if sign in _COMPARE:
            return _with_values(fact, sign, [_value(other)])
        case FunctionCall(function=sign, arguments=(other, Field(of=Name("now"), name=fact))) if sign in _COMPARE:
            return _with_values(fact, _MIRRORED.get(sign, sign), [_value(other)])
        case _:
            return None
    return _with_values(fact, _IN, values)


def _with_values(fact: str, sign: str, values: list[str | int | None]) -> tuple[str, str, list[str | int]] | None:
    written = [value for value in values if value is not None]
    return (fact, sign, written) if len(written) == len(values) else None


def _value(node: Node) -> str | int | None:
    return (node.number if node.text is None else node.text) if isinstance(node, Literal) else None


def _wrong_value(fact: str, sign: str, value: str | int) -> str:
    match fact, value:
        case "hour", int() if not 0 <= value < 24:
            return f"{value} is no hour: `now.hour` is a number from 0 to 23"
        case "weekday", str() if value not in WEEKDAYS:
            return f"`{value}` is no weekday: {did_you_mean(value, WEEKDAYS)}"
        case "weekday", str() if sign not in ("_==_", "_!=_", _IN):
            return 'weekdays have no order: write `now.weekday in ["monday", "tuesday"]`'
        case "time", str() if not _TIME.fullmatch(value):
            return f'`{value}` is no time of day: write two digits each, from "00:00" to "23:59"'
        case "date", str() if not _is_date(value):
            return f'`{value}` is no date: write the year, the month and the day, such as "2026-12-24"'
        case _:
            return ""


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _never_or_always(node: Node) -> Iterator[tuple[int, str]]:
    """Yield the largest parts that are about times alone and hold at no time or at all, and joined parts that do."""
    known = _minutes(node)
    if known is None:
        joined = [minutes for part in _joined(node) if (minutes := _minutes(part)) is not None]
        if joined and all(joined) and not reduce(_both, joined):
            yield _place(node), _NEVER
            return
        for part in parts_of(node):
            yield from _never_or_always(part)
    elif known in (0, _ALL):
        yield _place(node), _ALWAYS if known else _NEVER


def _joined(node: Node) -> Iterator[Node]:
    """Yield the parts that `&&` joins; CEL nests them in pairs."""
    if isinstance(node, FunctionCall) and node.function == _AND:
        for part in node.arguments:
            yield from _joined(part)
    else:
        yield node


def _place(node: Node) -> int:
    return node.at if isinstance(node, FunctionCall) else 0


def _minutes(node: Node) -> Minutes | None:
    """Return when this part of a condition holds; None where it depends on more than the time of the week."""
    if not isinstance(node, FunctionCall):
        return None
    if node.function in (_AND, _OR, _NOT):
        parts = [_minutes(part) for part in node.arguments]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        if node.function == _NOT:
            return _ALL ^ known[0]
        return reduce(_both if node.function == _AND else _either, known)
    compared = _compared(node)
    if compared is None or compared[0] == "date":
        return None
    fact, sign, values = compared
    holds = _COMPARE.get(sign)
    return reduce(
        _either,
        (
            minutes
            for value, minutes in _minutes_of(fact).items()
            if (value in values if holds is None else holds(value, values[0]))
        ),
        0,
    )


def _both(one: Minutes, other: Minutes) -> Minutes:
    return one & other


def _either(one: Minutes, other: Minutes) -> Minutes:
    return one | other


@cache
def _minutes_of(fact: str) -> Mapping[str | int, Minutes]:
    """Return the minutes of a week at which this field of `now` has each of its values."""
    found: dict[str | int, Minutes] = {}
    for minute in range(_WEEK):
        day, (hour, past) = minute // (24 * 60), divmod(minute % (24 * 60), 60)
        value = {"weekday": WEEKDAYS[day], "hour": hour, "time": f"{hour:02}:{past:02}"}[fact]
        found[value] = found.get(value, 0) | 1 << minute
    return found
