"""VADER (extra `sentiment`), one weak fact of many: asked only where its answer could be that somebody is unhappy.

Promises the very verdict that VADER itself would give, sooner. Must not know what the verdict is worth.
"""

import string
from collections.abc import Callable
from functools import cache
from typing import Any

_LIMIT = 2000
"""Characters: it takes time by the square of the length."""
_UNHAPPY = -0.5


def is_unhappy(text: str) -> bool:
    """Whether it finds the text clearly negative; never where the extra is not installed."""
    found = _analyser()
    if found is None or not text:
        return False
    score, darkening = found
    text = text[:_LIMIT]
    return _may_be_negative(text, darkening) and float(score(text)["compound"]) <= _UNHAPPY


def _may_be_negative(text: str, darkening: frozenset[str]) -> bool:
    """Its sum is of words: without one that is negative, or that turns or dampens others, it can't fall below zero."""
    small = text.lower()
    if not text.isascii() or "n't" in small:
        return True
    return any(word in darkening or word.strip(string.punctuation) in darkening for word in small.split())


@cache
def _analyser() -> tuple[Callable[[str], Any], frozenset[str]] | None:
    try:
        from vaderSentiment import vaderSentiment as vader  # noqa: N813  a module
    except ImportError:
        return None
    analyser = vader.SentimentIntensityAnalyzer()
    lexicon: dict[str, float] = analyser.lexicon
    negative = {word for word, valence in lexicon.items() if valence <= 0}
    dampening = {word for phrase, by in vader.BOOSTER_DICT.items() if by < 0 for word in phrase.split() if word != "of"}
    phrases = {phrase.split()[0] for phrase, valence in vader.SPECIAL_CASES.items() if valence <= 0}
    return analyser.polarity_scores, frozenset({*negative, *vader.NEGATE, *dampening, *phrases, "least"})
