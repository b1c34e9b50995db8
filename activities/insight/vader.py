"""VADER (extra `sentiment`), one weak fact of many: asked only where its answer could be that somebody is unhappy.

Promises the very verdict that VADER itself would give, sooner. Must not know what the verdict is worth.
"""

import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

_LIMIT = 280
"""Characters: it was made for tweets, which have no more, and takes time by the square of it. Of longer texts it gets
the beginning and the end, where people say how they feel."""
_UNHAPPY = -0.5


def is_unhappy(text: str) -> bool:
    """Whether it finds the text clearly negative; never where the extra is not installed."""
    found = _analyser()
    if found is None or not text:
        return False
    text = text if len(text) <= _LIMIT else f"{text[: _LIMIT // 2]} … {text[-_LIMIT // 2 :]}"
    return found.may_darken(text) and float(found.score(text)["compound"]) <= _UNHAPPY


@dataclass(frozen=True, slots=True)
class _Vader:
    score: Callable[[str], Any]
    words: frozenset[str]
    pictures: frozenset[str]

    def may_darken(self, text: str) -> bool:
        """Its sum is of words: without one that is negative, or that turns or dampens others, it is never below zero.

        Pictures are words to it.
        """
        small = text.lower()
        if "n't" in small or not (text.isascii() or self.pictures.isdisjoint(text)):
            return True
        return any(word in self.words or word.strip(string.punctuation) in self.words for word in small.split())


@cache
def _analyser() -> _Vader | None:
    try:
        from vaderSentiment import vaderSentiment as vader  # noqa: N813  a module
    except ImportError:
        return None
    analyser = vader.SentimentIntensityAnalyzer()
    lexicon: dict[str, float] = analyser.lexicon
    boosters: dict[str, float] = vader.BOOSTER_DICT
    special: dict[str, float] = vader.SPECIAL_CASES
    negative = {word for word, valence in lexicon.items() if valence <= 0}
    dampening = {word for phrase, by in boosters.items() if by < 0 for word in phrase.split() if word != "of"}
    phrases = {phrase.split()[0] for phrase, valence in special.items() if valence <= 0}
    denials: list[str] = vader.NEGATE
    pictures: dict[str, str] = analyser.emojis
    score = cast("Callable[[str], Any]", analyser.polarity_scores)
    words = frozenset({*negative, *denials, *dampening, *phrases, "least"})
    return _Vader(score, words, frozenset(pictures))
