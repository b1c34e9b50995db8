"""The progress while the conversations are played: a bar on a terminal, and a line for each surprise.

Must not know how a conversation is played.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from policies.text.cutting import DOTS, cut
from worker.demo.script import Script
from worker.terminal.terminal import Terminal

_WIDTH = 48
"""Characters of a title before the bar."""


class Watcher:
    """An observer that is called while conversations are played."""

    def __init__(self, bar: Progress, scripts: Sequence[Script]) -> None:
        self._bar, self._total, self._count = bar, len(scripts), 0
        self._task = bar.add_task("", total=sum(len(script.deliveries) for script in scripts))

    def delivered(self, script: Script) -> None:
        """Note that an event reached its conversation."""
        title = cut(script.title, _WIDTH, unit=len, mark=DOTS).ljust(_WIDTH)
        self._bar.update(self._task, advance=1, description=title)

    def finished(self, script: Script, sentences: Sequence[str]) -> None:
        """Note that a conversation is over. The sentences name the differences from what its script expects."""
        console = self._bar.console
        self._count += 1
        for sentence in sentences:
            console.print(f"✘ {script.name}: {sentence}", markup=False, style="red")


@contextmanager
def watching(console: Terminal, scripts: Sequence[Script]) -> Generator[Watcher]:
    """Yield a watcher for as long as the conversations are played."""
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Watcher(bar, scripts)
