"""Why a workflow's task fails, read from its history: the server keeps the reason there and nowhere else.

Promises a few words for people, and nothing where its task does not fail. Must not know who asks.
"""

from datetime import timedelta
from typing import NamedTuple

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import TimeoutType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent, WorkflowTaskFailedEventAttributes
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    GetWorkflowExecutionHistoryReverseRequest,
)
from temporalio.client import Client

_LOOKED_AT = 50
"""Events from the end: a task that fails stands behind the messages that came since."""

_HARMLESS = (
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
)
_REMEDIES = {
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_BAD_SEARCH_ATTRIBUTES: "Run `baton register`.",
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR: (
        "Run the version of Baton that it began under, or reset it."
    ),
}
_LONGEST = 500


class TaskFailure(NamedTuple):
    """How many times the task was tried, the reason, and what to do; `remedy` is empty where it is not known."""

    attempt: int
    reason: str
    remedy: str = ""

    def __str__(self) -> str:
        """As one sentence or two."""
        return f"its workflow task fails (attempt {self.attempt}): {self.reason}. {self.remedy}".rstrip()


async def task_failure(client: Client, workflow_id: str, *, within: timedelta) -> TaskFailure | None:
    """Why the task of the latest run fails now; None where it does not. Raises RPCError."""
    execution = WorkflowExecution(workflow_id=workflow_id)
    describe = DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=execution)
    described = await client.workflow_service.describe_workflow_execution(describe, timeout=within)
    attempt = described.pending_workflow_task.attempt
    if attempt <= 1:
        return None
    asked = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace,
        execution=described.workflow_execution_info.execution,
        maximum_page_size=_LOOKED_AT,
    )
    answer = await client.workflow_service.get_workflow_execution_history_reverse(asked, timeout=within)
    return next((found for event in answer.history.events if (found := _failure(event, attempt))), None)


def _failure(event: HistoryEvent, attempt: int) -> TaskFailure | None:
    if event.HasField("workflow_task_failed_event_attributes"):
        return _failed(event.workflow_task_failed_event_attributes, attempt)
    if event.HasField("workflow_task_timed_out_event_attributes"):
        kind = event.workflow_task_timed_out_event_attributes.timeout_type
        if kind == TimeoutType.TIMEOUT_TYPE_START_TO_CLOSE:
            return TaskFailure(attempt, "a worker began it and did not end in time: it died, or it was too slow")
    return None


def _failed(task: WorkflowTaskFailedEventAttributes, attempt: int) -> TaskFailure | None:
    if task.cause in _HARMLESS:
        return None
    cause = WorkflowTaskFailedCause.Name(task.cause).removeprefix("WORKFLOW_TASK_FAILED_CAUSE_")
    reason = task.failure.message or cause.replace("_", " ").lower()
    return TaskFailure(attempt, reason[:_LONGEST].rstrip("."), _REMEDIES.get(task.cause, ""))
