"""`baton tagger …`: trains a tagger on the team's own texts, shows it, and reports which tags people agree with.

Promises that training needs neither server nor database, and that the report needs the database only. Must not know how
anything is learnt or counted.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.terminal.running import AsJson, awaited, give, read_settings
from worker.terminal.terminal import Terminal

if TYPE_CHECKING:  # training needs an extra
    from worker.tagger.training import Example

app = typer.Typer(no_args_is_help=True, help="Train a tagger, and show how often people agree with its tags.")
out, err = Terminal(), Terminal(stderr=True)


@app.command(epilog="Example: baton tagger train ours.csv --out tagger.npz   ·   baton tagger train --from-ledger 180d")
@awaited
async def train(
    labelled: Annotated[
        Path | None, typer.Argument(help="A .csv of text,category or a .jsonl of {text, tags}.")
    ] = None,
    from_ledger: Annotated[
        str,
        typer.Option(
            help="Learn from conversations on record since a day, or for a span such as 180d: those whose customers "
            "agreed to `training`, with the tags that people put on."
        ),
    ] = "",
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

    if labelled is None and not from_ledger:
        raise typer.BadParameter("name a file of labelled texts, or --from-ledger 180d")
    texts = [*(read_texts(labelled) if labelled else ()), *(await _recorded(from_ledger) if from_ledger else ())]
    with progress(err, "Training") as step:
        trained = training.train(texts, precision, step=step)
    from activities.insight.tagger_file import write_tagger

    now = datetime.now(UTC).isoformat(timespec="seconds")
    about = trained.about.model_copy(update={"baton": version("baton-support"), "made_at": now})
    digest = write_tagger(file, trained.tagger, about)
    give(as_json, {**about.model_dump(), "file": file, "digest": digest}, lambda: print_tagger(out, about, digest))
    if not as_json:
        err.print(f"[green]✓[/] {file}: name it with BATON_TAGGER, and begin in the shadow")


async def _recorded(since: str) -> "list[Example]":
    """Return what the ledger has to learn from, and say how much that is."""
    from activities.ledger.judgements import Judgements
    from worker.environment.database import open_database
    from worker.tagger.recorded_texts import read_recorded
    from worker.terminal.since import read_since

    begin = read_since(since, datetime.now(UTC))
    assert begin is not None
    async with open_database(read_settings()) as store:
        found = await read_recorded(Judgements(store), begin)
    err.print(f"{len(found)} conversations on record may be learnt from.")
    return found


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
