"""What a sender's value may be, so that the state can hold it, carry it on and be read again.

Promises that what `bounded` returns is JSON that comes back as it was. Must not know what the value is for.
"""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any, cast

from policies.json_text import whole
from policies.limits import DEPTH_LIMIT, SIZE_LIMIT

_LARGEST_NUMBER = 2**1000
"""Other languages read a whole number as a floating point number, which ends a little above this."""
_HOPELESS = 10 * SIZE_LIMIT
"""Bytes of a value that is not looked through field by field, which takes ten times as long as measuring it."""
NO_NUMBER = "NaN and Infinity are no numbers: leave the field out"
_NAMED = 10
_LONGEST_NAME = 80


class UnboundedError(ValueError):
    """The value can't be held; the text says why, for its sender."""


def bounded(value: Any, lost: list[str]) -> Any:
    """The value without the fields that can't be held; `lost` gets a sentence on each. Raises `UnboundedError`."""
    try:
        size = _size(value)
    except (TypeError, ValueError, RecursionError):
        size = 0  # what can't be measured is left out field by field
    if size > _HOPELESS:
        raise UnboundedError(f"{size} bytes are too many: send at most {SIZE_LIMIT}")
    kept = held(value, lost)
    if (size := _size(kept)) > SIZE_LIMIT:
        raise UnboundedError(f"{size} bytes are too many: send at most {SIZE_LIMIT}")
    return kept


def _size(value: Any) -> int:
    """Bytes as JSON."""
    return len(json.dumps(value, default=str, ensure_ascii=False).encode(errors="replace"))


def held(value: Any, lost: list[str]) -> Any:
    """`bounded` for a value of any size.

    A field that can't be held is left out, in a list it becomes null so that the others keep their places.
    """
    found: list[str] = []
    kept = _held(value, (), found)
    more = len(found) - _NAMED
    lost += [*found[:_NAMED], *([f"and {more} more fields"] if more > 0 else [])]
    return kept


def readable(value: Any) -> str:
    """Any value as text for people, whatever it is."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        text = f"({type(value).__name__} that can't be shown: {error})"
    return whole(text)


_LOST = object()
"""Stands for a value that can't be held."""


def _held(value: Any, path: tuple[str, ...], found: list[str]) -> Any:
    if len(path) > DEPTH_LIMIT:
        return _lose(path, f"it is nested more than {DEPTH_LIMIT} levels deep: send less of it", found)
    match value:
        case str():
            return whole(value)
        case float() if not isfinite(value):
            return _lose(path, NO_NUMBER, found)
        case int() if abs(value) > _LARGEST_NUMBER:
            return _lose(path, "the number is too large", found)
        case Mapping():
            pairs = [(whole(str(key)), inner) for key, inner in cast("Mapping[Any, Any]", value).items()]
            kept = ((key, _held(inner, (*path, key), found)) for key, inner in pairs)
            return {key: inner for key, inner in kept if inner is not _LOST}
        case list() | tuple():
            each = (_held(inner, (*path, str(number)), found) for number, inner in enumerate(cast("list[Any]", value)))
            return [None if inner is _LOST else inner for inner in each]
        case _:
            return value


def _lose(path: tuple[str, ...], why: str, found: list[str]) -> Any:
    name = readable(".".join(path))
    found.append(f"{name if len(name) <= _LONGEST_NAME else f'{name[:_LONGEST_NAME]}…'}: {why}")
    return _LOST
