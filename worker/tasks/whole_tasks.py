"""Gives a workflow all news of a task at once, at the time of that task.

Where news come in one task with an update, the worker (SDK 1.35) may give signals, timers and results before the update
in parts of their own, as if the task had not started yet: at the time of the task before, which may be hours ago. A
replay gives all of it at once, at the time of the task, so messages had two times. Here such a part waits for the rest,
which the worker gives next. Must not know what news mean.
"""

from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion

_NEWS = ("signal_workflow", "fire_timer", "resolve_activity", "resolve_signal_external_workflow")
"""The kinds of jobs that may come too early. Updates and cancel requests end such a part."""


class WholeTasks:
    """Knows the time of one workflow's last task, and the news that came too early for the present one."""

    def __init__(self) -> None:
        """Begin with a workflow that has had no task."""
        self._early: list[WorkflowActivationJob] = []
        self._length = 0
        self._at = (0, 0)

    def put_off(self, act: WorkflowActivation) -> WorkflowActivationCompletion | None:
        """Return the answer to a part that came too early, and is kept for the next one.

        None where the workflow is to do the task; `act` then has what was kept, too.
        """
        kinds = {str(job.WhichOneof("variant")) for job in act.jobs}
        if kinds & {"query_workflow", "remove_from_cache"}:
            return None
        at = (act.timestamp.seconds, act.timestamp.nanos)
        is_early = not act.is_replaying and at == self._at and act.history_length > self._length
        self._length, self._at = act.history_length, at
        if is_early and kinds <= set(_NEWS) and not _has_local_result(act):
            self._early += act.jobs
            done = WorkflowActivationCompletion(run_id=act.run_id)
            done.successful.SetInParent()
            return done
        if self._early:
            whole = [*self._early, *act.jobs]
            del act.jobs[:]
            act.jobs.extend(whole)
            self._early = []
        return None


def _has_local_result(act: WorkflowActivation) -> bool:
    return any(job.HasField("resolve_activity") and job.resolve_activity.is_local for job in act.jobs)
