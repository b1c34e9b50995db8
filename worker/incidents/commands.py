"""`baton incident …`: lists incidents, shows the conversations of one, and ends one.

Promises that listing and showing need only the database. Must not know what an incident does: its conversation does.
"""

from typing import Annotated

import typer

from worker.terminal.running import AsJson, awaited, give, open_client, read_settings
from worker.terminal.terminal import Terminal

app = typer.Typer(no_args_is_help=True, help="Incidents: many conversations that call people for the same reason.")
out = Terminal()

Id = Annotated[str, typer.Argument(help="An incident, as `baton incident list` shows it.")]


@app.command(name="list", epilog="Example: baton incident list --all")
@awaited
async def list_incidents(
    ended: Annotated[bool, typer.Option("--all", help="Also incidents that have ended.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List incidents, the newest first: since when, why, and how many conversations."""
    from activities.incidents.store import IncidentStore
    from worker.environment.database import open_database
    from worker.incidents import listing

    async with open_database(read_settings()) as database:
        found = await IncidentStore(database).incidents(only_open=not ended, limit=limit)
    give(as_json, found, lambda: listing.print_incidents(out, found))


@app.command(epilog="Example: baton incident show incident-support-on-call-3f9a1c-1 --json")
@awaited
async def show(incident: Id, as_json: AsJson = False) -> None:
    """Show an incident: every conversation it calls for, or called for, and how each stands."""
    from worker.incidents import listing

    found, members = await listing.find(read_settings(), incident)
    give(as_json, listing.as_data(found, members), lambda: listing.print_incident(out, found, members))


@app.command(epilog="Example: baton incident release incident-support-on-call-3f9a1c-1")
@awaited
async def release(
    incident: Id,
    actor: Annotated[str, typer.Option(help="Your name, for the timeline.", envvar="USER")] = "operator",
    note: Annotated[str, typer.Option(help="Why, for the timeline.")] = "",
) -> None:
    """End an incident: every conversation that still waits calls people by itself again."""
    from worker.incidents import listing

    settings, body = read_settings(), {"actor": actor, "note": note}
    found, _ = await listing.find(settings, incident)
    result = await listing.release(await open_client(), found, body, task_queue=settings.task_queue)
    out.say(f"{result['status']}: {result['because']}")
