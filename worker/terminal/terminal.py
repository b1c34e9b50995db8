"""Where commands print: a console on which nobody's words can steer the terminal.

Promises that of what customers, colleagues and other systems wrote only visible characters arrive, whatever prints
them; colours and links of our own do. Must not know what is printed.
"""

import unicodedata
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

_KEPT = frozenset(["\n", "\t", "\u200c", "\u200d", *map(chr, range(0xE0020, 0xE0080))])
"""What is not printed itself, but holds lines, words and emojis together."""
_UNSEEN = frozenset("\u00ad\u200b\u200e\u200f\u2060\ufeff")
"""Where a word may be broken, which way it is read, how a file begins: nothing to be warned of, nothing to be seen."""


class Terminal(Console):
    """Rich's console; what could steer a terminal stands on it as `\ufffd`, and `:x:` is what somebody wrote."""

    def __init__(self, **options: Any) -> None:
        super().__init__(emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """The text as it is laid out: what takes room in a table is already what stands there."""
        return super().render_str(_harmless(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The segments with harmless texts. Rich's own, such as those that move the cursor, say that they are."""
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
