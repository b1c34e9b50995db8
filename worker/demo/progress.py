"""The progress while the conversations are played: a bar on a terminal, else a line for each conversation.

Must not know how a conversation is played.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from policies.document.part import format_span
from policies.text.cutting import DOTS, cut
from worker.demo.script import Script


class Watcher(Protocol):
    """An observer that is called while conversations are played."""

    def delivered(self, script: Script) -> None:
        """Note that an event reached its conversation."""
        ...

    def finished(self, script: Script, sentences: Sequence[str]) -> None:
        """Note that a conversation is over. The sentences name the differences from what its script expects."""
        ...


@contextmanager
def watching(console: Console, scripts: Sequence[Script]) -> Generator[Watcher]:
    """Yield a watcher for as long as the conversations are played."""
    if not console.is_terminal:
        yield _Lines(console, len(scripts))
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield _Bar(bar, sum(_deliveries(script) for script in scripts))


class _Lines:
    def __init__(self, console: Console, total: int) -> None:
        self._console, self._total, self._count = console, total, 0

    def delivered(self, script: Script) -> None:
        pass

    def finished(self, script: Script, sentences: Sequence[str]) -> None:
        self._count += 1
        result = "; ".join(sentences) or "as expected"
        text = f"{self._count:>3}/{self._total} {script.name}, {format_span(script.lasts)}: {result}"
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class _Bar:
    def __init__(self, bar: Progress, total: int) -> None:
        self._bar, self._task = bar, bar.add_task("", total=total)

    def delivered(self, script: Script) -> None:
        self._bar.update(self._task, advance=1, description=_fit(script.title))

    def finished(self, script: Script, sentences: Sequence[str]) -> None:
        for sentence in sentences:
            self._bar.console.print(f"✘ {script.name}: {sentence}", markup=False, style="red")


def _deliveries(script: Script) -> int:
    return len(script.events) + sum(event.again is not None for event in script.events)


def _fit(title: str, width: int = 48) -> str:
    return cut(title, width, unit=len, mark=DOTS).ljust(width)
