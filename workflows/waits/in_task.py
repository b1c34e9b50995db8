"""Local activities, which run within a workflow task that the server keeps open for them.

A query that comes with such a task makes the worker complete the task early, and the server begin another one. A replay
sees the end of the activity, and what came with the second task, in another order. So the loop waits for a local
activity before it does anything else, no command is accepted in such a task, and no run ends in it: then the order
makes no difference. Promises to tell when that is. Must not know what an activity does.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from temporalio import workflow

from workflows.limits.patience import Patience

Result = TypeVar("Result")


class InTask:
    """The local activities of one run."""

    def __init__(self) -> None:
        """Begin with no activity performed."""
        self._under_way = 0
        self._ended_at = self._split_at = -1
        self.has_performed = False

    async def perform(
        self, method: Callable[..., Coroutine[Any, Any, Result]], patience: Patience, *args: Any
    ) -> Result:
        """Perform an activity and return its result. Raises FailureError where it was given up."""
        self.has_performed = True
        self._under_way += 1
        begun_at = _task()
        try:
            return await workflow.execute_local_activity_method(
                method,
                args=args,
                start_to_close_timeout=patience.attempt_within,
                schedule_to_close_timeout=patience.give_up_after,
                retry_policy=patience.retry,
            )
        finally:
            self._under_way -= 1
            self._ended_at = _task()
            if self._ended_at != begun_at:
                self._split_at = self._ended_at

    def begin_round(self) -> None:
        """Forget what was performed in the last round of the loop."""
        self.has_performed = False

    @property
    def is_present(self) -> bool:
        """True where a local activity is under way, or has ended in the present workflow task."""
        return self._under_way > 0 or self._ended_at == _task()

    @property
    def is_split(self) -> bool:
        """True where the present workflow task is the second half of a task that a query has split.

        A replay can't know.
        """
        return self._split_at == _task()


def _task() -> int:
    """Return a number that tells the tasks of a run apart: the length of the history with which each began."""
    return workflow.info().get_current_history_length()
