"""`baton outage …`: opens a known outage, lists and shows outages, changes and closes them.

Promises that a condition which conversations could not judge is refused before anything is opened. Must not know what a
conversation does with an outage.
"""

from datetime import UTC, datetime
from typing import Annotated

import typer

from worker.terminal.running import AsJson, awaited, give, open_client, read_settings
from worker.terminal.terminal import Terminal

app = typer.Typer(
    no_args_is_help=True,
    help="Known outages: conversations that match one are told so, and no rule calls people for each of them.",
)
out, err = Terminal(), Terminal(stderr=True)

OutageName = Annotated[str, typer.Argument(help="The outage's name, such as checkout-down.")]
Text = Annotated[
    list[str] | None,
    typer.Option("--text", help="The words for customers; `de=…` for another language; may be given several times."),
]
OverText = Annotated[
    list[str] | None, typer.Option("--over-text", help="The words for the end, as with --text; else a usual sentence.")
]
Until = Annotated[str, typer.Option(help="When it ends by itself: a span such as 4h, or a time; at most 7d.")]
ActorOption = Annotated[str, typer.Option(help="Your name, for the timelines.", envvar="USER")]


@app.command(
    name="open",
    epilog="Example: baton outage open checkout-down --when 'conversation.tags.exists(t, t == \"checkout\")' "
    '--text "We know that the checkout is down, and we are working on it." --until 4h',
)
@awaited
async def open_outage(
    name: OutageName,
    when: Annotated[str, typer.Option(help="Which conversations, in CEL over `conversation`, `customer` and `now`.")],
    text: Text = None,
    over_text: OverText = None,
    until: Until = "4h",
    policy: Annotated[str, typer.Option(help="Only conversations under this policy.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Open nothing; show which open conversations match.")
    ] = False,
    actor: ActorOption = "operator",
    as_json: AsJson = False,
) -> None:
    """Open an outage: customers of conversations that match are told once, and once again when it is over."""
    from worker.outages import bodies, matching, printing, requests

    settings = read_settings()
    body = bodies.opening(name, when, text or (), over_text or (), until, policy, actor, settings)
    if dry_run:
        found = await matching.matching(await open_client(), when, policy, datetime.now(UTC))
        return give(as_json, found, lambda: printing.print_matches(out, found, name))
    client = await open_client()
    shown = await requests.start(client, name, body, task_queue=settings.task_queue)
    return give(as_json, shown, lambda: printing.print_opened(out, shown))


@app.command(name="list", epilog="Example: baton outage list --all")
@awaited
async def list_outages(
    ended: Annotated[
        bool, typer.Option("--all", help="Also outages that are over, as long as Temporal keeps them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List outages, the newest first: since when, until when, and how many conversations are part of each."""
    from worker.outages import printing, requests

    found = await requests.outages(await open_client(), only_open=not ended)
    give(as_json, found, lambda: printing.print_outages(out, found))


@app.command(epilog="Example: baton outage show checkout-down --json")
@awaited
async def show(name: OutageName, as_json: AsJson = False) -> None:
    """Show an outage: its condition and words, what happened, and the conversations that are part of it."""
    from worker.outages import printing, requests

    shown = await requests.show(await open_client(), name)
    give(as_json, shown, lambda: printing.print_outage(out, shown))


@app.command(epilog='Example: baton outage update checkout-down --until 2h --text "Fixed by 15:00, we think."')
@awaited
async def update(
    name: OutageName,
    text: Text = None,
    over_text: OverText = None,
    until: Annotated[str, typer.Option(help="Another end: a span from now such as 2h, or a time.")] = "",
    actor: ActorOption = "operator",
) -> None:
    """Change the words or the end of an open outage. Customers who were told already are not told again."""
    from worker.outages import bodies, requests

    body = bodies.change(text or (), over_text or (), until, actor)
    await requests.send(await open_client(), name, "change", body)
    out.say(f"Changed outage {name}: baton outage show {name}")


@app.command(epilog='Example: baton outage close checkout-down --text "The checkout works again."')
@awaited
async def close(name: OutageName, text: Text = None, actor: ActorOption = "operator") -> None:
    """End an outage: its customers are told, and rules call people as usual again."""
    from worker.outages import bodies, requests

    await requests.send(await open_client(), name, "close", bodies.closing(text or (), actor))
    out.say(f"Closed outage {name}: its conversations are told now.")


@app.command(epilog='Example: baton outage unlink c-42 --note "This is about a refund"')
@awaited
async def unlink(
    conversation: Annotated[str, typer.Argument(help="A conversation that is part of an outage.")],
    note: Annotated[str, typer.Option(help="Why, for the timeline.")] = "",
    actor: ActorOption = "operator",
) -> None:
    """Take one conversation out of its outage: it is about another problem, and rules call people for it as usual."""
    from worker.temporal import asking
    from workflows.contract import ID_PREFIX

    body = {"actor": actor, "note": note}
    result = await asking.command(await open_client(), f"{ID_PREFIX}{conversation}", "leave_outage", body)
    out.say(f"{result['status']}, with {result['team_name']}: {result['because']}")
