"""Keeps two threads out of one workflow.

A task that runs for two seconds is taken for dead by the SDK, which interrupts its thread and drops the workflow from
memory. The SDK (1.35) does not wait until that thread has ended: both could work on the workflow side by side. Then the
workflow could never be dropped, the same worker could not serve it any more, and the worker could not stop.
"""

from threading import Lock
from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance
from temporalio.workflow import Info

from worker.process.large_updates import hold_back


class OneThread(WorkflowInstance):
    """One workflow in memory, in which one thread works at a time; the next one waits."""

    def __init__(self, inner: WorkflowInstance) -> None:
        self._inner = inner
        self._turn = Lock()

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Do one task, without what no worker can answer, or drop the workflow."""
        with self._turn:
            hold_back(act)
            return self._inner.activate(act)

    def get_serialization_context(self, command_info: Any) -> SerializationContext | None:
        """As the workflow has it."""
        return self._inner.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:
        """As the workflow has it."""
        return self._inner.get_external_store_context(command_info)

    def get_info(self) -> Info:
        """As the workflow has it."""
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        """The thread to interrupt."""
        return self._inner.get_thread_id()
