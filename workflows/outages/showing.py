"""The views of one outage: the page in the Temporal UI, and the answer to its query.

Promises plain JSON, and that nothing which people wrote becomes markup. Must not change anything.
"""

from datetime import datetime
from typing import Any

from policies.time.wall_clock import shown
from workflows.limits import shortening
from workflows.outages.state import OutageState
from workflows.showing.markdown import bulleted, cell


def state(of: OutageState, now: datetime) -> dict[str, Any]:
    """Return the answer to `state`."""
    return {
        **of.outage.model_dump(mode="json"),
        "state": "over" if of.is_over(now) else "open",
        "ended_at": of.ended_at.isoformat() if of.ended_at is not None else None,
        "ended_by": of.ended_by,
        "told": of.told,
        "untold": list(of.untold),
        "timeline": [line.model_dump(mode="json") for line in of.lines],
    }


def details(of: OutageState, now: datetime) -> str:
    """Return the page."""
    outage = of.outage
    about = f", for policy {cell(outage.policy)}" if outage.policy else ""
    head = f"## {'Over' if of.is_over(now) else 'Open'}: {cell(outage.name)}"
    until = f"Until {shown(outage.until)}{about}. Conversations that match: {cell(outage.when)}"
    texts = (f"**{cell(language or 'all')}**: {cell(words)}" for language, words in outage.text.items())
    lines = (f"{shown(line.at, seconds=True)}: {cell(line.text)}" for line in reversed(of.lines))
    parts = (head, until, bulleted("Customers are told", texts), bulleted("Timeline, the newest first", lines))
    return shortening.details("\n\n".join(part for part in parts if part))
