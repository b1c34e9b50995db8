"""Turns a message into plain words, whatever it contains.

Promises a bounded text in one line without addresses, mentions and control characters, in any script. Must not know
what is looked for in it.
"""

import re
import unicodedata
from functools import lru_cache

from policies.text.written import written

LENGTH_LIMIT, END = 1000, 300
"""The most characters that are read, and how many of them from the end. People say what they want at the beginning and
at the end."""

_NOT_WORDS = {
    "://": re.compile(r"https?://\S{1,300}"),
    "@": re.compile(r"(?<!\w)@\w{1,40}"),
    "&": re.compile(r"&(?:amp|gt|lt|quot);"),
    "__": re.compile(r"__\w{1,20}__"),
}
"""Expressions by a mark that each needs: few texts contain the mark, and it is found much faster."""
_ODD = re.compile(r"[^ -~]")
"""Characters that are not plain ASCII; only these are looked at one by one."""
_WORD = re.compile(r"\w+(?:'\w+)?")
_AS_TYPED = {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "…": "...", "\u00a0": " "}
"""Characters that programs insert for the keys that people press."""
_LIKE_CONTROLS = {"Cc", "Cf", "Cs", "Co", "Cn"}


def worth_reading(text: str) -> str:
    """Return the text without quoted mail; of a long one the beginning and the end, with a visible cut."""
    text = written(text)
    return text if len(text) <= LENGTH_LIMIT else f"{text[: LENGTH_LIMIT - END - 3]} … {text[-END:]}"


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """Return the text to search in. Cached, because each message is read again with each that comes after it."""
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
    """Return the words of a text in lower case."""
    return tuple(_WORD.findall(text.lower().replace("_", " ")))


def _visible(found: re.Match[str]) -> str:
    """Return a visible character. Marks that turn the writing direction would make notes show other text."""
    character = found[0]
    if unicodedata.category(character) not in _LIKE_CONTROLS:
        return character
    return " " if character in "\n\r\t\f\v" or character.isspace() else ""
