"""Notices anger that mounts without a loud word: shorter messages, capitals, the same concern again.

Promises that one such sign alone says nothing, and that a customer who thanks is not angry. Must not know the words of
anger (`mood`).
"""

import re
from collections.abc import Sequence

from activities.insight.plain import words as words_of

_MESSAGES, _FEWEST, _SIGNS = 4, 3, 2
"""The last messages that are compared, the fewest that show a course, and the signs that are needed."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_LOUD = re.compile(r"!!|\?\?|\?!|!\?|\.{4}")
_IMPATIENT = re.compile(
    r"\b(?:still|again|anyone|anybody|hello\?|so\?|well\?|and\?|immer noch|schon wieder|nochmals?|erneut|na und|"
    r"hallo\?|und\?|toujours|encore|à nouveau|allô|alors\?|et\?|bonjour\?|todavía|aún|sigue|otra vez|de nuevo|hola\?|"
    r"y\?)(?!\w)|^\W{0,3}(?:hello|hallo|allô?|hola|bonjour)\W{0,2}\?",
    re.I,
)
_THANKS = re.compile(r"\b(?:thanks?|thank you|thx|dank\w{0,2}|merci|gracias|please|bitte|svp|por favor)\b", re.I)


def words(said: Sequence[str], repeated: int) -> str:
    """Return the last message where the customer's messages show at least two signs; else an empty text."""
    course = [text for text in said if text][-_MESSAGES:]
    if len(course) < _FEWEST or _THANKS.search(course[-1]):
        return ""
    first, *_, last = course
    shown = (
        repeated > 0,
        _is_shorter(course),
        _is_capital(last) and not _is_capital(first),
        bool(_LOUD.search(last)) and not _LOUD.search(first),
        bool(_IMPATIENT.search(last)),
    )
    return last if sum(shown) >= _SIGNS and any(shown[1:4]) else ""


def _is_shorter(course: Sequence[str]) -> bool:
    """Return whether the customer went from a sentence to a few words, without a longer message in between."""
    lengths = [len(words_of(text)) for text in course]
    return lengths[-1] * 2 <= lengths[0] and lengths[-1] <= 5 and lengths[0] >= 7 and lengths == sorted(lengths)[::-1]


def _is_capital(text: str) -> bool:
    """Return whether the words of a text are in capitals: two words at least, or a long one."""
    found = _WORD.findall(text)
    return sum(map(len, found)) >= 6 and all(word.isupper() for word in found)
