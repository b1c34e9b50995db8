"""The runner of workers for workflow classes that stand in a test, which the sandbox could not load."""

from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails

from worker.tasks.one_batch import as_a_worker_does


class Unsandboxed(UnsandboxedWorkflowRunner):
    """Gives tasks to a workflow as a worker does, so that a replay by the worker's own runner finds the same."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Start or replay one workflow."""
        return as_a_worker_does(super().create_instance, det)
