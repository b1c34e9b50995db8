"""The reason why a run's workflow task fails, read from the end of its history: the server keeps it nowhere else.

Promises one or two sentences for people, and None for a run whose task does not fail. Must not judge what follows.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, TimeoutType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent, WorkflowTaskFailedEventAttributes
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
    GetWorkflowExecutionHistoryReverseRequest,
)
from temporalio.client import Client

_PAGE, _PAGES = 500, 10
"""The events of one read, and the most reads, from the end: a failed task may stand before many newer messages."""
_LONGEST = 300
"""The most characters of a reason: as many as a table can show."""
_ANSWER_WITHIN = timedelta(seconds=10)
_PREFIX = "WORKFLOW_TASK_FAILED_CAUSE_"
_HARMLESS = (
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_STICKY_TASK_QUEUE,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
)
"""The causes that the server writes where a message came in between, or after a reset: not a fault of the workflow."""
_UNSAID = (
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNSPECIFIED,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
)
"""The causes that add nothing to the message."""
_REMEDIES = {
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_BAD_SEARCH_ATTRIBUTES: "Run `baton register`.",
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR: (
        "Run the version of Baton that it began under, or reset it."
    ),
}
_TOO_LARGE = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_PAYLOADS_TOO_LARGE
_TOO_SLOW = "a worker began it and did not end in time: the worker died, or it was too slow"


class TaskFailure(NamedTuple):
    """The number of tries, the reason, and what to do about it; `remedy` is empty where none is known.

    `is_too_large`: the result of the task is larger than the worker may send.
    """

    attempt: int
    reason: str
    remedy: str = ""
    is_too_large: bool = False

    def __str__(self) -> str:
        """Return the failure as one or two sentences."""
        tried = f" (attempt {self.attempt})" if self.attempt > 1 else ""
        told = f"its workflow task fails{tried}: {self.reason}"
        return f"{told}. {self.remedy}" if self.remedy else told


async def task_failure(client: Client, workflow_id: str, *, within: timedelta) -> TaskFailure | None:
    """Return why the task of the latest run fails now; None where it does not fail. Raises RPCError."""
    execution = WorkflowExecution(workflow_id=workflow_id)
    describe = DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=execution)
    described = await client.workflow_service.describe_workflow_execution(describe, timeout=within)
    return await failure_of(client, described, within=within)


async def failure_of(
    client: Client, described: DescribeWorkflowExecutionResponse, *, within: timedelta = _ANSWER_WITHIN
) -> TaskFailure | None:
    """Return why the task of a described run fails; None where it does not fail. Raises RPCError."""
    attempt = described.pending_workflow_task.attempt
    info = described.workflow_execution_info
    if attempt <= 1 and "TemporalReportedProblems" not in info.search_attributes.indexed_fields:
        return None
    async for event in _backwards(client, info.execution, within):
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            return None
        if failure := _failure(event, attempt):
            return failure
    return None


async def _backwards(client: Client, execution: WorkflowExecution, within: timedelta) -> AsyncIterator[HistoryEvent]:
    """Yield the newest events of a run, the last one first."""
    request = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace, execution=execution, maximum_page_size=_PAGE
    )
    for _ in range(_PAGES):
        answer = await client.workflow_service.get_workflow_execution_history_reverse(request, timeout=within)
        for event in answer.history.events:
            yield event
        if not answer.next_page_token:
            return
        request.next_page_token = answer.next_page_token


def _failure(event: HistoryEvent, attempt: int) -> TaskFailure | None:
    """Return the failure that one event reports; None for every other event."""
    if event.HasField("workflow_task_failed_event_attributes"):
        return _failed(event.workflow_task_failed_event_attributes, attempt)
    if event.HasField("workflow_task_timed_out_event_attributes"):
        kind = event.workflow_task_timed_out_event_attributes.timeout_type
        if kind == TimeoutType.TIMEOUT_TYPE_START_TO_CLOSE:
            return TaskFailure(attempt, _TOO_SLOW)
    return None


def _failed(task: WorkflowTaskFailedEventAttributes, attempt: int) -> TaskFailure | None:
    if task.cause in _HARMLESS:
        return None
    cause = WorkflowTaskFailedCause.Name(task.cause).removeprefix(_PREFIX).replace("_", " ").lower()
    said = task.failure.message.strip().partition("\n")[0]
    kind = task.failure.application_failure_info.type
    if kind and not said.startswith(kind):
        said = f"{kind}: {said}"
    is_named = said.partition(":")[0].lower() == cause.replace(" ", "")
    if said and not is_named and task.cause not in _UNSAID:
        said = f"{cause}: {said}"
    reason, remedy = (said or cause)[:_LONGEST].rstrip("."), _REMEDIES.get(task.cause, "")
    return TaskFailure(attempt, reason, remedy, is_too_large=task.cause == _TOO_LARGE)
