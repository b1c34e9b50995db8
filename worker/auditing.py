"""`baton audit`: look once from here, or have a Schedule look again and again.

Promises to look without any worker, which may be just what is missing. Must not judge: `activities.audit` does.
"""

from datetime import timedelta

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from temporalio.client import Client, ScheduleActionStartWorkflow
from temporalio.service import RPCError

from activities.audit import Audit
from activities.findings import AuditReport, AuditRequest
from worker import schedules
from worker.asking import AskedWrongError
from worker.printing import local
from worker.schedules import read_span
from workflows.audit import AUDIT_TYPE

SCHEDULE_ID = "baton-audit"
_GIVE_UP_AFTER = timedelta(minutes=10)


def request(grace: str, *, repair: bool, sweep: int, heartbeat: str) -> AuditRequest:
    """What was asked for, in the words of the command line. Raises AskedWrongError."""
    return AuditRequest(grace=read_span("--grace", grace), repair=repair, sweep=sweep, heartbeat=heartbeat)


async def look(client: Client, asked: AuditRequest, heartbeat: str) -> AuditReport:
    """One pass. Raises AskedWrongError where the server does not let us look."""
    try:
        return await Audit(client, heartbeat).look(asked)
    except RPCError as error:
        raise AskedWrongError(f"The audit could not look at the conversations: {error.message}") from None


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
            found = f"[green]{kind}, repaired[/]" if finding.repaired else f"[red]{kind}[/]"
            table.add_row(escape(finding.conversation_id), found, since, escape(finding.what))
        console.print(table)
    if hidden := report.left + report.repaired - len(report.findings):
        console.print(f"… and {hidden} more")
    sign = "[green]✓[/]" if report.is_clean else "[red]✗[/]"
    looked = "1 conversation" if report.looked_at == 1 else f"{report.looked_at} conversations"
    heartbeat = f" Heartbeat: {report.heartbeat}." if report.heartbeat else ""
    summary = f"{sign} {looked} looked at, {report.repaired} repaired, {report.left} left.{heartbeat}"
    console.print(summary, highlight=False, soft_wrap=True)
