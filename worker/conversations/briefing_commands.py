"""`baton briefing`: everything that the next agent of a conversation needs to know.

Must not compose it: the conversation does.
"""

import json
from datetime import UTC, datetime

import typer

from worker.terminal.running import AsJson, awaited, open_client
from worker.terminal.terminal import Terminal

out, err = Terminal(), Terminal(stderr=True)


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog="Example: baton briefing c-44   ·   baton briefing c-44 --json | jq .stage")(briefing)


@awaited
async def briefing(
    conversation: str,
    as_json: AsJson = False,
) -> None:
    """Show what the next agent of a conversation needs to know, as of the last event."""
    from worker.temporal import asking
    from worker.terminal import printing

    told = await asking.handoff(await open_client(), conversation)
    if as_json:
        print(json.dumps(told))
        return
    text = told["briefing"] or "\n".join(f"• {line}" for line in told["summary"])
    out.say(text)
    if at := told.get("at"):  # an answer that could not be made whole has none
        zone = datetime.now(UTC).astimezone().tzname()
        out.print(f"As of {printing.local(datetime.fromisoformat(at))} {zone}.", style="dim", highlight=False)
    if not told["briefing"]:
        err.print("Its policy has no `briefing`: no note is written, and only this command shows it.", highlight=False)
