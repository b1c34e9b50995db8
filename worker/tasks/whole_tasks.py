"""Never gives a workflow news of a task that has not started.

A query that waited for a worker comes with the whole history, also with what happened after the query was sent. The
SDK (1.35) gives these events to the workflow before the query, as if it did a task: at the time of the task before,
which may be hours ago. The server then starts their task, and the SDK gives only the rest. A replay gives all of it at
the time of that task, so messages had two times, and a command that keeps tasks apart differed. Here such news are left
out, the query is answered from the state before them, and the SDK is asked to drop the workflow from memory, so that
the task plays the history. Must not know what news mean.
"""

from collections.abc import Callable

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion

_NEWS = frozenset({"signal_workflow", "fire_timer", "resolve_activity", "resolve_signal_external_workflow"})
"""The kinds of jobs that may come too early. Updates come with a task only."""
_MOST_IN_DOUBT = 10_000
"""Runs. Then all are trusted again, since most of them went on in another worker."""
_WAITED = "legacy_query"
"""The SDK's id of a query that came alone, not with a task."""


class Evictions:
    """The runs that one worker dropped from memory for this reason, until it is sure of them again.

    Where several queries and a task waited, the SDK forgets the task when a run is dropped, and the server gives it
    again ten seconds later. A query in between brings its news at the time of the forgotten start.
    """

    def __init__(self) -> None:
        """Begin without a worker, as for a replay."""
        self.evict: Callable[[str], None] | None = None
        """Drops a run from memory once its queries are answered; None for a replay, in which nothing is left out."""
        self._in_doubt = set[str]()

    def drop(self, run_id: str) -> None:
        """Drop a run, and doubt what a query alone brings to it next."""
        if self.evict:
            if len(self._in_doubt) >= _MOST_IN_DOUBT:
                self._in_doubt.clear()
            self._in_doubt.add(run_id)
            self.evict(run_id)

    def are_in_doubt(self, run_id: str) -> bool:
        """Return whether a run was dropped and had no task since."""
        return run_id in self._in_doubt

    def settle(self, run_id: str) -> None:
        """Doubt a run no longer: it had a task."""
        self._in_doubt.discard(run_id)


class WholeTasks:
    """Knows the last task of one workflow that has started."""

    def __init__(self, evictions: Evictions) -> None:
        """Begin with a workflow that has had no task."""
        self._evictions = evictions
        self._length = self._live_parts = 0
        self._started = (0, 0, 0)

    def left_out(self, act: WorkflowActivation) -> WorkflowActivationCompletion | None:
        """Return the answer to news that come before their task; None where the workflow is to do what came."""
        kinds = {str(job.WhichOneof("variant")) for job in act.jobs}
        if "remove_from_cache" in kinds or not self._evictions.evict:
            return None
        if "query_workflow" in kinds:
            if self._live_parts == 1 and self._evictions.are_in_doubt(act.run_id) and _waited(act):
                self._evictions.drop(act.run_id)
            return None
        if self._is_early(act) and kinds <= _NEWS and not _has_local_result(act):
            self._evictions.drop(act.run_id)
            done = WorkflowActivationCompletion(run_id=act.run_id)
            done.successful.SetInParent()
            return done
        self._live_parts += not act.is_replaying
        if self._live_parts > 1:
            self._evictions.settle(act.run_id)
        return None

    def _is_early(self, act: WorkflowActivation) -> bool:
        """Return whether a part brings events, but no start of a task.

        Both the time and the size of the history are those of the last start. Two clocks of a server may give two tasks
        one time, but each start has a larger history.
        """
        started, length = self._started, self._length
        self._started = (act.timestamp.seconds, act.timestamp.nanos, act.history_size_bytes)
        self._length = act.history_length
        return not act.is_replaying and started == self._started and act.history_length > length


def _waited(act: WorkflowActivation) -> bool:
    return any(job.query_workflow.query_id == _WAITED for job in act.jobs)


def _has_local_result(act: WorkflowActivation) -> bool:
    return any(job.HasField("resolve_activity") and job.resolve_activity.is_local for job in act.jobs)
