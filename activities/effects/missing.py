"""Asks the server of a workflow that may not be there.

Must not know what is asked.
"""

from collections.abc import Awaitable
from typing import TypeVar

from temporalio.service import RPCError, RPCStatusCode

T = TypeVar("T")


async def unless_missing(asking: Awaitable[T]) -> T | None:
    """Return the answer of a call; None where the server knows no such workflow. Raises RPCError in all other cases."""
    try:
        return await asking
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return None
