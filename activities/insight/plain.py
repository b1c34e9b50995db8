"""A message as plain words, whatever somebody sent.

Promises a bounded text in one line without addresses, mentions and control characters, in any script. Must not know
what is looked for in it.
"""

import re
import unicodedata
from functools import lru_cache

from policies.text.written import written

LENGTH_LIMIT, END = 1000, 300
"""Longer texts are read at their beginning and at their end: that is where people say what they want."""

_NOT_WORDS = {
    "://": re.compile(r"https?://\S{1,300}"),
    "@": re.compile(r"(?<!\w)@\w{1,40}"),
    "&": re.compile(r"&(?:amp|gt|lt|quot);"),
    "__": re.compile(r"__\w{1,20}__"),
}
"""By what each of them can't do without: few texts have it, and it is found much sooner."""
_ODD = re.compile(r"[^ -~]")
"""Whatever is not plainly visible to every reader; the rest need not be looked at one by one."""
_WORD = re.compile(r"\w+(?:'\w+)?")
_AS_TYPED = {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "…": "...", "\u00a0": " "}
"""What programs make of the keys that people press."""
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
        for shown, typed in _AS_TYPED.items():
            text = text.replace(shown, typed)
    if not text.isprintable():
        text = _ODD.sub(_visible, text)
    text = unicodedata.normalize("NFC", text)
    for mark, pattern in _NOT_WORDS.items():
        if mark in text:
            text = pattern.sub(" ", text)
    return " ".join(text.split())


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
