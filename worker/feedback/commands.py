"""`baton feedback …`: takes a person's answer on how a conversation went, and reports on the rules from all answers.

Promises that the report needs only the database. Must not judge.
"""

from datetime import UTC, datetime
from typing import Annotated

import typer

from worker.terminal.command_groups import GiveUnlessTold
from worker.terminal.running import AsJson, awaited, give, open_client, read_settings
from worker.terminal.terminal import Terminal
from worker.trouble import TroubleError

app = typer.Typer(
    cls=GiveUnlessTold,
    help="Was it right? [b]baton feedback c-42 --not-needed[/] answers, [b]baton feedback report[/] adds answers up.",
    rich_markup_mode="rich",
)
out = Terminal()


@app.command(
    name="give",
    epilog='Example: baton feedback c-42 --not-needed --wrong-team --note "Payments would have known" --by kim',
)
@awaited
async def answer(
    conversation: str,
    needed: Annotated[
        bool | None,
        typer.Option("--needed/--not-needed", help="Whether the latest escalation, handoff or call was needed."),
    ] = None,
    right_team: Annotated[
        bool | None, typer.Option("--right-team/--wrong-team", help="Whether it went to people who could help.")
    ] = None,
    repeated: Annotated[
        bool | None, typer.Option("--repeated/--not-repeated", help="Whether the customer had to repeat themselves.")
    ] = None,
    solved: Annotated[
        bool | None, typer.Option("--solved/--not-solved", help="Whether it was solved at first contact.")
    ] = None,
    note: Annotated[str, typer.Option(help="Why, in your words.")] = "",
    step: Annotated[
        str, typer.Option(help="The call that your answer is about, such as on-call.2; else the latest move.")
    ] = "",
    by: Annotated[str, typer.Option(help="Your name: your later answer replaces this one.", envvar="USER")] = "",
) -> None:
    """Answer how a conversation went.

    Your answer is counted once the conversation's ledger is written, at its end at the latest.
    """
    asked = {"needed": needed, "right_team": right_team, "repeated": repeated, "solved": solved, "note": note}
    answers = {name: answer for name, answer in asked.items() if answer not in (None, "")}

    from worker.temporal import asking

    if not answers:
        raise TroubleError("No answer given: say --needed or --not-needed, --right-team …, or --note")
    await asking.send(await open_client(), conversation, "feedback", {**answers, "step": step, "by": by})
    out.say(f"Told {conversation}: baton show {conversation}")


@app.command(name="report", epilog="Example: baton feedback report --since 30d --policy tiered")
@awaited
async def report_answers(
    since: Annotated[str, typer.Option(help="A date, or how far back: 2026-03-01, 30d.")] = "",
    policy: Annotated[str, typer.Option(help="Only answers about this policy's rules.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show for each reason and rule how often an escalation was needed and right, and how customers rated it."""
    from activities.ledger.feedback import Feedback
    from worker.environment.database import open_database
    from worker.feedback.printing import print_report
    from worker.feedback.report import as_data, report
    from worker.terminal.since import read_since

    begin = read_since(since, datetime.now(UTC), None, "{} is neither a date such as 2026-03-01 nor a span such as 30d")
    async with open_database(read_settings()) as store:
        found = report(await Feedback(store).answers(since=begin, policy=policy))
    give(as_json, as_data(found), lambda: print_report(out, found))
