"""Keeps two threads out of one workflow.

The SDK takes a task that runs for two seconds for deadlocked, interrupts its thread and drops the workflow from memory.
The SDK (1.35) does not wait until that thread has ended, so two threads could work on the workflow at the same time.
Then the workflow could never be dropped, the same worker could not serve it any more, and the worker could not stop.
"""

from threading import Lock
from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance
from temporalio.workflow import Info

from worker.tasks.bare_tasks import BareTasks
from worker.tasks.early_lines import EarlyLines
from worker.tasks.large_updates import hold_back
from worker.tasks.whole_tasks import WholeTasks

_NO_STORE = StorageDriverStoreContext()


class OneThread(WorkflowInstance):
    """One workflow in memory, in which one thread works at a time; the next thread waits."""

    def __init__(
        self,
        inner: WorkflowInstance,
        bare_tasks: BareTasks,
        whole_tasks: WholeTasks,
        early_lines: EarlyLines | None,
    ) -> None:
        self._inner = inner
        self._bare_tasks = bare_tasks
        self._whole_tasks = whole_tasks
        self._early_lines = early_lines
        self._turn = Lock()

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Do one task, without the updates that no worker can answer, or drop the workflow."""
        with self._turn:
            hold_back(act)
            if (left_out := self._whole_tasks.left_out(act)) is not None:
                return left_out
            if self._early_lines is not None:
                self._early_lines.drop(act.run_id, act.jobs)
            done = self._inner.activate(act)
            self._bare_tasks.close(act, done)
            return done

    def get_serialization_context(self, command_info: Any) -> SerializationContext | None:
        """Return none: Baton's converter uses none, and the SDK would ask the sandbox for it with each payload."""
        return None

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:
        """Return an empty one: Baton's payloads are stored nowhere else."""
        return _NO_STORE

    def get_info(self) -> Info:
        """Return the workflow's own info."""
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        """Return the thread to interrupt."""
        return self._inner.get_thread_id()
