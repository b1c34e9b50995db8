"""`baton policy …`: the support lead's commands for policy files.

Promises every error of every file at once, as `file:line:column: sentence`, and that only `adopt` needs a server.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from worker.terminal.running import AsJson, awaited, give, open_client
from worker.terminal.terminal import Terminal
from worker.trouble import TroubleError

if TYPE_CHECKING:  # Temporal takes longer to import than everything else, and checking a file does not need it
    from policies.document.document import Document

app = typer.Typer(
    no_args_is_help=True, help="Check policy files, print their schema, change the policy of running conversations."
)
out, err = Terminal(), Terminal(stderr=True)


@app.command(epilog="Example: baton policy check policies/*.yaml")
def check(files: Annotated[list[Path], typer.Argument(help="Policy files.", dir_okay=False)]) -> None:
    """Check policy files. Prints every error; exit code 1 if there are any."""
    from policies.loading.load import PolicyError, read_file
    from policies.loading.objections import checked

    wrong = 0
    for file in files:
        try:
            document, remarks = checked(read_file(file), file=str(file), today=datetime.now(UTC).date())
        except PolicyError as error:
            print(error)
            wrong += len(error.problems)
            continue
        counts = f"{len(document.teams)} teams, {len(document.rules)} rules"
        err.print(f"[green]✓[/] {file}: {document.policy} version {document.version}, {counts}")
        for sentence in remarks:
            err.print(f"  {sentence}.")
    _leave_if(wrong)


@app.command(epilog="Example: baton policy schema > policy.schema.json")
def schema() -> None:
    """Print the JSON Schema of a policy file, for completion and checks in editors."""
    from policies.document.document import Document

    print(json.dumps(Document.model_json_schema(), indent=2))


@app.command(epilog="Example: baton policy adopt policies/acme.yaml --dry-run")
@awaited
async def adopt(
    file: Annotated[Path, typer.Argument(help="The changed policy.", dir_okay=False)],
    mode: Annotated[
        Literal["carry", "restart", "pin"],
        typer.Option(help="carry: time already used counts. restart: clocks begin anew. pin: only record the wish."),
    ] = "carry",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; list what would change.")] = False,
    query: Annotated[str, typer.Option(help="Only these conversations: a filter in the server's own language.")] = "",
    batch: Annotated[int, typer.Option(min=1, help="How many conversations are asked at once.")] = 20,
    actor: Annotated[str, typer.Option(help="Your name, for the timeline.", envvar="USER")] = "operator",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before changing.")] = False,
    as_json: AsJson = False,
) -> int:
    """Change the policy of running conversations: show what would change, ask, then change it.

    Exit code 1 where a conversation could not be asked or did not adopt it; doing it again is harmless.
    """
    document, errors = _load(file)
    _leave_if(errors)
    assert document is not None

    from worker.adoption import adopting
    from worker.adoption.report import as_data, print_adopted, print_survey
    from worker.terminal.printing import progress

    if not (dry_run or yes or sys.stdin.isatty()):
        raise TroubleError("No terminal to confirm on: look with --dry-run, then repeat with --yes")
    client = await open_client()
    with progress(err, "Looking") as tell:
        now = datetime.now(UTC)
        found = await adopting.survey(client, document, mode, now, query=query, at_once=batch, progress=tell)
    if not as_json:
        print_survey(out, found, document, mode)
    ready = [] if dry_run else [prospect.conversation for prospect in found.prospects if not prospect.trouble]
    if ready and not yes and not typer.confirm(f"Change the policy of {len(ready)}?", err=True):
        return 1
    with progress(err, "Adopting") as tell:
        adopted = await adopting.apply(client, document, mode, ready, actor=actor, at_once=batch, progress=tell)
    give(as_json, as_data(found, document, mode, adopted), lambda: print_adopted(out, adopted) if ready else None)
    return int(bool(found.unreachable) or any(each.why for each in adopted))


def _load(file: Path) -> "tuple[Document | None, int]":
    """Return the policy, or print its errors where it can't be used. Return the number of errors as well."""
    from policies.loading.load import PolicyError, load_file

    try:
        return load_file(file, today=datetime.now(UTC).date()), 0
    except PolicyError as error:
        print(error)
        return None, len(error.problems)


def _leave_if(wrong: int) -> None:
    if wrong:
        err.print(f"[red]✗[/] {wrong} error{'s' if wrong > 1 else ''}")
        raise typer.Exit(1)
