"""A message as plain words, whatever somebody sent.

Promises a bounded text in one line without addresses, mentions and control characters, in any script. Must not know
what is looked for in it.
"""

import re
import unicodedata
from functools import lru_cache

from policies.written import written

LENGTH_LIMIT, END = 1000, 300
"""Longer texts are read at their beginning and at their end: that is where people say what they want."""

_NOT_WORDS = re.compile(r"https?://\S{1,300}|(?<!\w)@\w{1,40}|&(?:amp|gt|lt|quot);|__\w{1,20}__")
_ODD = re.compile(r"[^ -~]")
"""Whatever is not plainly visible to every reader; the rest need not be looked at one by one."""
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"\w+(?:'\w+)?")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "\u00a0": " "})
_LIKE_CONTROLS = {"Cc", "Cf", "Cs", "Co", "Cn"}


def worth_reading(text: str) -> str:
    """What its writer wrote, of a long text the beginning and the end, with a visible cut."""
    text = written(text)
    return text if len(text) <= LENGTH_LIMIT else f"{text[: LENGTH_LIMIT - END - 3]} … {text[-END:]}"


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """The text to be looked at. Remembered, like all that is asked again of a message with each that comes after it."""
    text = worth_reading(text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _ODD.sub(_visible, text.translate(_APOSTROPHES)))
    elif not text.isprintable():
        text = _ODD.sub(_visible, text)
    return _SPACES.sub(" ", _NOT_WORDS.sub(" ", text)).strip()


@lru_cache(maxsize=1024)
def words(text: str) -> tuple[str, ...]:
    """Its words in small letters."""
    return tuple(_WORD.findall(text.lower().replace("_", " ")))


def _visible(found: re.Match[str]) -> str:
    """Marks that turn the writing direction, and bytes that are no text, would show in notes as something else."""
    character = found[0]
    if unicodedata.category(character) not in _LIKE_CONTROLS:
        return character
    return " " if character in "\n\r\t\f\v" or character.isspace() else ""
