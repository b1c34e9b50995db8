"""`baton audit`: runs one audit from here, or has a Schedule run it regularly.

Promises to audit without any worker, for a missing worker may be just the problem. Must not judge:
`activities.audit.look` does.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, ScheduleActionStartWorkflow, WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError

from activities.audit.findings import AuditReport, AuditRequest
from activities.audit.look import Audit
from worker.environment.database import open_database
from worker.environment.settings import Settings
from worker.temporal import asking, schedules
from worker.temporal.schedules import read_span
from worker.trouble import TroubleError
from workflows.audit import AUDIT_TYPE

SCHEDULE_ID = "baton-audit"
_GIVE_UP_AFTER = timedelta(minutes=10)
_ANSWERS_WITHIN = timedelta(seconds=10)
_LOOK_EVERY = 0.1


def request(grace: str, *, repair: bool, sweep: int, heartbeat: str, ask: int = 1_000) -> AuditRequest:
    """Return the audit's request from the options of the command line. Raises TroubleError."""
    return AuditRequest(grace=read_span("--grace", grace), repair=repair, sweep=sweep, ask=ask, heartbeat=heartbeat)


@asynccontextmanager
async def database(settings: Settings, warn: Callable[[str], object]) -> AsyncGenerator[AsyncEngine | None]:
    """Yield Baton's database; None where it can't be used, with a warning, because the audit can do without."""
    async with AsyncExitStack() as stack:
        store: AsyncEngine | None = None
        try:
            store = await stack.enter_async_context(open_database(settings))
        except TroubleError as trouble:
            warn(f"{trouble}. Without it the audit forgets what it has reported, and begins nothing from the ledger.")
        yield store


async def look(
    client: Client, asked: AuditRequest, heartbeat: str, store: AsyncEngine | None = None, *, home: str = ""
) -> AuditReport:
    """Run one pass. `home` is the task queue of Baton's workers. Raises TroubleError where the server refuses."""
    try:
        return await Audit(client, heartbeat, store=store, home=home).look(asked)
    except RPCError as error:
        raise asking.refused(error) from None


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The result of a command for one conversation or team. `subject` is the name people call it by."""

    subject: str
    is_done: bool
    text: str


async def restart(client: Client, workflow_id: str, store: AsyncEngine | None, *, task_queue: str) -> CommandResult:
    """Start a conversation or a team again. Raises TroubleError where the server does not let us."""
    try:
        found = await Audit(client, store=store).restart(workflow_id, task_queue)
    except RPCError as error:
        raise asking.refused(error) from None
    except (SQLAlchemyError, OSError) as error:
        why = str(error).partition("\n")[0]
        raise TroubleError(f"The ledger can't be read, and nothing was changed: try again later ({why})") from None
    if found.repaired:
        return CommandResult(found.subject, True, "goes on in a new run, in the state it had before")
    return CommandResult(found.subject, False, f"was not begun again: {found.what}")


async def retry(client: Client, workflow_id: str) -> CommandResult:
    """Have a conversation or a team judge again what it has set aside. Raises TroubleError."""
    kind, _, name = workflow_id.partition("/")
    subject, handle = (f"team {name}" if kind == "team" else name), client.get_workflow_handle(workflow_id)
    try:
        run_id = (await handle.describe()).run_id
        before = await _set_aside(handle)
        if before == []:
            return CommandResult(subject, True, "has nothing set aside")
        await handle.signal("retry", {})
        left = await _left_after(handle, run_id)
    except RPCError as error:
        if asking.is_unknown(error):
            return CommandResult(subject, False, "is not running: `baton audit` says why")
        raise asking.refused(error) from None
    if left is None:
        return CommandResult(subject, False, "judges it again as soon as a worker answers; none does now")
    if left:
        return CommandResult(
            subject, False, f"could not be judged this time either: {left[0]['what']}: {left[0]['why']}"
        )
    return CommandResult(subject, True, f"has judged again the events that were set aside ({len(before or ())})")


async def _set_aside(handle: WorkflowHandle[Any, Any]) -> list[Any] | None:
    """Return what a conversation or a team has set aside; None where no worker answers."""
    try:
        return list((await handle.query("state", rpc_timeout=_ANSWERS_WITHIN)).get("set_aside") or ())
    except (RPCError, WorkflowQueryFailedError):
        return None


async def _left_after(handle: WorkflowHandle[Any, Any], run_id: str) -> list[Any] | None:
    """Return what the next run has set aside; None where that run does not begin in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_ANSWERS_WITHIN.total_seconds()):
            while True:
                is_next = (await handle.describe()).run_id != run_id
                if is_next and (left := await _set_aside(handle)) is not None:  # a new run can't be asked at once
                    return left
                await asyncio.sleep(_LOOK_EVERY)
    return None


async def schedule(client: Client, when: str, asked: AuditRequest, *, task_queue: str) -> str:
    """Have a worker run the audit regularly, or no more where `when` is empty. Return a sentence for the terminal."""
    if not when:
        return await schedules.remove(client, SCHEDULE_ID)
    action = ScheduleActionStartWorkflow(
        AUDIT_TYPE, asked, id=SCHEDULE_ID, task_queue=task_queue, execution_timeout=_GIVE_UP_AFTER
    )
    return await schedules.keep(client, SCHEDULE_ID, action, when)
