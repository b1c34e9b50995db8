"""The bounds of a sender's value, so that the state can hold it, carry it on and be read again.

Promises that a value from `bounded` is JSON that comes back unchanged. Must not know what the value is for.
"""

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, cast

from policies.state.limits import DEPTH_LIMIT, SIZE_LIMIT
from policies.text.json_text import size_of, whole

_LARGEST_NUMBER = 2**1000
"""The largest whole number: other languages read one as a floating point number, which ends a little above this."""
_HOPELESS = 10 * SIZE_LIMIT
"""The bytes beyond which a value is not looked through field by field, which takes ten times as long as measuring."""
NO_NUMBER = "NaN and Infinity are no numbers: leave the field out"
_NAMED = 10
_LONGEST_NAME = 80


class UnboundedError(ValueError):
    """The error where a value can't be held; the text says why, for its sender."""


def bounded(value: Any, lost: list[str]) -> Any:
    """Return the value without fields that can't be held; `lost` gets a sentence on each. Raises `UnboundedError`."""
    if (size := measured(value)) > _HOPELESS:
        raise UnboundedError(f"{size} bytes are too many: send at most {SIZE_LIMIT}")
    kept = held(value, lost)
    if (size := size_of(kept)) > SIZE_LIMIT:
        raise UnboundedError(f"{size} bytes are too many: send at most {SIZE_LIMIT}")
    return kept


def measured(value: Any) -> int:
    """Return the bytes of the value as JSON; 0 where it can't be measured: `held` leaves out such fields one by one."""
    try:
        return size_of(value)
    except (TypeError, ValueError, RecursionError):
        return 0


def held(value: Any, lost: list[str]) -> Any:
    """Return the same as `bounded` for a value of any size.

    A field that can't be held is left out. In a list it becomes null, so that the other entries keep their places.
    """
    found: list[str] = []
    kept = _held(value, None, 0, found)
    more = len(found) - _NAMED
    lost += [*found[:_NAMED], *([f"and {more} more fields"] if more > 0 else [])]
    return kept


def readable(value: Any) -> str:
    """Return any value as text for people."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = "(a value that can't be shown)"
    return whole(text)


_LOST = object()
"""The stand-in for a value that can't be held."""


def _held(value: Any, path: "_Path", depth: int, found: list[str]) -> Any:
    """Return the value as it can be held, or `_LOST`. Plain types are tried first: they are many.

    `path` is the last step and the path before it, because most paths are never shown.
    """
    if depth > DEPTH_LIMIT:
        return _lose(path, f"it is nested more than {DEPTH_LIMIT} levels deep: send less of it", found)
    match value:
        case str():
            return whole(value)
        case float() if not isfinite(value):
            return _lose(path, NO_NUMBER, found)
        case int() if not -_LARGEST_NUMBER <= value <= _LARGEST_NUMBER:
            return _lose(path, "the number is too large", found)
        case float() | int() | None:
            return value
        case list() | tuple():
            items = enumerate(cast("Sequence[Any]", value))
            each = [_held(inner, (path, number), depth + 1, found) for number, inner in items]
            return [None if inner is _LOST else inner for inner in each] if _LOST in each else each
        case Mapping():
            pairs = [(whole(str(key)), inner) for key, inner in cast("Mapping[Any, Any]", value).items()]
            kept = ((key, _held(inner, (path, key), depth + 1, found)) for key, inner in pairs)
            return {key: inner for key, inner in kept if inner is not _LOST}
        case _:
            return value


_Path = tuple["_Path", str | int] | None


def _lose(path: _Path, why: str, found: list[str]) -> Any:
    steps: list[str] = []
    while path is not None:
        path, step = path
        steps.insert(0, str(step))
    name = readable(".".join(steps))
    found.append(f"{name if len(name) <= _LONGEST_NAME else f'{name[:_LONGEST_NAME]}…'}: {why}")
    return _LOST
