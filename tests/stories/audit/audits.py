"""The server in stories about the audit: runs that it ends, histories that it has deleted, and its lists."""

from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import TerminateWorkflowExecutionRequest
from temporalio.client import (
    Client,
    FetchWorkflowHistoryEventsInput,
    Interceptor,
    OutboundInterceptor,
    QueryWorkflowInput,
    WorkflowHandle,
    WorkflowHistoryEventAsyncIterator,
)
from temporalio.service import RPCError, RPCStatusCode

from tests.stories.teams import until

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

    async def is_shown() -> bool:
        return (await client.count_workflows(wanted)).count == number

    await until(is_shown)


async def tried_again(handle: WorkflowHandle[Any, Any]) -> None:
    """Wait until the workflow's present task has failed once."""

    async def has_failed() -> bool:
        return (await handle.describe()).raw_description.pending_workflow_task.attempt > 1

    await until(has_failed)


class Gone(Interceptor, OutboundInterceptor):
    """A client of a server that has deleted the histories of ended runs."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Put this interceptor between the SDK and the server."""
        OutboundInterceptor.__init__(self, next)
        return self

    def fetch_workflow_history_events(
        self, input: FetchWorkflowHistoryEventsInput
    ) -> WorkflowHistoryEventAsyncIterator:
        """Fail as the server does where the history is gone."""
        raise RPCError("workflow execution not found", RPCStatusCode.NOT_FOUND, b"")

    async def query_workflow(self, input: QueryWorkflowInput) -> Any:
        """Fail for ended runs, which can't be replayed without their history; pass other queries on."""
        if input.run_id:
            raise RPCError("workflow execution not found", RPCStatusCode.NOT_FOUND, b"")
        return await super().query_workflow(input)
