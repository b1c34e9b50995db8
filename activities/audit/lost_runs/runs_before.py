"""Finds out from the server whether a conversation's work was over when its latest run ended.

Promises one look at the run before the present one, for a conversation that the ledger knows as open: a person may have
terminated it before any audit saw that. Must not change anything.
"""

import json

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowHistoryEventFilterType
from temporalio.client import WorkflowExecutionStatus as Status
from temporalio.common import SearchAttributeKey

from activities.audit.lost_runs.endings import who_ended

_STATUS = SearchAttributeKey.for_keyword("BatonStatus")
_LATEST = 20
"""The most runs of one id that are compared; the server lists the latest first."""


class RunsBefore:
    """The runs that the server still knows."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def was_over(self, workflow_id: str, run_id: str) -> bool:
        """Return whether the run before this one was resolved and completed, or was terminated by a person.

        False where the server ended it, and where the server does not know it any more.
        """
        listed = self._client.list_workflows(f"WorkflowId = {json.dumps(workflow_id)}", limit=_LATEST)
        others = [row async for row in listed if row.run_id != run_id]
        if not others:
            return False
        latest = max(others, key=lambda row: row.start_time)
        # Lists may be a moment behind; a description is always right.
        described = await self._client.get_workflow_handle(workflow_id, run_id=latest.run_id).describe()
        if described.status == Status.COMPLETED:
            return described.typed_search_attributes.get(_STATUS) == "resolved"
        return described.status == Status.TERMINATED and await self._is_by_a_person(described)

    async def _is_by_a_person(self, described: WorkflowExecutionDescription) -> bool:
        last: HistoryEvent | None = None
        handle = self._client.get_workflow_handle(described.id, run_id=described.run_id)
        wanted = WorkflowHistoryEventFilterType.CLOSE_EVENT
        async for event in handle.fetch_history_events(event_filter_type=wanted):
            last = event
        _, person = who_ended(described, last)
        return last is not None and bool(person)
