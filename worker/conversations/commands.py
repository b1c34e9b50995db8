"""`baton briefing`, `baton transcript`, `baton verify`: what an agent needs to know, what was said, what was decided.

Promises that a transcript and a verification need only the database, also long after a conversation has closed. Must
not compose a briefing: the conversation does.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.terminal.running import AsJson, awaited, give, open_client, read_settings
from worker.terminal.terminal import Terminal
from worker.trouble import TroubleError

if TYPE_CHECKING:
    from activities.ledger.lines import SaidLine
    from worker.conversations.verifying import Verdict

app = typer.Typer()
out, err = Terminal(), Terminal(stderr=True)


@app.command(epilog="Example: baton briefing c-44   ·   baton briefing c-44 --json | jq .stage")
@awaited
async def briefing(conversation: str, as_json: AsJson = False) -> None:
    """Show what the next agent of a conversation needs to know, as of the last event."""
    from worker.temporal import asking

    told = await asking.handoff(await open_client(), conversation)
    give(as_json, told, lambda: _print_briefing(told))


def _print_briefing(told: dict[str, Any]) -> None:
    from worker.terminal.printing import local

    text = told["briefing"] or "\n".join(f"• {line}" for line in told["summary"])
    out.say(text)
    if at := told.get("at"):  # an answer that could not be made whole has none
        zone = datetime.now(UTC).astimezone().tzname()
        out.print(f"As of {local(at)} {zone}.", style="dim")
    if not told["briefing"]:
        err.print("Its policy has no `briefing`: no note is written, and only this command shows it.")


@app.command(epilog="Example: baton transcript c-42 --utc   ·   baton transcript c-42 --json")
@awaited
async def transcript(
    conversation: str,
    utc: Annotated[bool, typer.Option("--utc", help="Times in UTC instead of this machine's zone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show all messages of a conversation, with times. The last minutes may be missing."""
    from activities.ledger.lines import Ledger
    from worker.environment.database import open_database

    async with open_database(read_settings()) as store:
        said = await Ledger(store).transcript(conversation)
    if not said:
        raise TroubleError(
            f"The ledger has no message of {conversation}: look for its id with `baton list`. What was "
            f"said in the last minutes is shown by `baton show {conversation}`."
        )
    give(as_json, said, lambda: _print(said, utc))


def _print(said: "Sequence[SaidLine]", utc: bool) -> None:
    """Print a paragraph for each message: the time, the author, and the words as they were written."""
    for line in said:
        who = f"{line.author} {line.author_id}".strip()
        kind = ", ".join(
            word for word, is_so in (("internal", not line.public), ("automatic", line.automatic)) if is_so
        )
        at = line.occurred_at.astimezone(UTC if utc else None)
        out.say(f"{at:%Y-%m-%d %H:%M:%S}  {who}{f' ({kind})' if kind else ''}", style="bold")
        for text in line.text.splitlines() or ([] if line.attachments else [""]):
            out.say(f"  {text}")
        for file in line.attachments:
            out.say(f"  attached: {' '.join(filter(None, (file.described, file.url)))}")
    zone = "UTC" if utc else datetime.now(UTC).astimezone().tzname()
    out.print(f"Times in {zone}.", style="dim")


@app.command(epilog="Example: baton verify c-42   ·   baton verify --since 30d --json")
@awaited
async def verify(
    conversation: Annotated[str, typer.Argument(help="Only this conversation.")] = "",
    since: Annotated[str, typer.Option(help="All with a decision since then: 2026-03-01, 30d.")] = "7d",
    as_json: AsJson = False,
) -> None:
    """Judge conversations again from the ledger, and compare the effects. Exit code 1 where one differs."""
    from activities.ledger.judgements import Judgements
    from worker.conversations import verifying
    from worker.environment.database import open_database
    from worker.terminal.printing import progress
    from worker.terminal.since import read_since

    begin = read_since(since, datetime.now(UTC), None, "{} is neither a date such as 2026-03-01 nor a span such as 30d")
    async with open_database(read_settings()) as store:
        on_record = Judgements(store)
        ever = datetime.min.replace(tzinfo=UTC)
        names = [conversation] if conversation else await on_record.conversations(begin or ever)
        verdicts: list[Verdict] = []
        with progress(err, "Judging again") as judged:
            for name in names:
                verdicts.append(await verifying.verify(on_record, name))
                judged(len(verdicts), len(names))
    give(as_json, verdicts, lambda: _print_verdicts(verdicts))
    if any(verdict.differs for verdict in verdicts):
        raise typer.Exit(1)


def _print_verdicts(verdicts: "Sequence[Verdict]") -> None:
    """Print how many came out the same, each that did not, and why the others can't be judged again."""
    same = [verdict for verdict in verdicts if not (verdict.differs or verdict.trouble)]
    effects = sum(verdict.effects for verdict in same)
    out.say(f"{len(same)} of {len(verdicts)} conversations: all decisions the same, {effects} effects among them.")
    for verdict in verdicts:
        if verdict.differs:
            out.say(f"{verdict.conversation} differs at {verdict.differs}")
    for why, number in Counter(verdict.trouble for verdict in verdicts if verdict.trouble).most_common():
        out.say(f"{number} can't be judged again whole: {why}")
