"""Activities that run beside the loop, in tasks of their own.

Must not know what an activity does.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from temporalio import workflow

from workflows.limits.patience import Patience

Result = TypeVar("Result")


async def perform_beside(
    method: Callable[..., Coroutine[Any, Any, Result]], patience: Patience, about: Any, summary: str
) -> Result:
    """Perform an activity and return its result. Raises ActivityError where it was given up."""
    return await workflow.execute_activity_method(
        method,
        args=[about],
        summary=summary,
        start_to_close_timeout=patience.attempt_within,
        schedule_to_close_timeout=patience.give_up_after,
        retry_policy=patience.retry,
    )
