"""Workflows that were meant for Baton, and that no worker can ever serve: a wrong type, or a wrong workflow id.

Promises to find a start with a misspelt type on the task queue that Baton's workers serve, or under a conversation's
id, and to leave alone what other products run in the same namespace. Must not end or start anything.
"""

from collections.abc import AsyncIterator
from datetime import datetime

from temporalio.client import Client, WorkflowExecution

from activities.audit.findings import Finding, finding
from activities.audit.inspection import WORKFLOW_ID, is_before
from activities.effects.missing import unless_missing
from policies.text.spelling import did_you_mean

_TYPES = ("Conversation", "Team", "Audit")
"""The types of the workflows that Baton's workers know."""
_OPEN = "ExecutionStatus = 'Running'"


async def misdirected(client: Client, home: str, before: datetime) -> AsyncIterator[Finding]:
    """Yield what was started under a wrong type or id. `home` is the task queue of Baton's workers, or empty.

    A run of another type is a finding where its first task still waits, or was tried in vain.
    """
    others = " AND ".join(f"WorkflowType != '{kind}'" for kind in _TYPES)
    where = f"WorkflowId STARTS_WITH '{WORKFLOW_ID}'" + (f" OR TaskQueue = '{home}'" if home else "")
    async for row in client.list_workflows(f"{_OPEN} AND {others} AND ({where})"):
        if await _is_stuck(client, row, before):
            what = f"no worker knows its workflow type {row.workflow_type}: {did_you_mean(row.workflow_type, _TYPES)}"
            yield _finding(row, f"{what} Terminate {row.id} and start it anew")
    async for row in client.list_workflows(f"{_OPEN} AND WorkflowType = 'Conversation'"):
        if not row.id.startswith(WORKFLOW_ID):
            what = f"its workflow's id is {row.id}, so commands and buttons miss it: the id is {WORKFLOW_ID}{row.id}"
            yield _finding(row, f"{what}. Terminate {row.id} and start it anew")


def _finding(row: WorkflowExecution, what: str) -> Finding:
    return finding("misdirected", f"{WORKFLOW_ID}{row.id.removeprefix(WORKFLOW_ID)}", what, row.start_time)


async def _is_stuck(client: Client, row: WorkflowExecution, before: datetime) -> bool:
    """Return whether no worker has done anything for this run. A workflow of another product gets on."""
    described = await unless_missing(client.get_workflow_handle(row.id, run_id=row.run_id).describe())
    if described is None or not described.raw_description.HasField("pending_workflow_task"):
        return False
    task = described.raw_description.pending_workflow_task
    return described.history_length <= _FIRST_TASK and (task.attempt > 1 or is_before(task.scheduled_time, before))


_FIRST_TASK = 5
"""The events of a history before its first task has succeeded: started, scheduled, begun, failed, scheduled again."""
