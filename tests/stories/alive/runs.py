"""The runs of one story's workflow: how many there were, and which of their tasks failed."""

from typing import Any

from temporalio.api.enums.v1 import WorkflowTaskFailedCause
from temporalio.client import WorkflowHandle, WorkflowQueryFailedError

from tests.stories.conftest import Story

SOMETHING_CAME = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
"""The cause of a harmless task failure: an event came while the run ended, so the server repeats the task."""


async def has_begun(handle: WorkflowHandle[Any, Any]) -> None:
    """Wait until the history has the workflow's first completed task."""
    async for event in handle.fetch_history_events(wait_new_event=True):
        if event.HasField("workflow_task_completed_event_attributes"):
            return


async def failed_tasks(story: Story) -> list[str]:
    """Return why workflow tasks of any run failed, without tasks that were repeated because an event came."""
    runs = [run async for run in story.clockwork.client.list_workflows(f"WorkflowId = '{story.handle.id}'")]
    found: list[str] = []
    for run in runs:
        history = await story.clockwork.client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        for event in history.events:
            failed = event.workflow_task_failed_event_attributes
            if event.HasField("workflow_task_failed_event_attributes") and failed.cause != SOMETHING_CAME:
                found.append(failed.failure.message)
    return found


async def runs_of(story: Story) -> int:
    """Return how many runs the workflow has had."""
    return len([run async for run in story.clockwork.client.list_workflows(f"WorkflowId = '{story.handle.id}'")])


async def has_messages(story: Story, number: int) -> bool:
    """True where at least so many messages have been counted."""
    return (await story.settled())["messages"] >= number


async def has_edition(story: Story, edition: int) -> bool:
    """Return whether the conversation's present run has that edition; False where a worker is too old to tell."""
    try:
        return bool((await story.settled())["edition"] == edition)
    except WorkflowQueryFailedError:
        return False
