"""`baton audit`: look once from here, or have a Schedule look again and again.

Promises to look without any worker, which may be just what is missing. Must not judge: `activities.audit` does.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, ScheduleActionStartWorkflow
from temporalio.service import RPCError

from activities.audit import Audit
from activities.findings import AuditReport, AuditRequest
from worker import asking, schedules
from worker.asking import AskedWrongError
from worker.database import open_database
from worker.printing import local
from worker.schedules import read_span
from worker.settings import Settings
from worker.trouble import TroubleError
from workflows.audit import AUDIT_TYPE

SCHEDULE_ID = "baton-audit"
_GIVE_UP_AFTER = timedelta(minutes=10)


def request(grace: str, *, repair: bool, sweep: int, heartbeat: str, ask: int = 1_000) -> AuditRequest:
    """What was asked for, in the words of the command line. Raises AskedWrongError."""
    return AuditRequest(grace=read_span("--grace", grace), repair=repair, sweep=sweep, ask=ask, heartbeat=heartbeat)


@asynccontextmanager
async def database(settings: Settings, warn: Callable[[str], object]) -> AsyncGenerator[AsyncEngine | None]:
    """Baton's database; none where it can't be used, with a warning, because the audit can do without."""
    async with AsyncExitStack() as stack:
        store: AsyncEngine | None = None
        try:
            store = await stack.enter_async_context(open_database(settings))
        except TroubleError as trouble:
            warn(f"{trouble}. Without it the audit forgets what it has reported, and begins nothing from the ledger.")
        yield store


async def look(client: Client, asked: AuditRequest, heartbeat: str, store: AsyncEngine | None = None) -> AuditReport:
    """One pass. Raises AskedWrongError where the server does not let us look."""
    try:
        return await Audit(client, heartbeat, store=store).look(asked)
    except RPCError as error:
        raise AskedWrongError(f"The audit could not look at the conversations: {error.message}") from None


async def restart(client: Client, workflow_id: str, store: AsyncEngine | None, *, task_queue: str) -> str:
    """Begin a conversation or a team again, as a sentence. Raises AskedWrongError where nothing is known of it."""
    try:
        found = await Audit(client, store=store).restart(workflow_id, task_queue)
    except RPCError as error:
        raise asking.refused(client, error) from None
    if not found.repaired:
        raise AskedWrongError(f"{found.subject}: {found.what}")
    return f"{found.subject}: {found.what}"


async def retry(client: Client, workflow_id: str) -> str:
    """Have a conversation or a team judge again what it has set aside, as a sentence. Raises AskedWrongError."""
    name = workflow_id.partition("/")[2]
    try:
        await client.get_workflow_handle(workflow_id).signal("retry", {})
    except RPCError as error:
        if asking.is_unknown(error):
            raise AskedWrongError(f"{name} is not running: `baton audit` says why") from None
        raise asking.refused(client, error) from None
    return f"{name} judges again what it has set aside."


async def schedule(client: Client, when: str, asked: AuditRequest, *, task_queue: str) -> str:
    """Have a worker look that often, as a sentence."""
    action = ScheduleActionStartWorkflow(
        AUDIT_TYPE, asked, id=SCHEDULE_ID, task_queue=task_queue, execution_timeout=_GIVE_UP_AFTER
    )
    return await schedules.keep(client, SCHEDULE_ID, action, when)


async def unschedule(client: Client) -> str:
    """Look no more, as a sentence."""
    return await schedules.remove(client, SCHEDULE_ID)


def print_report(console: Console, report: AuditReport) -> None:
    """What was found, and what came of it."""
    if report.findings:
        table = Table("Conversation", "Found", "Since", "What", box=None, pad_edge=False, header_style="bold")
        table.columns[-1].overflow = "fold"
        for finding in report.findings:
            kind = finding.kind.replace("_", " ")
            since = local(finding.since, seconds=True)
            color = "yellow" if finding.kind == "terminated" else "red"
            found = f"[green]{kind}, repaired[/]" if finding.repaired else f"[{color}]{kind}[/]"
            table.add_row(escape(finding.subject), found, since, escape(finding.what))
        console.print(table)
    if hidden := sum(report.counts.values()) - len(report.findings):
        console.print(f"… and {hidden} more")
    sign = "[green]✓[/]" if report.is_clean else "[red]✗[/]"
    looked = "1 conversation" if report.looked_at == 1 else f"{report.looked_at} conversations"
    heartbeat = f" Heartbeat: {report.heartbeat}." if report.heartbeat else ""
    summary = f"{sign} {looked} looked at, {report.repaired} repaired, {report.left} left.{heartbeat}"
    console.print(summary, highlight=False, soft_wrap=True)
