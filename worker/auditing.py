"""`baton audit`: look once from here, or have a Schedule look again and again.

Promises to look without any worker, which may be just what is missing. Must not judge: `activities.audit` does.
"""

from datetime import timedelta

from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.audit import Audit
from activities.findings import AuditReport, AuditRequest
from policies.part import Span, format_span
from worker.asking import AskedWrongError
from workflows.audit import AUDIT_TYPE

SCHEDULE_ID = "baton-audit"
_GIVE_UP_AFTER = timedelta(minutes=10)
_CATCH_UP = timedelta(minutes=1)
"""An audit that was missed tells nothing that the next one does not."""


def request(grace: str, *, repair: bool, sweep: int, heartbeat: str) -> AuditRequest:
    """What was asked for, in the words of the command line. Raises AskedWrongError."""
    return AuditRequest(grace=_span("--grace", grace), repair=repair, sweep=sweep, heartbeat=heartbeat)


def _span(option: str, text: str) -> timedelta:
    """A duration as policies write it."""
    try:
        return TypeAdapter[timedelta](Span).validate_python(text)
    except ValidationError as error:
        raise AskedWrongError(f"{option}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None


async def look(client: Client, asked: AuditRequest, heartbeat: str) -> AuditReport:
    """One pass. Raises AskedWrongError where the server does not let us look."""
    try:
        return await Audit(client, heartbeat).look(asked)
    except RPCError as error:
        raise AskedWrongError(f"The audit could not look at the conversations: {error.message}") from None


async def schedule(client: Client, every: str, asked: AuditRequest, *, task_queue: str) -> str:
    """Have a worker look that often, as a sentence. A Schedule that is there already is changed, and stays paused."""
    interval = _span("--schedule", every.removeprefix("every="))
    wanted = Schedule(
        action=ScheduleActionStartWorkflow(
            AUDIT_TYPE, asked, id=SCHEDULE_ID, task_queue=task_queue, execution_timeout=_GIVE_UP_AFTER
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=interval)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_CATCH_UP),
    )
    try:
        await client.create_schedule(SCHEDULE_ID, wanted)
    except ScheduleAlreadyRunningError:

        async def change(found: ScheduleUpdateInput) -> ScheduleUpdate:
            wanted.state = found.description.schedule.state
            return ScheduleUpdate(wanted)

        await client.get_schedule_handle(SCHEDULE_ID).update(change)
        return f"The Schedule {SCHEDULE_ID} was changed: it looks every {format_span(interval)}."
    return f"The Schedule {SCHEDULE_ID} looks every {format_span(interval)}."


async def unschedule(client: Client) -> str:
    """Look no more, as a sentence."""
    try:
        await client.get_schedule_handle(SCHEDULE_ID).delete()
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return f"There is no Schedule {SCHEDULE_ID}."
    return f"The Schedule {SCHEDULE_ID} is gone."


def print_report(console: Console, report: AuditReport) -> None:
    """What was found, and what came of it."""
    if report.findings:
        table = Table("Conversation", "Found", "Since", "What", box=None, pad_edge=False, header_style="bold")
        table.columns[-1].overflow = "fold"
        for finding in report.findings:
            kind = finding.kind.replace("_", " ")
            since = finding.since.astimezone().strftime("%a %d %b %H:%M:%S") if finding.since else ""
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
