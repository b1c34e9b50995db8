"""Conversations that no worker is asked to serve: paused in Temporal, or ended by the server with promises open.

Promises to read lists and to change nothing. Must not judge those that run: `activities.inspection` does.
"""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, ListWorkflowExecutionsRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from activities.findings import Finding

_LOST_WITHIN = timedelta(days=1)
"""How long one that is lost is reported: until somebody begins it anew, or for so long."""
_CONVERSATIONS = "WorkflowType = 'Conversation'"
_STATUS = SearchAttributeKey.for_keyword("BatonStatus")
_ENDS = {WorkflowExecutionStatus.FAILED: "failed", WorkflowExecutionStatus.TIMED_OUT: "ran out of its execution time"}


async def paused(client: Client, now: datetime) -> AsyncIterator[Finding]:
    """Those that somebody paused. The SDK does not know this status, so the server's own words are read."""
    request = ListWorkflowExecutionsRequest(
        namespace=client.namespace, query=f"{_CONVERSATIONS} AND ExecutionStatus = 'Paused'", page_size=1000
    )
    while True:
        try:
            answer = await client.workflow_service.list_workflow_executions(request)
        except RPCError as error:
            if error.status == RPCStatusCode.INVALID_ARGUMENT:
                return  # a server that cannot pause
            raise
        for info in answer.executions:
            deadline = _deadline(info)
            late = deadline if deadline and deadline < now else None
            what = "paused in Temporal: its promises run on, and nothing is decided"
            yield Finding(kind="paused", conversation_id=_name(info.execution.workflow_id), what=what, since=late)
        if not answer.next_page_token:
            return
        request.next_page_token = answer.next_page_token


async def lost(client: Client, now: datetime) -> AsyncIterator[Finding]:
    """Those that the server ended while somebody was owed something, and that were not begun anew since."""
    query = f"{_CONVERSATIONS} AND ExecutionStatus IN ('Failed', 'TimedOut')"
    query += f" AND CloseTime > '{(now - _LOST_WITHIN).isoformat()}'"
    async for row in client.list_workflows(query):
        if row.typed_search_attributes.get(_STATUS) == "resolved" or await _latest(client, row.id) != row.run_id:
            continue
        why = _ENDS.get(row.status, "ended") if row.status else "ended"
        what = f"the server ended it before it was resolved: it {why}"
        yield Finding(kind="lost", conversation_id=_name(row.id), what=what, since=row.close_time)


async def _latest(client: Client, workflow_id: str) -> str:
    """The newest run under this id, read as it came: it may be a paused one."""
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    try:
        described = await client.workflow_service.describe_workflow_execution(request)
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return ""
        raise
    return described.workflow_execution_info.execution.run_id


def _deadline(info: WorkflowExecutionInfo) -> datetime | None:
    fields: Mapping[str, Payload] = info.search_attributes.indexed_fields
    data = fields["BatonNextDeadline"].data if "BatonNextDeadline" in fields else b"null"
    read = json.loads(data)
    return datetime.fromisoformat(read) if read else None


def _name(workflow_id: str) -> str:
    return workflow_id.partition("/")[2]
