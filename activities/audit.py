"""The audit: open conversations, their due times and what was done about them, compared from outside.

Promises to find what no conversation can report of itself, such as one that nobody serves, and to give a sign of life
only after a pass that left nothing: an auditor that is blind or switched off falls silent, which a monitor notices.
Must not decide anything about a conversation; a nudge has it look at the time itself.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout
from temporalio import activity
from temporalio.client import Client, WorkflowExecution
from temporalio.common import SearchAttributeKey

from activities.accepted import server_now
from activities.findings import AuditReport, AuditRequest, Finding, report
from activities.inspection import Inspector, Suspect
from activities.stopped import lost, paused

log: Any = structlog.get_logger("baton.audit")

_ASK_WITHIN = timedelta(seconds=5)
_PING_WITHIN = ClientTimeout(total=10)
_SIDE_BY_SIDE = 20
"""Conversations looked at together; what a server does not notice."""
_OPEN = "WorkflowType = 'Conversation' AND ExecutionStatus = 'Running'"
_DEADLINE = SearchAttributeKey.for_datetime("BatonNextDeadline")


class Audit:
    """Looks from outside, with a client of its own; the same from the command line and from a Schedule."""

    def __init__(self, client: Client, heartbeat: str = "", *, ask_within: timedelta = _ASK_WITHIN) -> None:
        """`heartbeat` is the address to call after a clean pass that names none itself."""
        self._client = client
        self._heartbeat = heartbeat
        self._ask_within = ask_within

    @activity.defn(name="audit.run")
    async def run(self, request: AuditRequest) -> AuditReport:
        """One pass, counted and logged."""
        found = await self.look(request)
        counter = activity.metric_meter().create_counter("baton_audit_findings", "What the audit found, by kind")
        for kind, number in found.counts.items():
            counter.add(number, {"kind": kind})
        is_heard = not found.heartbeat.startswith("not ")
        tell = log.info if found.is_clean and is_heard else log.warning
        tell("audit.passed", **found.model_dump(mode="json", exclude={"at", "findings"}))
        return found

    async def look(self, request: AuditRequest, *, now: datetime | None = None) -> AuditReport:
        """One pass, as of `now`."""
        at = now or server_now()
        inspector = Inspector(self._client, request, at, self._ask_within)
        suspects, unseen = await self._suspects(request, at - request.grace)
        turns = asyncio.Semaphore(_SIDE_BY_SIDE)

        async def inspect(suspect: Suspect) -> list[Finding]:
            async with turns:
                return await inspector.inspect(suspect)

        looks = await asyncio.gather(*(inspect(suspect) for suspect in suspects.values()))
        stopped = [finding for kind in (paused, lost) async for finding in kind(self._client, at)]
        looked_at = len(suspects) + len(stopped)
        found = report(at, looked_at, [*unseen, *stopped, *(finding for look in looks for finding in look)])
        url = request.heartbeat or self._heartbeat
        return found.model_copy(update={"heartbeat": await _ping(url)}) if found.is_clean and url else found

    async def _suspects(self, request: AuditRequest, before: datetime) -> tuple[dict[str, Suspect], list[Finding]]:
        """Those whose search attributes tell, found by indexes alone; then, up to a number, everybody else."""
        limit = before.isoformat()
        listed = (
            f"{_OPEN} AND (BatonNextDeadline < '{limit}' OR TemporalReportedProblems IS NOT NULL"
            f" OR (BatonStatus IS NULL AND ExecutionTime < '{limit}'))"
        )
        suspects = {row.id: _suspect(row, is_listed=True) async for row in self._client.list_workflows(listed)}
        number = 0
        async for row in self._rows(request.sweep):
            number += 1
            if number > request.sweep:
                what = f"only {request.sweep} open conversations were looked at one by one: raise --sweep"
                return suspects, [Finding(kind="unseen", conversation_id="", what=what)]
            suspects.setdefault(row.id, _suspect(row, is_listed=False))
        return suspects, []

    async def _rows(self, sweep: int) -> AsyncIterator[WorkflowExecution]:
        if sweep > 0:
            async for row in self._client.list_workflows(_OPEN, limit=sweep + 1):
                yield row


def _suspect(row: WorkflowExecution, *, is_listed: bool) -> Suspect:
    return Suspect(row.id, row.typed_search_attributes.get(_DEADLINE), is_listed)


async def _ping(url: str) -> str:
    """What came of a sign of life. A monitor that is down is no fault of the conversations."""
    try:
        async with ClientSession(timeout=_PING_WITHIN) as session, session.get(url) as answer:
            return "pinged" if answer.status < 400 else f"not pinged: the monitor answered {answer.status}"
    except (ClientError, TimeoutError, ValueError) as error:
        return f"not pinged: {error or type(error).__name__}"
