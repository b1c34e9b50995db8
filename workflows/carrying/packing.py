"""What a run hands to the next, made small enough for the server, which takes two megabytes at most.

Promises that what fits easily stays plain JSON that operators can read, and that both forms are read for ever. Must not
know what it packs.
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
"""zlib's least effort: states are repetitive, and a larger effort takes three times as long for little."""


def packed(state: Mapping[str, Any]) -> dict[str, Any]:
    """As it is, or in a tenth of the room."""
    text = _json(state)
    if len(text) <= PLAIN_LIMIT:
        return dict(state)
    return {"zlib": base64.b64encode(zlib.compress(text, _QUICK)).decode()}


def packed_whole(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state with nothing dropped. Raises ValueError where the server would not take it."""
    form = packed(state)
    if (size := size_of(form)) > CARRIED_LIMIT:
        raise ValueError(f"{size} bytes are too many to be handed on whole")
    return form


def unpacked(state: Any) -> Any:
    """What was packed, or plain."""
    return json.loads(zlib.decompress(base64.b64decode(state["zlib"]))) if "zlib" in state else state


def size_of(state: Any) -> int:
    """Bytes of the state as JSON."""
    return len(_json(state))


def _json(state: Any) -> bytes:
    """Also of half a character, which a template can write; the usual form refuses it."""
    try:
        return to_json(state)
    except ValueError:
        return json.dumps(to_jsonable_python(state)).encode()


def first_that_fit(items: Iterable[Item]) -> list[Item]:
    """Return the first of the items, as many as fit into one activity's input; one at least."""
    chosen, left = list[Item](), BATCH_LIMIT
    for item in items:
        left -= size_of(item)
        if left < 0 and chosen:
            break
        chosen.append(item)
    return chosen
