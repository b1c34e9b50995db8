"""Cutting: a text within so many characters, or so many bytes of JSON or of UTF-8, marked where it was cut.

Promises that a text that fits stays as it is, and that of a longer one the longest beginning stays that fits together
with the mark; a room smaller than the mark holds the mark alone. Must not know where a text is shown.
"""

import json
from collections.abc import Callable

from policies.text.json_text import size_of

CUT, DOTS = " … (cut)", "…"
Measure = Callable[[str], int]
"""A measure of texts: `len` for characters, or one of those below. It adds up, and each character counts 1 or more."""
_WIDEST = 12
"""The most that one character counts: an emoji in ASCII, `\\ud83d\\ude00`. Most texts are short: they fit uncounted."""


def json_bytes(text: str) -> int:
    """Return the bytes of the text within the quotes of JSON; the first branch is the quick one."""
    if text.isprintable():
        return len(text.encode()) + text.count('"') + text.count("\\")
    return size_of(text) - 2


def escaped_bytes(text: str) -> int:
    """Return the bytes within the quotes of JSON in ASCII: the most that any encoder makes of the text."""
    return len(json.dumps(text)) - 2


def utf8_bytes(text: str) -> int:
    """Return the bytes of the text as UTF-8; half a character counts one."""
    return len(text.encode(errors="replace"))


def cut(text: str, room: int, *, unit: Measure = json_bytes, mark: str = CUT, strip: bool = False) -> str:
    """Return the text where it fits into `room`, else its beginning and the mark; `strip`: without a space between."""
    if _WIDEST * len(text) <= room or unit(text) <= room:
        return text
    left = max(room - unit(mark), 0)
    high = min(len(text), left)
    low = high if unit(text[:high]) <= left else 0
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if unit(text[:middle]) <= left else (low, middle - 1)
    kept = text[:low]
    return f"{kept.rstrip() if strip else kept}{mark}"


def clipped(text: object, room: int) -> str:
    """Return the text as one line of at most `room` characters, with every run of white space as one space."""
    return cut(" ".join(str(text).split()), room, unit=len, mark=DOTS)
