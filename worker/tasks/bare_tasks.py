"""Gives one of two workflow tasks in a row a command, so that no replay joins them (`workflows.waits.joined_tasks`).

The command changes the workflow's memo by nothing: one small event, in about one of twenty tasks. What an activation
leaves is decided by its commands, and these are the same in every replay. Questions, and commands that were refused,
are not: they leave nothing in the history, so they do not count as tasks.
"""

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion

_NOTHING = "nothing"
"""The memo's field that is removed, and was never there: the server takes no change without a field."""


class BareTasks:
    """Knows whether the last task of one workflow left a command."""

    def __init__(self) -> None:
        """Begin with a workflow whose tasks may leave nothing, as in edition 1."""
        self._are_apart = self._was_bare = False

    def keep_apart(self) -> None:
        """Let no two tasks in a row leave nothing from now on. The workflow asks for this."""
        self._are_apart = True

    def close(self, act: WorkflowActivation, done: WorkflowActivationCompletion) -> None:
        """Add the command to what a task has done, where it needs one."""
        if not done.HasField("successful") or not _is_in_the_history(act, done):
            return
        is_bare = not (any(map(_leaves_an_event, done.successful.commands)) or _ends_a_local_activity(act))
        if is_bare and self._was_bare and self._are_apart:
            memo = done.successful.commands.add().modify_workflow_properties.upserted_memo
            memo.fields[_NOTHING].metadata["encoding"] = b"binary/null"
            is_bare = False
        self._was_bare = is_bare


def _is_in_the_history(act: WorkflowActivation, done: WorkflowActivationCompletion) -> bool:
    """Return whether a replay will see something of these jobs: an event, or an update that was accepted."""
    if any(job.HasField("remove_from_cache") for job in act.jobs):
        return False
    return any(map(_leaves_an_event, done.successful.commands)) or not all(
        job.HasField("query_workflow") or job.HasField("do_update") for job in act.jobs
    )


def _leaves_an_event(command: WorkflowCommand) -> bool:
    if command.HasField("update_response"):
        return not command.update_response.HasField("rejected")
    return not command.HasField("respond_to_query")


def _ends_a_local_activity(act: WorkflowActivation) -> bool:
    """Return whether this task records the result of a local activity, which is an event of its own."""
    return any(job.HasField("resolve_activity") and job.resolve_activity.is_local for job in act.jobs)
