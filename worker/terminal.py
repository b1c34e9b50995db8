"""Where commands print: a console on which nobody's words can steer the terminal.

Promises that of what customers, colleagues and other systems wrote only visible characters arrive, whatever prints
them; colours and links of our own do. Must not know what is printed.
"""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

_KEPT = "\n\t\u200c\u200d"
"""What is not printed itself, but holds lines, words and emojis together."""
_INSTEAD = "\ufffd"


class Terminal(Console):
    """Rich's console; what can't be seen stands on it as `\ufffd`."""

    def render_str(self, text: str, **options: Any) -> Text:
        """The text as it is laid out: what takes room in a table is already what stands there."""
        return super().render_str(_harmless(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The segments with harmless texts. Rich's own, such as those that move the cursor, say that they are."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else _harmless(text), style, control)


def _harmless(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() or character in _KEPT else _INSTEAD for character in text)
