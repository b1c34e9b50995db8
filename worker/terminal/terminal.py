"""The console on which commands print, and on which no text of other people can control the terminal.

Promises that only visible characters are printed of what customers, colleagues and other systems wrote, whatever prints
it; our own colours and links are kept. Must not know what is printed.
"""

import unicodedata
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

_KEPT = frozenset(["\n", "\t", "\u200c", "\u200d", *map(chr, range(0xE0020, 0xE0080))])
"""Characters that are not visible themselves, but hold lines, words and emojis together."""
_UNSEEN = frozenset("\u00ad\u200b\u200e\u200f\u2060\ufeff")
"""Invisible characters that do no harm: word breaks, the direction of reading, the beginning of a file."""


class Terminal(Console):
    """Rich's console, but control characters show as `\ufffd`, emoji codes such as `:x:` stay as written, and numbers
    get no colour.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(emoji=False, highlight=False, **options)

    def say(self, text: str, **options: Any) -> None:
        """Print the text as it is written: without markup, colours of its own and line breaks."""
        self.print(text, markup=False, soft_wrap=True, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Return the text for layout, made harmless, so that a table measures the characters it will print."""
        return super().render_str(_harmless(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments with harmless texts.

        Rich's own control segments, such as moves of the cursor, pass unchanged.
        """
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else _harmless(text), style, control)


def _harmless(text: str) -> str:
    return text if text.isprintable() else "".join(map(_shown, text.replace("\r\n", "\n")))


def _shown(character: str) -> str:
    if character.isprintable() or character in _KEPT:
        return character
    if character in _UNSEEN:
        return ""
    return " " if unicodedata.category(character) == "Zs" else "\ufffd"
