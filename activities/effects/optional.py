"""Waits briefly for an optional part of an effect, and goes on without it where it is slow or fails.

Must not know what is asked.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from temporalio import activity

_STORE_WITHIN = 1.0
_LONGEST_WHY = 300
"""The most characters of an error's text in the log."""
T = TypeVar("T")


async def unless_slow(asking: Awaitable[T], otherwise: T, within: float | None = None) -> T:
    """Return the result of a call that is useful but not needed for the message; wait at most `within` seconds.

    Return `otherwise` where the call takes longer or fails for any reason, because it may not delay a call to people.
    """
    try:
        async with asyncio.timeout(_STORE_WITHIN if within is None else within):
            return await asking
    except Exception as error:
        activity.logger.warning("slack.done_without", extra={"why": str(error)[:_LONGEST_WHY] or type(error).__name__})
        return otherwise
