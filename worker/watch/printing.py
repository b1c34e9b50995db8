"""The findings of `baton audit` on a terminal: how much is left first, then each finding with the command that helps.

Must not ask the server anything.
"""

from typing import assert_never

from rich.markup import escape
from rich.padding import Padding

from activities.audit.findings import AuditReport, Finding
from worker.terminal.printing import local
from worker.terminal.terminal import Terminal

_UNPAUSE = "temporal workflow unpause --workflow-id"


def print_report(console: Terminal, report: AuditReport) -> None:
    """Print what is left, then what was repaired."""
    sign = "[green]✓[/]" if report.is_clean else "[red]✗[/]"
    looked = "1 conversation" if report.looked_at == 1 else f"{report.looked_at} conversations"
    summary = f"{sign} {report.left} left, {report.repaired} repaired; {looked} looked at."
    console.print(summary, soft_wrap=True)
    if len(report.editions) > 1:
        runs = ", ".join(f"{number} in edition {edition}" for edition, number in report.editions.items())
        console.print(f"Open runs: {runs}.", soft_wrap=True)
    if report.heartbeat:
        console.say(f"Heartbeat: {report.heartbeat}.")
    for finding in report.findings:
        _print_finding(console, finding)
    if hidden := sum(report.counts.values()) - len(report.findings):
        console.print(f"… and {hidden} more")


def _print_finding(console: Terminal, finding: Finding) -> None:
    color = "green" if finding.repaired else "yellow" if finding.kind == "terminated" else "red"
    kind = finding.kind.replace("_", " ") + (", repaired" if finding.repaired else "")
    since = f"since {local(finding.since, seconds=True)}" if finding.since else ""
    head = "  ".join(filter(None, (f"[bold]{escape(finding.subject)}[/]", f"[{color}]{kind}[/]", since)))
    console.print(f"\n{head.strip()}", soft_wrap=True)
    console.print(Padding(escape(finding.what), (0, 0, 0, 2)))
    if command := remedy(finding):
        console.say(f"  → {command}")


def remedy(finding: Finding) -> str:
    """Return what a person can do about a finding; empty where it was repaired, or where its text says it."""
    if finding.repaired:
        return ""
    of = f"--team {finding.team}" if finding.team else finding.conversation_id
    workflow_id = f"team/{finding.team}" if finding.team else f"conversation/{finding.conversation_id}"
    match finding.kind:
        case "no_answer":
            return "baton worker, on that task queue"
        case "failing":
            return f"a worker with the fix; until then: baton restart {of}"
        case "set_aside":
            return f"with a worker that has the fix: baton retry {of}"
        case "not_begun":
            return "the first lines of the worker's log say why no policy is found"
        case "overdue" | "lost":
            return f"baton restart {of}"
        case "waiting_effect":
            return "repair that system or start that worker: Baton goes on trying"
        case "stale" | "dead_incident" | "lost_place":
            return "baton audit"
        case "closed_queue":
            return f"baton queue {finding.team}: a worker with that version lets them leave, or baton policy adopt"
        case "paused":
            return f"{_UNPAUSE} {workflow_id}"
        case "terminated":
            return f"to continue it: baton restart {of}"
        case "unseen" | "misdirected":
            return ""
        case _:
            assert_never(finding.kind)
