"""`baton evaluate`: measures on labelled conversations how well customers are understood.

Promises that only a target that was measured and missed makes the exit code 1. Must not know how anything is scored.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from worker.terminal.running import AsJson, awaited, give
from worker.terminal.terminal import Terminal

if TYPE_CHECKING:
    from worker.tagger.evaluating import Figure

app = typer.Typer()
out, err = Terminal(), Terminal(stderr=True)


@app.command(epilog="Example: baton evaluate --data ../shared/data   ·   baton evaluate --data ours.csv --json")
@awaited
async def evaluate(
    data: Annotated[Path, typer.Option(help="A labelled .jsonl, .tsv or .csv, or a folder of them.")],
    half: Annotated[
        Literal["report", "develop", "all"],
        typer.Option(help="Patterns are written while looking at `develop`; `report` is the other half."),
    ] = "report",
    as_json: AsJson = False,
) -> int:
    """Measure on labelled conversations how well Baton reads messages and tags, with 95 % intervals.

    .jsonl: {id, turns: [{role, text, asks_for_human?}], is_negative?, negative_replies?} · .tsv of calm turns:
    conversationId, utterance, intent · .csv: text, category (a risk topic, or one of banking77's).
    """
    from worker.tagger import evaluating, own_topics, topics
    from worker.tagger.labelled import read_labelled
    from worker.terminal.printing import progress

    labelled = read_labelled(data)
    with progress(err, "Training") as step:
        tagging = topics.evaluate(labelled.questions, step=step)
    scores = [*evaluating.evaluate(labelled, half), *own_topics.evaluate(labelled.questions, half), *tagging]
    give(as_json, scores, lambda: out.print(_table(scores, half)))
    return int(any(score.met is False for score in scores))


def _table(scores: "list[Figure]", half: str) -> Table:
    table = Table(title=f"How well customers are understood ({half})", title_justify="left")
    for heading in ("", "Measured", "Figure (95 %)", "Target", ""):
        table.add_column(heading)
    verdicts = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}
    before = ""
    for score in scores:
        head = score.subject if score.subject != before else ""
        table.add_row(head, score.what, score.figure, score.target, verdicts[score.met])
        before = score.subject
    return table
