"""Starts, tells and reads outages from outside, for the command line.

Promises sentences instead of stack traces. Must not print.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from pydantic import BaseModel
from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowQueryFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.outages.open_outages import MEMO
from worker.temporal.asking import is_unanswered, is_unknown, refused
from worker.trouble import TroubleError
from workflows.contract import ID_PREFIX, OUTAGE, OUTAGE_PREFIX, OUTAGE_TYPE, WORKFLOW_TYPE

_ANSWERS_WITHIN = 15.0
_LOOK_EVERY = 0.1
_MOST = 200
"""The most outages, and the most conversations of one outage, that are listed."""


class OutageRow(BaseModel):
    """An outage in a list. `part` is the number of open conversations that are part of it; None once it is over."""

    name: str
    opened_at: datetime
    until: datetime | None = None
    ended_at: datetime | None = None
    policy: str = ""
    part: int | None = None


async def start(client: Client, name: str, body: Mapping[str, Any], *, task_queue: str) -> dict[str, Any]:
    """Open an outage, and return how it stands. Raises TroubleError where it is open already, or is refused."""
    try:
        handle = await client.start_workflow(
            OUTAGE_TYPE,
            dict(body),
            id=OUTAGE_PREFIX + name,
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=f"Outage {name}",
        )
    except WorkflowAlreadyStartedError:
        raise TroubleError(f"Outage {name} is open already: `baton outage update {name}` changes it") from None
    except RPCError as error:
        raise refused(error) from None
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN):
            while not (state := await _state(client, name)):
                if (await handle.describe()).status == WorkflowExecutionStatus.FAILED:
                    await handle.result()
                await asyncio.sleep(_LOOK_EVERY)
    except WorkflowFailureError as error:
        why = error.cause.message if isinstance(error.cause, ApplicationError) else str(error.cause)
        raise TroubleError(f"Outage {name} was not opened: {why}") from None
    except TimeoutError:
        raise TroubleError(f"Outage {name} was started, but no worker has begun it: see whether one runs") from None
    return state


async def _state(client: Client, name: str) -> dict[str, Any]:
    """Return how an outage stands; empty in its first moments, and while no worker answers."""
    try:
        return await client.get_workflow_handle(OUTAGE_PREFIX + name).query("state")
    except WorkflowQueryFailedError:
        return {}
    except RPCError as error:
        if is_unanswered(error):
            return {}
        raise refused(error) from None


async def send(client: Client, name: str, signal: str, body: Mapping[str, Any]) -> None:
    """Send a signal to an open outage. Raises TroubleError where it is not open."""
    try:
        await client.get_workflow_handle(OUTAGE_PREFIX + name).signal(signal, dict(body))
    except RPCError as error:
        raise _missing(name) if is_unknown(error) else refused(error) from None


async def show(client: Client, name: str) -> dict[str, Any]:
    """Return how an outage stands, with the conversations that are part of it. Raises TroubleError."""
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN):
            shown = await client.get_workflow_handle(OUTAGE_PREFIX + name).query("state")
    except (TimeoutError, WorkflowQueryFailedError):
        raise TroubleError(f"Outage {name} does not answer: see whether a worker runs") from None
    except RPCError as error:
        raise _missing(name) if is_unknown(error) else refused(error) from None
    rows = client.list_workflows(_part_of(name), limit=_MOST)
    return {**shown, "conversations": [row.id.removeprefix(ID_PREFIX) async for row in rows]}


async def outages(client: Client, *, only_open: bool) -> list[OutageRow]:
    """Return the outages that the server knows, the newest first."""
    where = f"WorkflowType = '{OUTAGE_TYPE}'" + (" AND ExecutionStatus = 'Running'" if only_open else "")
    try:
        rows = [row async for row in client.list_workflows(where, limit=_MOST)]
        found = [await _row(client, row) for row in rows if row.status != WorkflowExecutionStatus.FAILED]
    except RPCError as error:
        raise refused(error) from None
    return sorted(found, key=lambda row: row.opened_at, reverse=True)


async def _row(client: Client, row: WorkflowExecution) -> OutageRow:
    memo = (await row.memo()).get(MEMO)
    news: Mapping[str, Any] = cast("Mapping[str, Any]", memo) if isinstance(memo, Mapping) else {}
    name, is_open = row.id.removeprefix(OUTAGE_PREFIX), row.status == WorkflowExecutionStatus.RUNNING
    part = (await client.count_workflows(_part_of(name))).count if is_open else None
    return OutageRow(
        name=name,
        opened_at=news.get("began_at") or row.start_time,
        until=news.get("until"),
        ended_at=row.close_time,
        policy=str(news.get("policy") or ""),
        part=part,
    )


def _part_of(name: str) -> str:
    return f"WorkflowType = '{WORKFLOW_TYPE}' AND ExecutionStatus = 'Running' AND {OUTAGE.name} = '{name}'"


def _missing(name: str) -> TroubleError:
    return TroubleError(f"There is no open outage {name}: `baton outage list` shows those that are open")
