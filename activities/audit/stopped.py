"""Conversations and teams that are paused in Temporal, so that no worker is asked to serve them.

Promises to read lists and to change nothing. Must not judge runs that are not paused: `activities.audit.inspection`
does.
"""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from temporalio.api.common.v1 import Payload
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.audit.findings import Finding, finding

_PAUSED = "(WorkflowType = 'Conversation' OR WorkflowType = 'Team') AND ExecutionStatus = 'Paused'"


async def paused(client: Client, now: datetime) -> AsyncIterator[Finding]:
    """Yield the runs that a person paused. The SDK does not know this status, so the server's own answer is read."""
    request = ListWorkflowExecutionsRequest(namespace=client.namespace, query=_PAUSED, page_size=1000)
    while True:
        try:
            answer = await client.workflow_service.list_workflow_executions(request)
        except RPCError as error:
            if error.status == RPCStatusCode.INVALID_ARGUMENT:
                return  # a server without pausing
            raise
        for info in answer.executions:
            yield _finding(info, now)
        if not answer.next_page_token:
            return
        request.next_page_token = answer.next_page_token


def _finding(info: WorkflowExecutionInfo, now: datetime) -> Finding:
    name, deadline = info.execution.workflow_id, _deadline(info)
    if name.startswith("team/"):
        return finding("paused", name, "paused in Temporal: nobody is given anything", None)
    late = deadline if deadline and deadline < now else None
    return finding("paused", name, "paused in Temporal: its promises run on, and nothing is decided", late)


def _deadline(info: WorkflowExecutionInfo) -> datetime | None:
    fields: Mapping[str, Payload] = info.search_attributes.indexed_fields
    data = fields["BatonNextDeadline"].data if "BatonNextDeadline" in fields else b"null"
    read = json.loads(data)
    return datetime.fromisoformat(read) if read else None
