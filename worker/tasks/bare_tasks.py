"""Gives workflow tasks that left no command one, so that no replay joins them (`workflows.waits.joined_tasks`).

A task is joined with the next one only where the task before it left no command either, so every second bare task needs
one. A task that came with a refused update alone counts as well, where the server had to keep it. A workflow can't know
of such a task, but the length of the history tells. The command changes the memo by nothing: one small event. Questions
and refused updates are no part of a replay, so they change nothing here.

A task in which a local activity runs may be split by a query: its second half leaves the commands that follow from the
result. A replay has them at the end of the first half, and the second half, where news came, only seems bare.
"""

from collections.abc import Iterable

from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion

_NOTHING = "nothing"
"""The memo's field that is removed, and was never there: the server takes no change without a field."""
_EVENTS = {
    "signal_workflow": 1,
    "fire_timer": 1,
    "resolve_activity": 2,
    "cancel_workflow": 1,
    "resolve_signal_external_workflow": 1,
    "do_update": 0,
}
"""The events of what a task may bring. Others are not counted: then the task gets a command that it may not need."""
_OF_A_TASK = 3
"""The events of a task itself: scheduled, started, completed."""
_UNDONE_BY = {
    "start_timer": "cancel_timer",
    "schedule_activity": "request_cancel_activity",
    "signal_external_workflow_execution": "cancel_signal_workflow",
}
"""The commands that the SDK drops together with the one that undoes them, where both are of one task."""


class BareTasks:
    """Knows what the last task of one workflow left."""

    def __init__(self) -> None:
        """Begin with a workflow whose tasks may leave nothing, as in edition 1."""
        self._edition = 1
        self._length = self._left = self._after_result = 0
        self._undoable = set[tuple[str, int]]()

    def keep_apart(self, edition: int) -> None:
        """Let no two tasks in a row leave nothing from now on. A workflow of edition 2 or later asks for this."""
        self._edition = edition

    def close(self, act: WorkflowActivation, done: WorkflowActivationCompletion) -> None:
        """Add the command to what a task has done, where it needs one."""
        commands = done.successful.commands
        is_same_task = act.history_length == self._length
        if not is_same_task:
            self._undoable.clear()
        left = sum(map(_leaves_an_event, commands)) + _local_results(act.jobs) - self._undone(commands)
        if not done.HasField("successful") or not (left or _is_in_the_history(act.jobs)):
            return
        is_bare = not left and not any(command.HasField("schedule_local_activity") for command in commands)
        if is_bare and self._is_second_half(act):
            left = self._left
        elif is_bare and self._edition >= 2 and not self._follows_a_command(act):
            memo = commands.add().modify_workflow_properties.upserted_memo
            memo.fields[_NOTHING].metadata["encoding"] = b"binary/null"
            left = 1
        self._after_result = left - _local_results(act.jobs) if is_same_task and _local_results(act.jobs) else 0
        self._length, self._left = act.history_length, left + (self._left if is_same_task else 0)

    def _undone(self, commands: Iterable[WorkflowCommand]) -> int:
        """Return how many of the commands of a task leave nothing, because the task itself undoes them."""
        pairs = 0
        for command in commands:
            kind = str(command.WhichOneof("variant"))
            key = kind, getattr(getattr(command, kind), "seq", 0)
            if kind in _UNDONE_BY:
                self._undoable.add((_UNDONE_BY[kind], key[1]))
            elif key in self._undoable:
                self._undoable.remove(key)
                pairs += 1
        return 2 * pairs if self._edition >= 3 else 0

    def _is_second_half(self, act: WorkflowActivation) -> bool:
        """Return whether the history does not have the commands yet that followed from a local activity's result."""
        before = self._length + self._left - self._after_result + _OF_A_TASK + _events_of(act)
        return bool(self._after_result) and act.history_length == before

    def _follows_a_command(self, act: WorkflowActivation) -> bool:
        """Return whether the last task left a command, and no task that a refused update came with is in between."""
        kinds = {str(job.WhichOneof("variant")) for job in act.jobs}
        if not self._left or not _EVENTS.keys() >= kinds:
            return False
        explained = self._length + self._left + _OF_A_TASK + _events_of(act)
        return 0 <= act.history_length - explained < _OF_A_TASK


def _is_in_the_history(jobs: Iterable[WorkflowActivationJob]) -> bool:
    """Return whether a replay will see something of these jobs."""
    kinds = {job.WhichOneof("variant") for job in jobs}
    return bool(kinds - {"query_workflow", "do_update"}) and "remove_from_cache" not in kinds


def _events_of(act: WorkflowActivation) -> int:
    """Return how many events the jobs of a task are in the history."""
    return sum(_EVENTS.get(str(job.WhichOneof("variant")), 0) for job in act.jobs)


def _leaves_an_event(command: WorkflowCommand) -> bool:
    if command.HasField("update_response"):
        return not command.update_response.HasField("rejected")
    return not (command.HasField("respond_to_query") or command.HasField("schedule_local_activity"))


def _local_results(jobs: Iterable[WorkflowActivationJob]) -> int:
    """Return how many results of local activities this task records, each an event of its own."""
    return sum(job.HasField("resolve_activity") and job.resolve_activity.is_local for job in jobs)
