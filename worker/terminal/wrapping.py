"""Wraps texts to the width of a terminal, between words.

Promises that no word and no command in backticks is taken apart where it fits into a line, so that both can be copied;
and that nothing is cut. Must not know what the texts say.
"""

import re
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells
from rich.text import Text

_PHRASE = re.compile(r"[^ \t`]*`[^`]*`[^ \t`]*|[^ \t]+")
"""A word, or a command in backticks with the brackets and signs around it."""
_WORD = re.compile(r"[^ \t]+")


def together(text: str) -> str:
    """Return a text whose words stay on one line: with no-break spaces, which the terminal prints as spaces."""
    return text.replace(" ", "\u00a0")


def longest_word(text: str) -> int:
    """Return the width of the longest word."""
    return max((cell_len(word) for word in text.split()), default=0)


def wrapped(text: Text, width: int) -> list[Text]:
    """Return the lines of the text, none wider than `width` where its words allow that; indented as the line was."""
    return [piece for line in text.split("\n", allow_blank=True) for piece in _pieces(line, width)]


def _pieces(line: Text, width: int) -> list[Text]:
    plain = line.plain
    if cell_len(plain.rstrip()) <= width:
        return [line]
    indent = len(plain) - len(plain.lstrip(" "))
    first, *others = line.divide(_breaks(plain, indent, width))
    pieces = [first, *(Text(" " * indent).append_text(piece) for piece in others)]
    for piece in pieces:
        piece.rstrip()
    return pieces


def _breaks(plain: str, indent: int, width: int) -> list[int]:
    """Return where the lines after the first begin."""
    breaks: list[int] = []
    begins, room = 0, width
    for start, end in _units(plain, indent, width - indent):
        if start > max(begins, indent) and cell_len(plain[begins:end]) > room:
            breaks.append(start)
            begins, room = start, width - indent
    return breaks


def _units(plain: str, indent: int, room: int) -> Iterator[tuple[int, int]]:
    """Yield where each unit that stays together begins and ends: a phrase that fits into a line, else a word of it."""
    for phrase in _PHRASE.finditer(plain, indent):
        if cell_len(phrase[0]) <= room:
            yield phrase.span()
            continue
        for word in _WORD.finditer(plain, *phrase.span()):
            yield from _parts(word, room)


def _parts(word: re.Match[str], room: int) -> Iterator[tuple[int, int]]:
    """Yield a word whole, however long, for it can be an address; but scripts without spaces in parts that fit."""
    start = word.start()
    is_without_spaces = cell_len(word[0]) > len(word[0])
    for part in chop_cells(word[0], room) if is_without_spaces and room > 1 else [word[0]]:
        yield start, start + len(part)
        start += len(part)
