"""Waiting a moment for what is under way, and no longer.

Must not know what that is.
"""

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow


async def settle(condition: Callable[[], bool], within: timedelta) -> None:
    """Until the condition holds or the time is over."""
    try:
        await workflow.wait_condition(condition, timeout=within)
    except TimeoutError:
        return
