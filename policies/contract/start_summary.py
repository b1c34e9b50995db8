"""The one line under which Temporal's UI shows a conversation from its start: its subject, customer and channel.

Must not know how a conversation is started.
"""

from collections.abc import Mapping
from typing import Any

from policies.contract.bounds import readable
from policies.text.cutting import DOTS, cut, escaped_bytes

_ROOM = 300
"""The most bytes; the server takes 400."""


def start_summary(body: Mapping[str, Any]) -> str:
    """Return the line for a start: `Charged twice · Ada (enterprise) · email`."""
    of = body.get("customer")
    customer: Mapping[str, Any] = of if isinstance(of, Mapping) else {}
    tier = f" ({customer['tier']})" if customer.get("tier") else ""
    named = f"{readable(customer.get('name') or customer.get('id') or '')}{tier}".strip()
    told = (readable(body.get("subject") or ""), named, readable(body.get("channel") or ""))
    return cut(" · ".join(" ".join(each.split()) for each in told if each), _ROOM, unit=escaped_bytes, mark=DOTS)
