"""What a run hands to the next, made small enough for the server, which takes two megabytes at most.

Promises that what fits easily stays plain JSON that operators can read, and that both forms are read for ever. Must not
know what it packs.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

PLAIN = 50_000
"""Characters that stay as they are: a team that has some dozens of conversations."""


def packed(state: Mapping[str, Any]) -> dict[str, Any]:
    """As it is, or in a tenth of the room."""
    text = json.dumps(state, separators=(",", ":"))
    if len(text) <= PLAIN:
        return dict(state)
    return {"zlib": base64.b64encode(zlib.compress(text.encode())).decode()}


def unpacked(state: Any) -> Any:
    """What was packed, or plain."""
    return json.loads(zlib.decompress(base64.b64decode(state["zlib"]))) if "zlib" in state else state
