"""The console on which commands print, and on which no text of other people can control the terminal.

Promises that only visible characters are printed of what customers, colleagues and other systems wrote, whatever prints
it; our own colours and links are kept. Sentences are wrapped to the width of a terminal between words; into a file or
another program they go whole, each on one line. Must not know what is printed.
"""

import unicodedata
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from worker.terminal.wrapping import wrapped

_TOGETHER = "\u00a0"
"""The no-break space. Texts are wrapped with it, and it is printed as a space."""
_KEPT = frozenset(["\n", "\t", _TOGETHER, "\u200c", "\u200d", *map(chr, range(0xE0020, 0xE0080))])
"""Characters that are not visible themselves, but hold lines, words and emojis together."""
_UNSEEN = frozenset("\u00ad\u200b\u200e\u200f\u2060\ufeff")
"""Invisible characters that do no harm: word breaks, the direction of reading, the beginning of a file."""


_NO_END = 1_000_000
"""Characters of a line that goes into a file or to another program: as many as there are."""


class Sentences:
    """Texts that wrap between words."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines. A word that is longer than a line stays whole: it can be copied from a terminal."""
        for line in wrapped(self._text, options.max_width):
            line.no_wrap, line.overflow = True, "ignore"
            yield line


class Terminal(Console):
    """Rich's console, but control characters show as `\ufffd`, emoji codes such as `:x:` stay as written, numbers get
    no colour, and nothing is cut. Where there is no terminal and no width is given, lines are as long as they are.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(emoji=False, highlight=False, **options)
        if "width" not in options and not self.is_terminal:
            self.width = _NO_END

    def print(self, *objects: Any, markup: bool = True, **options: Any) -> None:
        """Print texts and tables. A text that is alone wraps between words."""
        if len(objects) == 1 and isinstance(objects[0], str):
            objects = (Sentences(self.render_str(objects[0], markup=markup)),)
        super().print(*objects, markup=markup, crop=False, **options)

    def say(self, text: str, **options: Any) -> None:
        """Print the text as it is written: without markup and colours of its own."""
        self.print(text, markup=False, **options)

    def fail(self, text: str) -> None:
        """Print a sentence on what went wrong, with a sign before it."""
        self.print(Sentences(Text.assemble(("✗ ", "red"), _harmless(text))))

    def render_str(self, text: str, **options: Any) -> Text:
        """Return the text for layout, made harmless, so that a table measures the characters it will print."""
        return super().render_str(_harmless(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments with harmless texts.

        Rich's own control segments, such as moves of the cursor, pass unchanged.
        """
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else _harmless(text).replace(_TOGETHER, " "), style, control)


def _harmless(text: str) -> str:
    return text if text.isprintable() else "".join(map(_shown, text.replace("\r\n", "\n")))


def _shown(character: str) -> str:
    if character.isprintable() or character in _KEPT:
        return character
    if character in _UNSEEN:
        return ""
    return " " if unicodedata.category(character) == "Zs" else "\ufffd"
