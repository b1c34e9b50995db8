"""Local activities: they run within a workflow task, which the server keeps open for them.

Promises to tell whether one has ended in the present task. A replay may see such a task as one with the task before,
with the time of the second and what the server suggests in it, so a run must not end there. Must not know what an
activity does.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from temporalio import workflow

from workflows.patience import Patience

Result = TypeVar("Result")


class InTask:
    """The local activities of one run."""

    def __init__(self) -> None:
        """None has run yet."""
        self._ended_at = -1

    async def perform(
        self, method: Callable[..., Coroutine[Any, Any, Result]], patience: Patience, *args: Any
    ) -> Result:
        """Perform one and return its result. Raises FailureError where it was given up."""
        try:
            return await workflow.execute_local_activity_method(
                method,
                args=args,
                start_to_close_timeout=patience.attempt_within,
                schedule_to_close_timeout=patience.give_up_after,
                retry_policy=patience.retry,
            )
        finally:
            self._ended_at = _task()

    @property
    def has_ended(self) -> bool:
        """Whether one has ended in the present workflow task."""
        return self._ended_at == _task()


def _task() -> int:
    """What tells the tasks of a run apart: the length of the history with which each began."""
    return workflow.info().get_current_history_length()
