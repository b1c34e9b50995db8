"""`baton queue …`: shows a team's people, assignments and waiting conversations, and takes orders of its people.

Must not know how a queue is asked (`worker.temporal.asking`) or shown (`worker.queues.printing`).
"""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from worker.terminal.command_groups import ShowUnlessTold
from worker.terminal.running import AsJson, awaited, give, open_client, read_settings
from worker.terminal.terminal import Terminal

app = typer.Typer(
    cls=ShowUnlessTold, help="Show a team's queue: its people, their load, and the conversations that wait."
)
out = Terminal()

As = Annotated[
    str, typer.Option("--as", help="The person who does it: a key under `people` of the policy.", envvar="USER")
]
_PRESENCES = ("available", "busy", "away", "offline")


@app.command(epilog="Example: baton queue billing   ·   baton queue --json | jq '.[].line | length'")
@awaited
async def show(
    team: Annotated[str, typer.Argument(help="A team; without it all teams with a queue.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show a team's queue, or all queues. `baton queue` without a command does the same."""
    from worker.queues.printing import print_team, print_teams
    from worker.temporal import asking
    from worker.terminal.team_names import key_of_team

    client, now = await open_client(), datetime.now(UTC)
    if team:
        shown = await asking.show_team(client, key_of_team(team, read_settings()))
        give(as_json, shown, lambda: print_team(out, shown, now))
    else:
        teams = [await asking.show_team(client, name) for name in await asking.teams(client)]
        give(as_json, teams, lambda: print_teams(out, teams, now))


@app.command(epilog="Example: baton queue presence billing kim away")
def presence(
    team: str,
    agent: Annotated[str, typer.Argument(help="A key under `people` of the policy.")],
    now: Annotated[str, typer.Argument(help=" | ".join(_PRESENCES), autocompletion=lambda: _PRESENCES)],
    by: As = "operator",
) -> None:
    """Report that a person is available, busy, away or offline."""
    _tell(team, "set_presence", {"actor": by, "agent": agent, "presence": now})


@app.command(epilog="Example: baton queue accept billing c-42 --as kim")
def accept(team: str, conversation: str, by: As = "") -> None:
    """Take the conversation that was offered."""
    _tell(team, "accept", {"actor": by, "conversation_id": conversation})


@app.command(epilog='Example: baton queue decline billing c-42 --as kim --note "in a call"')
def decline(
    team: str, conversation: str, by: As = "", note: Annotated[str, typer.Option(help="Why, for the record.")] = ""
) -> None:
    """Decline the conversation that was offered: it is not offered to you again."""
    _tell(team, "decline", {"actor": by, "conversation_id": conversation, "note": note})


@awaited
async def _tell(team: str, update: str, body: dict[str, Any]) -> None:
    from worker.temporal import asking
    from worker.terminal.team_names import key_of_team

    key = key_of_team(team, read_settings())
    told = await asking.command(await open_client(), f"team/{key}", update, body)
    out.say(str(told["because"]))
