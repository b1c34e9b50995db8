"""`baton drill`: rehearses an escalation, and reports who was called, when, and who came.

Promises that a drill runs what runs in an emergency: it is a conversation like any other, without a customer. Must not
decide how it went: the conversation does.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client, ScheduleActionStartWorkflow

from worker.temporal import asking, schedules
from worker.terminal.printing import columns, local
from worker.terminal.terminal import Terminal
from workflows.contract import ID_PREFIX, WORKFLOW_TYPE

_PREFIX = "drill-"
_LOOK_EVERY = 0.5
_TOLD = ("paged", "step_delivered", "step_not_delivered", "step_unreachable", "step_passed_over", "acknowledged")


def body_of(escalation: str, policy: str) -> dict[str, Any]:
    """Return the start of a drill."""
    return {"drill": escalation, "policy": policy, "channel": "drill"}


async def begin(client: Client, escalation: str, policy: str, *, task_queue: str) -> str:
    """Start a drill. Return its conversation's id."""
    name = f"{_PREFIX}{escalation}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    await asking.start(client, name, body_of(escalation, policy), task_queue=task_queue)
    return name


async def follow(client: Client, name: str, console: Terminal) -> dict[str, Any]:
    """Print what happens as it happens, until the drill is over. Return everything known about the drill."""
    shown = 0
    while True:
        told = await asking.show(client, name)
        lines = told["timeline"]
        for line in lines[shown:]:
            console.print(
                f"[dim]{local(line['at'], seconds=True)}[/]  {line['text']}",
                soft_wrap=True,
            )
        shown = len(lines)
        if told["state"]["status"] == "resolved":
            return told
        await asyncio.sleep(_LOOK_EVERY)


def outcome(told: dict[str, Any]) -> tuple[bool, str]:
    """Return whether a person came, and a sentence on how the drill ended."""
    run = next(iter(told["state"]["pages"]), None)
    ended = next((line["text"] for line in reversed(told["timeline"]) if line["kind"] == "drill_ended"), "")
    return bool(run and run["acknowledged_by"]), ended


def print_outcome(console: Terminal, told: dict[str, Any]) -> None:
    """Print the calls that were made, and one line on how the drill ended."""
    came, ended = outcome(told)
    table = columns("When", "What")
    for line in told["timeline"]:
        if line["kind"] in _TOLD:
            table.add_row(local(line["at"], seconds=True), line["text"])
    if table.row_count:
        console.print(table)
    console.print(f"{'[green]✓[/]' if came else '[red]✗[/]'} {ended}", soft_wrap=True)


async def schedule(client: Client, escalation: str, policy: str, when: str, *, task_queue: str) -> str:
    """Have an escalation rehearsed regularly, or no more where `when` is empty. Return a sentence for the terminal.

    The lead of the escalation hears how each drill went.
    """
    name = f"{_PREFIX}{escalation}"
    if not when:
        return await schedules.remove(client, f"baton-{name}")
    action = ScheduleActionStartWorkflow(
        WORKFLOW_TYPE, body_of(escalation, policy), id=ID_PREFIX + name, task_queue=task_queue
    )
    return await schedules.keep(client, f"baton-{name}", action, when)
