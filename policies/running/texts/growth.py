"""The growth of texts: how many characters filters and methods can write beyond those they were given.

Promises an upper bound from the arguments alone, for everything in Jinja2 and Python's texts whose result can be longer
than its arguments. Must not know what is too much (`budget`).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any, cast

CHARACTERS = 100
"""The characters of a text that are read or written in one step; as many are counted for any other value."""
ENOUGH = 50_000
"""The steps after which a size is large enough for any limit."""
_ENDLESS = 10**12
_LEVELS = 20
"""The most levels of a value that JSON indents."""
_DIGITS = re.compile(r"\d+")
_WIDTH_FROM_A_VALUE = re.compile(r"%[^a-zA-Z%]*\*|\{[^{}]*\{")


def size_of(value: Any, enough: int = ENOUGH) -> int:
    """Return the steps that reading a value takes; counting ends soon after `enough`, whatever is nested in it."""
    total, waiting = 0, [value]
    while waiting and total <= enough:
        total += 1
        match waiting.pop():
            case str() | bytes() as text:
                total += len(text) // CHARACTERS
            case dict() as mapping:
                waiting += [*cast("Mapping[Any, Any]", mapping).keys(), *cast("Mapping[Any, Any]", mapping).values()]
            case list() | tuple() as entries:
                waiting += cast("Iterable[Any]", entries)
            case range() as numbers:
                total += len(numbers)
            case _:
                pass
    return total


def formatted(text: Any, *values: Any, **named: Any) -> int:
    """Return the sum of all widths that a format asks for, at each of its places."""
    template, given = str(text), (*values, *named.values())
    widths = sum(int(digits) if len(digits) < 10 else _ENDLESS for digits in _DIGITS.findall(template))
    if _WIDTH_FROM_A_VALUE.search(template):
        widths += sum(map(_number, given))
    places = template.count("%") + template.count("{")
    return places * (widths + max(map(_length, given), default=0))


def _formatted_from(text: Any, values: Any) -> int:
    return formatted(text, *cast("Mapping[Any, Any]", values).values())


def _number(value: Any) -> int:
    """Return how far a value goes as a width, a count or a precision; 0 where it is no number."""
    if isinstance(value, float):
        return abs(int(value)) if isfinite(value) else _ENDLESS
    return abs(value) if isinstance(value, int) else 0


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str) else CHARACTERS * size_of(value)


def _to_width(_value: Any, width: Any = 80, *_: Any, **__: Any) -> int:
    return _number(width)


def _indented(value: Any, width: Any = 4, *_: Any, **__: Any) -> int:
    return (str(value).count("\n") + 1) * (len(width) if isinstance(width, str) else _number(width))


def _replaced(value: Any, old: Any = "", new: Any = "", *_: Any, **__: Any) -> int:
    return (_length(value) // max(len(old) if isinstance(old, str) else 1, 1) + 1) * _length(new)


def _joined(value: Any, between: Any = "", *_: Any, **__: Any) -> int:
    entries = len(value) if isinstance(value, str) else size_of(value)
    return entries * _length(between) if between else 0


def _joined_by(between: Any, values: Any) -> int:
    return _joined(values, between)


def _wrapped(value: Any, *others: Any, wrapstring: Any = "\n", **_: Any) -> int:
    """Return room for a line end after each character, at worst; long words add the time to find where to break."""
    ends = max(map(_length, (wrapstring, *(other for other in others if isinstance(other, str)))))
    return _length(value) * (10 + ends) + _length(value) ** 2 // CHARACTERS


def _counted(_value: Any, count: Any = 0, *_: Any, **__: Any) -> int:
    return _number(count) * CHARACTERS


def _rounded(value: Any, precision: Any = 0, *_: Any, **__: Any) -> int:
    return _counted(value, precision)


def _sliced(value: Any, slices: Any, *_: Any, **__: Any) -> int:
    return _counted(value, slices)


def _batched(value: Any, linecount: Any, *_: Any, **__: Any) -> int:
    return _counted(value, linecount)


def _escaped(value: Any, indent: Any = 0, *_: Any, **__: Any) -> int:
    return _length(value) * (6 + _LEVELS * (len(indent) if isinstance(indent, str) else _number(indent)))


def _expanded(value: Any, tabsize: Any = 8) -> int:
    return value.count("\t") * _number(tabsize)


def _translated(value: Any, table: Any) -> int:
    texts = cast("Mapping[Any, Any]", table).values() if isinstance(table, dict) else (table,)
    return len(value) * max(map(_length, texts), default=1)


def _summed(value: Any, attribute: Any = None, start: Any = 0) -> int:
    """Return the steps of adding up: lists are copied at each addition."""
    return 0 if isinstance(start, int | float) else CHARACTERS * size_of(value) ** 2


_Growth = Callable[..., int]
FILTERS: Mapping[str, _Growth] = {
    "batch": _batched,
    "center": _to_width,
    "format": formatted,
    "indent": _indented,
    "join": _joined,
    "pprint": _escaped,
    "replace": _replaced,
    "round": _rounded,
    "slice": _sliced,
    "sum": _summed,
    "tojson": _escaped,
    "urlencode": _escaped,
    "urlize": _wrapped,
    "wordwrap": _wrapped,
    "xmlattr": _escaped,
}
"""The other filters write no more than a small multiple of what they are given."""
METHODS: Mapping[str, _Growth] = {
    "center": _to_width,
    "expandtabs": _expanded,
    "format": formatted,
    "format_map": _formatted_from,
    "join": _joined_by,
    "ljust": _to_width,
    "replace": _replaced,
    "rjust": _to_width,
    "to_bytes": _counted,
    "translate": _translated,
    "zfill": _to_width,
}
_OF_SEQUENCES = (
    "batch dictsort groupby join list map max min reject rejectattr reverse select selectattr slice sort sum"
)
READS_ENTRIES = frozenset((*_OF_SEQUENCES.split(), "unique"))
"""Filters that take a text for a list of its characters."""
