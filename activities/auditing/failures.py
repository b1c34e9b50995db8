"""Why the workflow task of a run fails, as its Event History says.

Promises to read the newest events only, and no more of them than a few pages. Must not judge what follows.
"""

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.common import SearchAttributeKey

_PROBLEMS = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
_PAGE, _PAGES = 500, 10
_LONGEST = 300
"""Characters of a reason that a table can show."""
_NO_FAULT = (
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_STICKY_TASK_QUEUE,
)
"""A reset writes the first, a message that came in between the second; neither is a fault."""
_UNSAID = (
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNSPECIFIED,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
)
"""Causes that add nothing to the message."""


async def why_failing(client: Client, described: WorkflowExecutionDescription) -> str:
    """Return why the present workflow task fails, as a sentence; empty where it does not fail."""
    attempt = described.raw_description.pending_workflow_task.attempt
    reported = described.typed_search_attributes.get(_PROBLEMS) or ()
    if attempt <= 1 and not reported:
        return ""
    reason = await _last_reason(client, described.id, described.run_id) or ", ".join(reported)
    if not reason:
        return ""
    tried = f" (attempt {attempt})" if attempt > 1 else ""
    return f"its workflow task fails{tried}: {reason}"


async def _last_reason(client: Client, workflow_id: str, run_id: str) -> str:
    """Return the reason of the newest failed task; empty where a later task succeeded."""
    request = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace,
        execution=WorkflowExecution(workflow_id=workflow_id, run_id=run_id),
        maximum_page_size=_PAGE,
    )
    for _ in range(_PAGES):
        answer = await client.workflow_service.get_workflow_execution_history_reverse(request)
        for event in answer.history.events:
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                return ""
            if reason := _reason(event):
                return reason
        if not answer.next_page_token:
            return ""
        request.next_page_token = answer.next_page_token
    return ""


def _reason(event: HistoryEvent) -> str:
    """Return what a failed task says of its failure; empty for every other event."""
    if event.event_type != EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
        return ""
    failed = event.workflow_task_failed_event_attributes
    if failed.cause in _NO_FAULT:
        return ""
    name = WorkflowTaskFailedCause.Name(failed.cause).removeprefix("WORKFLOW_TASK_FAILED_CAUSE_")
    kind = "" if failed.cause in _UNSAID else name.replace("_", " ").lower()
    said = failed.failure.message.strip().partition("\n")[0]
    of = failed.failure.application_failure_info.type
    told = f"{of}: {said}" if of and not said.startswith(of) else said
    return ": ".join(filter(None, (kind, told)))[:_LONGEST] or name.replace("_", " ").lower()
