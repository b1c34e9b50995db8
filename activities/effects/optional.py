"""What helps an effect and is not needed for it: waited for briefly, and done without where it fails.

Must not know what is asked.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from temporalio import activity

_STORE_WITHIN = 1.0
_LONGEST_WHY = 300
"""Characters of an error in the log."""
T = TypeVar("T")


async def unless_slow(asking: Awaitable[T], otherwise: T, within: float = _STORE_WITHIN) -> T:
    """Await something that is useful but not needed for the message, for at most `within` seconds.

    Return `otherwise` where it takes longer or fails, in whatever way: it may not hold back a call to people.
    """
    try:
        async with asyncio.timeout(within):
            return await asking
    except Exception as error:
        activity.logger.warning("slack.done_without", extra={"why": str(error)[:_LONGEST_WHY] or type(error).__name__})
        return otherwise
