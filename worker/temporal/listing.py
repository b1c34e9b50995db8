"""Lists conversations from outside, the most urgent first, and asks them what no list of the server may hold.

The server's lists hold no personal data, so a conversation itself says its subject, its customer and since when it is
late. Promises a list where no worker answers, too. Must not print.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowExecution, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from worker.temporal.asking import refused, unreadable_filter
from worker.temporal.registry import attributes_trouble
from worker.trouble import TroubleError
from workflows.contract import (
    ASSIGNEE,
    CHANNEL,
    ID_PREFIX,
    NEXT_DEADLINE,
    PRIORITY,
    SLA_STATE,
    STATUS,
    TAGS,
    TEAM,
    WORKFLOW_TYPE,
)

_OPEN = "ExecutionStatus = 'Running'"
LATE = f"{_OPEN} AND {SLA_STATE.name} = 'breached'"
_AT_RISK = f"{_OPEN} AND {SLA_STATE.name} = 'at_risk'"
_NEITHER = f"{SLA_STATE.name} IS NULL OR ({SLA_STATE.name} != 'breached' AND {SLA_STATE.name} != 'at_risk')"
_URGENCIES = (LATE, _AT_RISK, f"{_OPEN} AND ({_NEITHER})", "ExecutionStatus != 'Running'")
"""The filters of the most urgent conversations first: late, almost late, the other open ones, and those that closed."""
_ANSWERS_WITHIN = timedelta(seconds=2)
_SIDE_BY_SIDE = 10
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """One conversation in a list. Subject, customer and lateness are empty where no worker answered for it."""

    id: str
    status: str
    team: str
    assignee: str
    sla: str
    priority: str
    channel: str
    tags: tuple[str, ...]
    next_deadline: datetime | None
    run_id: str
    subject: str = ""
    customer: str = ""
    late_since: datetime | None = None


async def running(client: Client, query: str = "") -> list[str]:
    """Return the ids of the running conversations that match a filter. Raises TroubleError for an invalid filter."""
    where = f"WorkflowType = '{WORKFLOW_TYPE}' AND ExecutionStatus = 'Running'" + (f" AND ({query})" if query else "")
    try:
        return [found.id.removeprefix(ID_PREFIX) async for found in client.list_workflows(where)]
    except RPCError as error:
        is_filter = error.status == RPCStatusCode.INVALID_ARGUMENT
        raise (TroubleError(unreadable_filter(error)) if is_filter else refused(error)) from None


async def listing(client: Client, query: str, limit: int) -> list[ConversationRow]:
    """Return conversations by search attributes, the most urgent first. Raises TroubleError for an invalid filter."""
    found: list[ConversationRow] = []
    for urgency in _URGENCIES:
        if len(found) < limit:
            wanted = f"WorkflowType = '{WORKFLOW_TYPE}' AND {urgency}" + (f" AND ({query})" if query else "")
            rows = await _rows(client, wanted, limit - len(found))
            found += await _told(client, rows) if _OPEN in urgency else rows
    return found


async def _rows(client: Client, where: str, limit: int) -> list[ConversationRow]:
    try:
        return [_row(each) async for each in client.list_workflows(where, limit=limit)]
    except RPCError as error:
        if error.status != RPCStatusCode.INVALID_ARGUMENT:
            raise refused(error) from None
        trouble = ""
        with suppress(RPCError):
            trouble = await attributes_trouble(client)
        raise TroubleError(trouble or unreadable_filter(error)) from None


async def _told(client: Client, rows: Sequence[ConversationRow]) -> list[ConversationRow]:
    """Return the rows with what the conversations say, sorted: late for the longest, then due the soonest."""
    turns, silent = asyncio.Semaphore(_SIDE_BY_SIDE), asyncio.Event()

    async def one(row: ConversationRow) -> ConversationRow:
        async with turns:
            if silent.is_set():  # no worker answers, so the others are not asked
                return row
            try:
                handle = client.get_workflow_handle(ID_PREFIX + row.id, run_id=row.run_id)
                return _with_state(row, await handle.query("state", rpc_timeout=_ANSWERS_WITHIN))
            except RPCError as error:
                if error.status != RPCStatusCode.NOT_FOUND:
                    silent.set()
            except WorkflowQueryFailedError:
                pass
            return row

    told = await asyncio.gather(*map(one, rows))
    return sorted(told, key=lambda row: (row.late_since or _FOR_EVER, row.next_deadline or _FOR_EVER, row.id))


def _with_state(row: ConversationRow, state: Mapping[str, Any]) -> ConversationRow:
    of = state.get("customer") or {}
    tier = f" ({of['tier']})" if of.get("tier") else ""
    customer = f"{of.get('name') or of.get('id') or ''}{tier}".strip()
    late = _late_since(state.get("clocks") or ())
    return replace(row, subject=str(state.get("subject") or ""), customer=customer, late_since=late)


def _late_since(clocks: Iterable[Mapping[str, Any]]) -> datetime | None:
    """Return when the first open promise was broken; None where none is."""
    due = (clock["due_at"] for clock in clocks if clock["state"] == "breached" and not clock["ended_at"])
    return min((datetime.fromisoformat(at) for at in due if at), default=None)


def _row(found: WorkflowExecution) -> ConversationRow:
    texts, others = (STATUS, TEAM, ASSIGNEE, SLA_STATE, PRIORITY, CHANNEL), found.typed_search_attributes
    return ConversationRow(
        found.id.removeprefix(ID_PREFIX),
        *(others.get(key) or "" for key in texts),
        tags=tuple(others.get(TAGS) or ()),
        next_deadline=others.get(NEXT_DEADLINE),
        run_id=found.run_id,
    )
