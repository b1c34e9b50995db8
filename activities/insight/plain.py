"""Turns a message into plain words, whatever it contains.

Promises a bounded text in one line without addresses, mentions and control characters, in any script. Must not know
what is looked for in it.
"""

import re
from functools import lru_cache

from policies.text.comparable import as_typed, without_addresses
from policies.text.written import own_words

LENGTH_LIMIT, END = 1000, 300
"""The most characters that are read, and how many of them from the end. People say what they want at the beginning and
at the end."""

_WORD = re.compile(r"\w+(?:'\w+)?")


def worth_reading(text: str) -> str:
    """Return the text without HTML and quoted mail; of a long one the beginning and the end, with a visible cut."""
    text = own_words(text)
    return text if len(text) <= LENGTH_LIMIT else f"{text[: LENGTH_LIMIT - END - 3]} … {text[-END:]}"


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """Return the text to search in. Cached, because each message is read again with each that comes after it."""
    return " ".join(without_addresses(as_typed(worth_reading(text))).split())


@lru_cache(maxsize=1024)
def words(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case."""
    return tuple(_WORD.findall(text.lower().replace("_", " ")))
