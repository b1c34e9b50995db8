"""VADER (extra `sentiment`), one weak sign of many: asked only where it could find that the customer is unhappy.

Promises the same verdict that VADER itself would give, but faster. Must not know what the verdict is worth.
"""

import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

_LIMIT = 280
"""The most characters: VADER was made for tweets, which have no more. Of a longer text it gets the beginning and the
end, where people say how they feel."""
_UNHAPPY = -0.5
_BEFORE, _BEHIND = 3, 2
"""The words before and behind a word that VADER reads to weigh it."""


def is_unhappy(text: str) -> bool:
    """Return whether VADER finds the text clearly negative; False where the extra is not installed."""
    found = _analyser()
    if found is None or not text:
        return False
    text = text if len(text) <= _LIMIT else f"{text[: _LIMIT // 2]} ... {text[-_LIMIT // 2 :]}"
    return found.may_darken(text) and found.score(text) <= _UNHAPPY


@dataclass(frozen=True, slots=True)
class _Vader:
    analyser: Any
    divided: Callable[[str], Any]
    modifying: frozenset[str]
    words: frozenset[str]
    pictures: frozenset[str]

    def score(self, text: str) -> float:
        """Return VADER's `compound`, from -1 to 1. VADER's own code copies the text several times for a known word."""
        if not text.isascii():
            return float(self.analyser.polarity_scores(text)["compound"])
        divided = self.divided(text.strip())
        words: list[str] = divided.words_and_emoticons
        worth = [self._worth(words, number, divided.is_cap_diff) for number in range(len(words))]
        return float(self.analyser.score_valence(self.analyser._but_check(words, worth), text)["compound"])

    def _worth(self, words: list[str], number: int, is_cap_diff: bool) -> float:
        word = words[number].lower()
        if word not in self.analyser.lexicon or word in self.modifying:
            return 0
        if word == "kind" and [each.lower() for each in words[number + 1 : number + 2]] == ["of"]:
            return 0
        first = max(0, number - _BEFORE)
        around = SimpleNamespace(words_and_emoticons=words[first : number + _BEHIND + 1], is_cap_diff=is_cap_diff)
        return self.analyser.sentiment_valence(0, around, words[number], number - first, [])[0]

    def may_darken(self, text: str) -> bool:
        """Return whether the score can be below zero: only with a negative word, or one that turns or dampens others.

        Emojis count as words.
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
    words = frozenset({*negative, *denials, *dampening, *phrases, "least"})
    divided = cast("Callable[[str], Any]", vader.SentiText)
    return _Vader(analyser, divided, frozenset(boosters), words, frozenset(pictures))
