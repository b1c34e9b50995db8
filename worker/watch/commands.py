"""`baton audit`, `retry`, `restart` and `drill`: check whether promises are kept, and help where they are not.

Must not judge: `auditing` and the conversations do.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from worker.terminal.running import AsJson, awaited, give, open_client, read_settings
from worker.terminal.terminal import Terminal

if TYPE_CHECKING:
    from worker.watch.auditing import CommandResult

ConversationIds = Annotated[list[str] | None, typer.Argument(help="Ids of conversations.")]
TeamNames = Annotated[list[str] | None, typer.Option(help="A team with a queue; may be repeated.")]
app = typer.Typer()
out, err = Terminal(), Terminal(stderr=True)


@app.command(epilog="Example: baton audit --no-repair   ·   baton audit --json   ·   baton audit --schedule every=5m")
@awaited
async def audit(
    grace: Annotated[str, typer.Option(help="How late an action may be.")] = "60s",
    repair: Annotated[bool, typer.Option(help="Repair what can be repaired, or only report.")] = True,
    sweep: Annotated[
        int, typer.Option(help="How many open conversations to look at one by one; 0: use lists only.")
    ] = 20_000,
    ask: Annotated[
        int, typer.Option(help="How many of these to ask how they stand, even if nothing looks wrong.")
    ] = 1_000,
    heartbeat: Annotated[str, typer.Option(help="Call this address after a pass without open findings.")] = "",
    every: Annotated[
        str, typer.Option("--schedule", metavar="every=5m", help="Have a worker run the audit that often.")
    ] = "",
    unschedule: Annotated[bool, typer.Option("--unschedule", help="Remove the schedule.")] = False,
    as_json: AsJson = False,
) -> int:
    """Find every conversation and team that stands still, and repair what can be repaired.

    Exit code 0: nothing is left. 1: something is left, with the command that helps.
    """
    from worker.watch import auditing
    from worker.watch.printing import print_report

    client, settings = await open_client(), read_settings()
    asked = auditing.request(grace, repair=repair, sweep=sweep, heartbeat=heartbeat, ask=ask)
    if every or unschedule:
        when = "" if unschedule else every
        out.print(await auditing.schedule(client, when, asked, task_queue=settings.task_queue))
        return 0
    async with auditing.database(settings, _warn) as store:
        report = await auditing.look(client, asked, settings.audit_heartbeat, store, home=settings.task_queue)
    print(report.model_dump_json()) if as_json else print_report(out, report)
    return 0 if report.is_clean else 1


@app.command(epilog="Example: baton retry c-42 c-43   ·   baton retry --team billing")
@awaited
async def retry(conversations: ConversationIds = None, team: TeamNames = None, as_json: AsJson = False) -> int:
    """Have a conversation judge its set-aside events again.

    A worker with the fix must be running. Exit code 1: something could still not be judged.
    """
    from worker.watch import auditing

    client = await open_client()
    told = [await auditing.retry(client, workflow_id) for workflow_id in _named(conversations, team)]
    return _tell(told, as_json=as_json)


@app.command(epilog="Example: baton restart c-42   ·   baton restart --team billing")
@awaited
async def restart(conversations: ConversationIds = None, team: TeamNames = None, as_json: AsJson = False) -> int:
    """End the run of a conversation and go on in a new run, in the same state. Nothing is sent twice.

    Exit code 1: a conversation was left as it is, because nothing is known of it.
    """
    from worker.watch import auditing

    client, settings = await open_client(), read_settings()
    async with auditing.database(settings, _warn) as store:
        told = [
            await auditing.restart(client, workflow_id, store, task_queue=settings.task_queue)
            for workflow_id in _named(conversations, team)
        ]
    return _tell(told, as_json=as_json)


def _tell(told: "Sequence[CommandResult]", *, as_json: bool) -> int:
    """Print one line for each, the failures to the error output. Return the exit code."""

    def show() -> None:
        for each in told:
            line = f"{each.subject} {each.text}"
            out.say(line) if each.is_done else err.say(f"✗ {line}")

    give(as_json, told, show)
    return 0 if all(each.is_done for each in told) else 1


def _named(conversations: list[str] | None, teams: list[str] | None) -> list[str]:
    from worker.terminal.team_names import key_of_team

    keys = [key_of_team(name, read_settings()) for name in teams or ()]
    named = [*(f"conversation/{name}" for name in conversations or ()), *(f"team/{key}" for key in keys)]
    if not named:
        raise typer.BadParameter("name a conversation, or a team with --team")
    return named


def _warn(line: str) -> None:
    err.say(f"! {line}")


@app.command(epilog='Example: baton drill support-on-call   ·   baton drill support-on-call --schedule "0 10 * * MON"')
@awaited
async def drill(
    escalation: Annotated[str, typer.Argument(help="An escalation of the policy.")],
    policy: Annotated[str, typer.Option(help="The policy; without it the worker's default one.")] = "",
    schedule: Annotated[str, typer.Option(help="Repeat the drill: every=7d, or a cron line in UTC.")] = "",
    unschedule: Annotated[bool, typer.Option(help="Remove the schedule of this drill.")] = False,
    wait: Annotated[bool, typer.Option(help="Watch it to its end; exit code 1 if no person acknowledges.")] = True,
    as_json: AsJson = False,
) -> int:
    """Rehearse an escalation: people are called as in an emergency, and you see who acknowledges. Not in reports."""
    from worker.on_call import drilling

    client, settings = await open_client(), read_settings()
    named, queue = policy or settings.default_policy, settings.task_queue
    if schedule or unschedule:
        out.print(await drilling.schedule(client, escalation, named, schedule, task_queue=queue))
        return 0
    name = await drilling.begin(client, escalation, named, task_queue=queue)
    if not wait:
        out.print(f"Started {name}: baton show {name}")
        return 0
    told = await drilling.follow(client, name, err if as_json else out)
    give(as_json, told, lambda: drilling.print_outcome(out, told))
    return 0 if drilling.outcome(told)[0] else 1
