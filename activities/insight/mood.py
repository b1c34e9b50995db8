"""Measures how frustrated a customer is: many signs that add up; among words, only a curse says enough by itself.

Promises a number from 0 to 1 that grows with every further sign. A sentiment that the sender measured replaces our own
judgement of the wording. Must not know what is done about it.
"""

import re
from functools import lru_cache
from typing import Any

from activities.insight.patterns import Language
from activities.insight.plain import words as words_of
from activities.insight.vader import is_unhappy
from policies.running.conditions.patterns import words_found

_SHOUTED = re.compile(r"[A-Z](?<!\w[A-Z])[A-Z]{2,}\b")
"""Whole words in capitals. The expression begins with a capital letter, which is found faster than the edge of a
word."""
_LETTERS = re.compile(r"[A-Za-z]{2,}")
_EXCLAIMED = re.compile(r"!(?:!+|\?[?!]*!|\?| !)|\?(?:[?!]*!|\?{2,})")
_SHOUTING, _EXCLAIMING, _BY_POLICY = 0.35, 0.25, 0.6
_VADER = 0.25
FURTHER = {"abuse": 0.75, "upset": 0.5}
"""The weights of curses and complaints that are found in languages without patterns of their own."""
_LINGERS = 0.35
"""The share of the anger of each earlier message that still counts."""
_SHORTER, _SAID_AGAIN = 0.1, 0.2


@lru_cache(maxsize=1024)
def of_message(
    text: str,
    language: Language,
    sentiment: float | None,
    extra: tuple[str, ...],
    *,
    is_english: bool,
    further: tuple[tuple[float, str], ...] = (),
) -> tuple[float, str]:
    """Return how frustrated one message sounds, and the words that show it most clearly.

    VADER knows only English words and reads every text as English: the German article "die" means death to it. Results
    are cached, because each message is read again with the dozen that come after it.
    """
    small = text.lower()
    signs: list[tuple[float, str]] = []
    calms = 0.0
    if sentiment is not None:
        signs.append((min(1.0, max(0.0, -sentiment)), ""))
    else:
        for weighed in language.frustration.values():
            if found := weighed.wording.found_in(small):
                calms = min(calms, weighed.weight)
                signs.append((max(0.0, weighed.weight), found))
        signs += further
        if is_english and is_unhappy(text):
            signs.append((_VADER, ""))
    signs += [(_BY_POLICY, words) for words in (words_found(pattern, small) for pattern in extra) if words][:1]
    shouted = _SHOUTED.findall(text)
    if len(shouted) >= 3 and len(shouted) * 2 >= len(_LETTERS.findall(text)):
        signs.append((_SHOUTING, " ".join(shouted[:4])))
    if exclaimed := _EXCLAIMED.search(text):
        signs.append((_EXCLAIMING, exclaimed[0]))
    clearest = max(signs, default=(0.0, ""))
    return any_of(weight for weight, _ in signs) * (1 + calms), clearest[1] if clearest[0] > _EXCLAIMING else ""


def of_conversation(earlier: list[float], now: float, *, is_getting_shorter: bool, repeated: int) -> float:
    """Return how frustrated the customer is after this message: earlier anger still counts, and patterns add to it."""
    total = any_of([now, *(_LINGERS * each for each in earlier)])
    if total and is_getting_shorter:
        total = any_of([total, _SHORTER])
    return any_of([total, *[_SAID_AGAIN] * min(repeated, 3)])


def is_getting_shorter(texts: list[str]) -> bool:
    """Return whether the customer went from sentences to single words: three messages, each at most half as long."""
    lengths = [len(words_of(text)) for text in texts[-3:]]
    return len(lengths) == 3 and lengths[0] >= 8 and lengths[1] * 2 <= lengths[0] and lengths[2] * 2 <= lengths[1]


def any_of(weights: Any) -> float:
    """Return the combined weight of independent signs: the doubts that each leaves are multiplied."""
    doubt = 1.0
    for weight in weights:
        doubt *= 1.0 - weight
    return 1.0 - doubt
