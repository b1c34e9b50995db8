"""Packs the state that a run hands to the next, for the server takes two megabytes at most.

Promises that a state which fits stays plain JSON that operators can read, and that every later version reads both
forms. Must not know what it packs.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic_core import to_json, to_jsonable_python

from workflows.limits.server import BATCH_LIMIT, CARRIED_LIMIT, PLAIN_LIMIT

Item = TypeVar("Item")
_QUICK = 1
"""zlib's lowest level: states are repetitive, and a higher level takes three times as long for little gain."""


def packed(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state as it is where it is small, else compressed to about a tenth of its size."""
    text = _json(state)
    if len(text) <= PLAIN_LIMIT:
        return dict(state)
    return {"zlib": base64.b64encode(zlib.compress(text, _QUICK)).decode()}


def packed_whole(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state with nothing dropped. Raises ValueError where the server would not take it."""
    form = packed(state)
    if (size := size_of(form)) > CARRIED_LIMIT:
        raise ValueError(f"{size} bytes are too many to be handed on whole")
    return form


def unpacked(state: Any) -> Any:
    """Return the state, which may be packed or plain."""
    return json.loads(zlib.decompress(base64.b64decode(state["zlib"]))) if "zlib" in state else state


def size_of(state: Any) -> int:
    """Return the size of the state as JSON, in bytes."""
    return len(_json(state))


def _json(state: Any) -> bytes:
    """Return the state as JSON.

    Falls back to `json.dumps` for a lone surrogate, which a template can write and pydantic refuses.
    """
    try:
        return to_json(state)
    except ValueError:
        return json.dumps(to_jsonable_python(state)).encode()


def first_that_fit(items: Iterable[Item]) -> list[Item]:
    """Return the first of the items, as many as fit into one activity's input; at least one."""
    chosen, left = list[Item](), BATCH_LIMIT
    for item in items:
        left -= size_of(item)
        if left < 0 and chosen:
            break
        chosen.append(item)
    return chosen
