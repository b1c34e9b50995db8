"""Functions that stories about the audit share: ending a run as the server does, and waiting for the server's lists."""

from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import TerminateWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle

LIMIT = "Workflow history count exceeds limit."


async def end_like_the_server(client: Client, handle: WorkflowHandle[Any, Any], reason: str = LIMIT) -> None:
    """End the present run as the server ends one that is over a limit: under the server's own identity."""
    run_id = (await handle.describe()).run_id
    request = TerminateWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=run_id),
        reason=reason,
        identity="history-service",
    )
    await client.workflow_service.terminate_workflow_execution(request)
    await listed(client, f"RunId = '{run_id}' AND ExecutionStatus = 'Terminated'")


async def listed(client: Client, wanted: str, number: int = 1) -> None:
    """Wait until the server's lists, which lag a moment behind, show exactly so many workflows."""
    while (await client.count_workflows(wanted)).count != number:
        pass
