"""The `baton` command.

Promises help with examples, one sentence for each mistake (exit code 1, or 2 for a command that was only mistyped),
`--json` for machines, and quick help: commands import Temporal themselves, because that import takes longer than
everything else. Must not decide anything.
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from worker.adoption import commands as policy_commands
from worker.conversations import commands as conversation_commands
from worker.feedback import commands as feedback_commands
from worker.incidents import commands as incident_commands
from worker.on_call import commands as on_call_commands
from worker.outages import commands as outage_commands
from worker.queues import commands as queue_commands
from worker.tagger import commands as tagger_commands
from worker.tagger import evaluate_commands
from worker.terminal.command_groups import naming
from worker.terminal.running import AsJson, awaited, give, open_client, read_settings
from worker.terminal.terminal import Terminal
from worker.watch import commands as watch_commands

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Run each support conversation as one durable workflow. Start with [b]baton demo[/] or [b]baton up[/].",
)
app.add_typer(policy_commands.app, name="policy")
app.add_typer(on_call_commands.app, name="on-call")
app.add_typer(queue_commands.app, name="queue")
app.add_typer(incident_commands.app, name="incident")
app.add_typer(outage_commands.app, name="outage")
app.add_typer(tagger_commands.app, name="tagger")
app.add_typer(feedback_commands.app, name="feedback")
out, err = Terminal(), Terminal(stderr=True)

Pairs = Annotated[list[str] | None, typer.Argument(help="key=value; note.tried=… nests; values may be JSON.")]
JsonFile = Annotated[
    str | None, typer.Option("--json", metavar="FILE|-", help="A JSON object from a file, or from standard input (-).")
]
# A misspelt word would list nothing, which would look as if all were well.
ListedStatus = Literal["open", "pending_customer", "on_hold", "resolved"]
ListedSlaState = Literal["running", "paused", "at_risk", "breached", "met", "none"]


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        from policies.editions import NEWEST

        out.say(f"baton {version('baton-support')}, edition {NEWEST}")
        raise typer.Exit


@app.callback()
def main_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Take the options of `baton` itself."""


def _signals(beginning: str = "") -> list[str]:
    """Return the signals that a person may send, without those between workflows of Baton's own."""
    from policies.state.events import SIGNALS, FromBaton

    return [name for name, kind in SIGNALS.items() if name.startswith(beginning) and not issubclass(kind, FromBaton)]


def _commands(beginning: str = "") -> list[str]:
    from policies.contract.requests import COMMANDS

    return [name for name in COMMANDS if name.startswith(beginning)]


@app.command(epilog="Example: baton up --ui-port 8080")
@awaited
async def up(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Temporal's port.")] = 7233,
    ui_port: Annotated[int, typer.Option(min=1, max=65_535, help="The Temporal UI's port.")] = 8233,
) -> int:
    """Run everything on this machine: server, UI and worker, with the data in .baton/."""
    from worker import up as local

    return await local.up(read_settings(), port=port, ui_port=ui_port, say=out.print)


@app.command(epilog="Example: baton worker --processes 4")
@awaited
async def worker(
    processes: Annotated[
        int, typer.Option(min=1, help="One for each processor core: a process uses one for workflows.")
    ] = 1,
) -> int:
    """Run a worker against the server of TEMPORAL_ADDRESS; SIGTERM drains it."""
    settings = read_settings()
    from worker import serving, supervisor  # this import takes a second, so report a mistake in the settings first

    return await (serving.serve(settings) if processes == 1 else supervisor.supervise(settings, processes))


@app.command(epilog="Example: baton register")
@awaited
async def register() -> None:
    """Add Baton's search attributes to the namespace and verify their types; run it once for each deployment."""
    from worker.temporal.registry import register

    added = await register(await open_client())
    out.print(f"Added {', '.join(added)}." if added else "All search attributes are there, with the right types.")


@app.command(epilog="Example: BATON_DATABASE_URL=postgresql://… baton migrate")
@awaited
async def migrate() -> None:
    """Bring the database to this version's tables; run it once for each deployment."""
    from worker.environment.database import bring_up_to_date

    before, after = await bring_up_to_date(read_settings().database_url)
    done = f"its tables went from step {before or 'none'} to {after}" if before != after else "nothing was to be done"
    out.say(f"The database is up to date: {done}.")


@app.command(
    epilog='Example: baton start c-42 channel=email subject="Charged twice" customer.name=Ada customer.tier=enterprise'
)
@awaited
async def start(conversation: str, pairs: Pairs = None, json_file: JsonFile = None) -> None:
    """Start a conversation. Write `direction=outbound` where you began it, as with a campaign."""
    from worker.temporal import asking
    from worker.terminal import bodies

    body, client = bodies.for_start(conversation, pairs or [], json_file), await open_client()
    await asking.start(client, conversation, body, task_queue=read_settings().task_queue)
    out.say(f"Started {conversation}: baton show {conversation}")
    if body.get("policy") and (trouble := await asking.trouble_at_start(client, conversation)):
        err.say(f"! {trouble}")


