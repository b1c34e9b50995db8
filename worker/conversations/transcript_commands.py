"""`baton transcript`: everything that was said in a conversation, also long after it has closed.

Promises to need only the database. Must not know how messages got there.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from worker.terminal.running import AsJson, awaited, read_settings
from worker.terminal.terminal import Terminal
from worker.trouble import TroubleError

if TYPE_CHECKING:
    from activities.ledger.lines import Line

out = Terminal()


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog="Example: baton transcript c-42 --utc   ·   baton transcript c-42 --json")(transcript)


@awaited
async def transcript(
    conversation: str,
    utc: Annotated[bool, typer.Option("--utc", help="Times in UTC instead of this machine's zone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show all messages of a conversation, with times. The last minutes may be missing."""
    from activities.ledger.lines import LINES, Ledger
    from worker.environment.database import open_database

    async with open_database(read_settings()) as store:
        said = await Ledger(store).transcript(conversation)
    if not said:
        raise TroubleError(
            f"The ledger has no message of {conversation}: look for its id with `baton list`. What was "
            f"said in the last minutes is shown by `baton show {conversation}`."
        )
    if as_json:
        print(json.dumps(LINES.dump_python(said, mode="json")))
    else:
        _print(said, utc)


def _print(said: "Sequence[Line]", utc: bool) -> None:
    """Print a paragraph for each message: the time, the author, and the words as they were written."""
    for line in said:
        who = f"{line.author} {line.author_id}".strip()
        kind = ", ".join(
            word for word, is_so in (("internal", not line.public), ("automatic", line.automatic)) if is_so
        )
        head = f"{_time(line.occurred_at, utc)}  {who}{f' ({kind})' if kind else ''}"
        out.say(head, style="bold")
        for text in line.text.splitlines() or [""]:
            out.say(f"  {text}")
    zone = "UTC" if utc else datetime.now(UTC).astimezone().tzname()
    out.print(f"Times in {zone}.", style="dim", highlight=False)


def _time(at: datetime, utc: bool) -> str:
    return (at.astimezone(UTC) if utc else at.astimezone()).strftime("%Y-%m-%d %H:%M:%S")
