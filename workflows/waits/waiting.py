"""Waits that a cancellation of the workflow does not end.

When a workflow is cancelled, the SDK ends every wait for a condition, even in tasks that nothing has cancelled. Only
the workflow's `run` reacts to a cancellation (`frame.shell`). Must not know what is waited for.
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
            continue  # when a worker drops the workflow, it ends the next wait for good


async def settle(condition: Callable[[], bool], within: timedelta) -> None:
    """Wait until the condition holds or the time is over. A cancellation cuts the wait short."""
    try:
        await workflow.wait_condition(condition, timeout=within)
    except (TimeoutError, asyncio.CancelledError):
        return