@app.command(cls=naming(_signals), epilog='Example: baton send c-42 message author=customer text="Where is my refund?"')
@awaited
async def send(
    conversation: str,
    signal: Annotated[str, typer.Argument(autocompletion=_signals)],
    pairs: Pairs = None,
    json_file: JsonFile = None,
) -> None:
    """Report a fact to a conversation. A fact that can't be read is not sent: exit code 2."""
    from worker.temporal import asking
    from worker.terminal import bodies

    body = bodies.for_signal(signal, pairs or [], json_file)
    event_id = await asking.send(await open_client(), conversation, signal, body)
    out.say(f"Sent {signal} to {conversation} as {event_id}: baton show {conversation}")


@app.command(
    name="command",
    cls=naming(_commands),
    epilog='Example: baton command c-42 reassign actor=jane team=billing note="Refund of March"',
)
@awaited
async def command(
    conversation: str,
    name: Annotated[str, typer.Argument(autocompletion=_commands)],
    pairs: Pairs = None,
    json_file: JsonFile = None,
) -> None:
    """Ask a conversation to do something. A refusal is one sentence and exit code 1."""
    from worker.temporal import asking
    from worker.terminal import bodies

    body = bodies.for_command(name, pairs or [], json_file, os.environ.get("USER", "operator"))
    result = await asking.command(await open_client(), f"conversation/{conversation}", name, body)
    out.say(f"{result['status']}, with {result['team_name']}: {result['because']}")


@app.command(epilog="Example: baton show c-42 --json | jq .state.clocks")
@awaited
async def show(
    conversation: str,
    whole: Annotated[bool, typer.Option("--all", help="Sum no lines of the timeline up.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a conversation: status, clocks, what will happen and why, and what happened."""
    from worker.temporal import asking
    from worker.terminal.printing import print_conversation

    shown = await asking.show(await open_client(), conversation)
    give(as_json, shown, lambda: print_conversation(out, shown, datetime.now(UTC), whole=whole))


@app.command(name="list", epilog="Example: baton list --team billing --late")
@awaited
async def list_conversations(
    team: str = "",
    assignee: Annotated[str, typer.Option(help="The person responsible, by your id.")] = "",
    late: Annotated[bool, typer.Option("--late", help="Only open conversations with a broken promise.")] = False,
    status: Annotated[ListedStatus | None, typer.Option(case_sensitive=False)] = None,
    sla: Annotated[
        ListedSlaState | None, typer.Option(case_sensitive=False, help="The state of its worst promise.")
    ] = None,
    tag: str = "",
    query: Annotated[str, typer.Option(help="A filter in the server's own language.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most, the most urgent first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List conversations, the most urgent first: late ones, those soon late, other open ones, and closed ones."""
    from worker.temporal.listing import LATE, listing
    from worker.terminal.printing import print_rows
    from worker.terminal.team_names import key_of_team

    wanted = {
        "BatonTeam": key_of_team(team, read_settings()),
        "BatonAssignee": assignee,
        "BatonStatus": status,
        "BatonSlaState": sla,
        "BatonTags": tag,
    }
    filters = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in wanted.items() if value]
    where = " AND ".join([*filters, *([LATE] if late else []), *([f"({query})"] if query else [])])
    rows = await listing(await open_client(), where, limit)
    give(as_json, rows, lambda: print_rows(out, rows, datetime.now(UTC), where))
    if len(rows) == limit:
        err.print(f"Only the {limit} most urgent are shown: --limit shows more.")


for part in (conversation_commands, watch_commands, evaluate_commands):
    app.registered_commands += part.app.registered_commands


@app.command(epilog="Example: baton demo --keep")
@awaited
async def demo(
    keep: Annotated[bool, typer.Option(help="Leave the server and the UI running, and print the links.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Play only these conversations.")] = None,
    ui_port: Annotated[int, typer.Option(min=1, max=65_535, help="The UI's port with --keep.")] = 8233,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Draw every conversation, not only three.")] = False,
    as_json: AsJson = False,
) -> int:
    """Play scripted conversations on a real server; days pass in seconds."""
    from worker.demo.player import demo

    return await demo(keep=keep, json=as_json, only=only or [], ui_port=ui_port, verbose=verbose)


@app.command(epilog="Example: baton contract --check")
def contract(
    folder: Annotated[Path, typer.Option(help="The folder of the schemas.")] = Path("docs/contract"),
    check: Annotated[bool, typer.Option(help="Change nothing; exit code 1 if the files are out of date.")] = False,
) -> None:
    """Write the JSON Schemas and examples of the contract."""
    from worker.contract.schemas import differences, write

    if not check:
        return write(folder)
    wrong = differences(folder)
    for sentence in wrong:
        err.say(f"{sentence}: run `baton contract`")
    raise typer.Exit(int(bool(wrong)))


def main() -> None:
    """Run the console script.

    Ends the process at once: the SDK's threads can abort a Python that shuts down normally.
    """
    code: Any = 0
    try:
        app()
    except SystemExit as stop:
        code = stop.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main()
