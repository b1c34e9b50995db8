"""Goes on with a pass where one conversation or team can't be inspected.

Promises a finding for each inspection that fails, and that the pass ends where the server refuses so many that it
counts as down. Must not know what is inspected.
"""

import traceback
from collections.abc import Awaitable
from datetime import datetime
from typing import Any

import structlog
from temporalio.service import RPCError

from activities.audit.denials import Denials
from activities.audit.findings import Finding, finding

_OUTAGE = 20
"""The number of inspections that the server may refuse in a pass before it counts as down."""
log: Any = structlog.get_logger("baton.audit")


class Stumbles:
    """The failed inspections of one pass."""

    def __init__(self, denials: Denials) -> None:
        """Begin with none."""
        self._denials = denials
        self._refused = 0

    async def over(self, workflow_id: str, look: Awaitable[list[Finding]], since: datetime | None) -> list[Finding]:
        """Return the findings of an inspection, or one with the reason why it failed. Raises RPCError in an outage."""
        try:
            return await look
        except RPCError as error:
            if self._denials.add("look at workflows, or mend them", error):
                return []
            self._refused += 1
            if self._refused > _OUTAGE:
                raise
            why = f"the server did not say how it stands ({error.message})"
        except Exception as error:
            log.warning("audit.look_failed", workflow_id=workflow_id, raised_at=_place(error))
            why = f"the audit could not look at it, and the worker's log says why ({type(error).__name__}: {error})"
        return [finding("unseen", workflow_id, why, since)]


def _place(error: Exception) -> str:
    """Return the file and line of code that raised."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"
