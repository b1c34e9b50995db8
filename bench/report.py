"""Figures for the reader: a table for people, JSON for machines.

Must not know where a figure comes from.
"""

import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. `met` is None where there is no target."""

    section: str
    what: str
    baton: str
    bare: str = ""
    ratio: float | None = None
    target: str = ""
    met: bool | None = None


def say(section: str, text: str) -> None:
    """Print progress for the person who waits."""
    print(f"[{section}] {text}", file=sys.stderr, flush=True)


def show(figures: Sequence[Figure], out: TextIO) -> None:
    """Print the table."""
    table = Table(title="Baton beside a bare Temporal workflow", title_justify="left")
    for heading in ("", "Measured", "Baton", "Bare", "Ratio", "Target", ""):
        table.add_column(heading, justify="right" if heading in ("Baton", "Bare", "Ratio") else "left")
    for number, figure in enumerate(figures):
        is_last = number + 1 == len(figures) or figures[number + 1].section != figure.section
        is_first = number == 0 or figures[number - 1].section != figure.section
        verdict = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[figure.met]
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        head = figure.section if is_first else ""
        table.add_row(head, figure.what, figure.baton, figure.bare, ratio, figure.target, verdict, end_section=is_last)
    Console(file=out, width=None if out.isatty() else 132).print(table)


def as_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return the figures as data for machines."""
    return [asdict(figure) for figure in figures]


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that is at least as large as `percent` per cent of all; p100 is the largest."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def milliseconds(seconds: float) -> str:
    """Return a short time with as many digits as matter."""
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.1f} s"
