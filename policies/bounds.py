"""What a sender's value may be, so that the state can hold it, carry it on and be read again.

Promises that what `bounded` returns is JSON that comes back as it was. Must not know what the value is for.
"""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any, cast

from policies.limits import DEPTH_LIMIT, SIZE_LIMIT

_LARGEST_NUMBER = 2**200


class UnboundedError(ValueError):
    """The value can't be held; the text says why, for its sender."""


def bounded(value: Any) -> Any:
    """The value with broken characters replaced. Raises `UnboundedError`."""
    kept = _bounded(value, DEPTH_LIMIT)
    size = len(json.dumps(kept, default=str, ensure_ascii=False).encode(errors="replace"))
    if size > SIZE_LIMIT:
        raise UnboundedError(f"{size} bytes are too many: send at most {SIZE_LIMIT}")
    return kept


def readable(value: Any) -> str:
    """Any value as text for people, whatever it is."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, default=repr, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        text = f"({type(value).__name__} that can't be shown: {error})"
    return text.encode(errors="replace").decode()


def _bounded(value: Any, levels: int) -> Any:
    if levels == 0:
        raise UnboundedError(f"it is nested more than {DEPTH_LIMIT} levels deep: send less of it")
    match value:
        case str() if not value.isascii():
            return value.encode(errors="replace").decode()  # half an emoji, from a sender who cuts texts
        case float() if not isfinite(value):
            raise UnboundedError("NaN and Infinity are no numbers: leave the field out")
        case int() if abs(value) > _LARGEST_NUMBER:
            raise UnboundedError("the number is too large")
        case Mapping():
            pairs = cast("Mapping[Any, Any]", value).items()
            return {_bounded(str(key), levels - 1): _bounded(inner, levels - 1) for key, inner in pairs}
        case list() | tuple():
            return [_bounded(inner, levels - 1) for inner in value]
        case _:
            return value
