"""`baton tagger …`: trains a tagger on the team's own texts, shows it, and reports which tags people agree with.

Promises that training needs neither server nor database, and that the report needs the database only. Must not know how
anything is learnt or counted.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from worker.terminal.running import AsJson, awaited, give, read_settings
from worker.terminal.terminal import Terminal

app = typer.Typer(no_args_is_help=True, help="Train a tagger, and show how often people agree with its tags.")
out, err = Terminal(), Terminal(stderr=True)


@app.command(
    epilog="Example: baton tagger train ours.csv --out tagger.npz   ·   baton tagger train ours.jsonl --precision 0.9"
)
@awaited
async def train(
    labelled: Annotated[Path, typer.Argument(help="A .csv of text,category or a .jsonl of {text, tags}.")],
    file: Annotated[Path, typer.Option("--out", help="The file to write.")] = Path("tagger.npz"),
    precision: Annotated[float, typer.Option(min=0.5, max=0.999, help="How often its proposals must be right.")] = 0.95,
    as_json: AsJson = False,
) -> None:
    """Train a tagger. All figures come from texts that it had not learnt: each text is left out once.

    Needs the extra `ml`.
    """
    from importlib.metadata import version

    from worker.tagger import training
    from worker.tagger.labelled_texts import read_texts
    from worker.tagger.printing import print_tagger
    from worker.terminal.printing import progress

    with progress(err, "Training") as step:
        trained = training.train(read_texts(labelled), precision, step=step)
    from activities.insight.tagging.tagger_file import write_tagger

    now = datetime.now(UTC).isoformat(timespec="seconds")
    about = trained.about.model_copy(update={"baton": version("baton-support"), "made_at": now})
    digest = write_tagger(file, trained.tagger, about)
    give(as_json, {**about.model_dump(), "file": file, "digest": digest}, lambda: print_tagger(out, about, digest))
    if not as_json:
        err.print(f"[green]✓[/] {file}: name it with BATON_TAGGER, and begin in the shadow")


@app.command(epilog='Example: baton tagger show tagger.npz --say "I was charged twice"')
@awaited
async def show(
    file: Annotated[Path, typer.Argument(help="A trained tagger.", dir_okay=False)],
    say: Annotated[str | None, typer.Option(help="A text to try it on.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a tagger knows and how well, or what it would tag a text with."""
    from worker.environment.tagger_file import open_tagger
    from worker.tagger.printing import print_proposals, print_tagger

    found = open_tagger(file)
    proposals = found.tagger.propose(say) if say is not None else None
    if proposals is not None:
        give(as_json, proposals, lambda: print_proposals(out, proposals))
    else:
        known = {**found.about.model_dump(), "file": file, "digest": found.digest}
        give(as_json, known, lambda: print_tagger(out, found.about, found.digest))


@app.command(epilog="Example: baton tagger report --policy acme-support --since 30d")
@awaited
async def report(
    policy: Annotated[str, typer.Option(help="Only conversations of this policy.")] = "",
    since: Annotated[str, typer.Option(help="A day such as 2026-11-01, or a span such as 30d.")] = "",
    precision: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="How often a tag must surely be right to go live.")
    ] = 0.9,
    as_json: AsJson = False,
) -> None:
    """Show for each tag how often people agree with what was proposed, and whether it is ready to go live."""
    from activities.ledger.lines import Ledger
    from worker.environment.database import open_database
    from worker.tagger import agreement
    from worker.tagger.printing import print_report
    from worker.terminal.since import read_since

    begin = read_since(since, datetime.now(UTC))
    async with open_database(read_settings()) as store:
        rows = agreement.rows_of(await Ledger(store).of_kinds(agreement.KINDS, begin), policy)
    give(as_json, agreement.as_data(rows, precision), lambda: print_report(out, rows, precision))
