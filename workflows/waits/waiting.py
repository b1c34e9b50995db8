"""Waits that a cancellation of the workflow does not end.

With a cancellation the SDK ends every wait for a condition, also of tasks that nobody has cancelled. `run` alone hears
of it (`shell`). Must not know what is waited for.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    while not condition():
        try:
            await workflow.wait_condition(condition)
        except asyncio.CancelledError:
            continue  # a worker that forgets the workflow ends the next wait for good


async def settle(condition: Callable[[], bool], within: timedelta) -> None:
    """Wait until the condition holds or the time is over; a cancellation cuts it short."""
    try:
        await workflow.wait_condition(condition, timeout=within)
    except (TimeoutError, asyncio.CancelledError):
        return
