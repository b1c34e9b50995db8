"""`baton briefing`: everything that the next agent of a conversation needs to know.

Must not compose it: the conversation does.
"""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from worker.terminal.running import run
from worker.terminal.terminal import Terminal

out, err = Terminal(), Terminal(stderr=True)


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog="Example: baton briefing c-44   ·   baton briefing c-44 --json | jq .stage")(briefing)


def briefing(
    conversation: str,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Show what the next agent of a conversation needs to know, as of the last event."""

    async def work() -> int:
        from worker.temporal import asking
        from worker.temporal.client import visit
        from worker.terminal import printing

        told = await asking.handoff(await visit(), conversation)
        if as_json:
            print(json.dumps(told))
            return 0
        text = told["briefing"] or "\n".join(f"• {line}" for line in told["summary"])
        out.print(text, markup=False, highlight=False, soft_wrap=True)
        if at := told.get("at"):  # an answer that could not be made whole has none
            zone = datetime.now(UTC).astimezone().tzname()
            out.print(f"As of {printing.local(datetime.fromisoformat(at))} {zone}.", style="dim", highlight=False)
        if not told["briefing"]:
            err.print(
                "Its policy has no `briefing`: no note is written, and only this command shows it.", highlight=False
            )
        return 0

    run(work)
