"""Recognises the language of a customer's text by its most common words.

Promises a name only where the words are clear: a word that several languages share, or a single word in a long text,
names none. Must not know what the language is used for.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from ruamel.yaml import YAML

from activities.insight.patterns import FALLBACK, language_of
from activities.insight.patterns import languages as with_patterns
from activities.insight.plain import words

_FILE = Path(__file__).with_name("languages.yaml")
_LOOKED_AT = 3
"""The number of last texts that count: a customer who changes the language is recognised after as many."""
_SHARE, _LEAD, _FOREIGN = 0.2, 1.5, 2
"""The smallest share of all words; the smallest lead over any other language; the fewest words foreign to the usual
language."""


def recognised(texts: Sequence[str]) -> str:
    """Return the language of the last texts, such as `de`; empty where they are too short or fit two languages alike.

    The usual language is named as soon as it is likelier than any other, another language only where it is clear.
    """
    said = 0
    many, weights = defaultdict[str, int](int), defaultdict[str, float](float)
    for text in texts[-_LOOKED_AT:]:
        length, counted = _counted(text)
        said += length
        for name, (times, weight) in counted.items():
            many[name] += times
            weights[name] += weight
    name = max(weights, key=lambda each: weights[each], default="")
    others = max((weight for other, weight in weights.items() if other != name), default=0.0)
    if many[name] < max(1, _SHARE * said):
        return ""
    is_usual, is_foreign = name == FALLBACK, many[name] - many[FALLBACK] >= _FOREIGN
    is_clear = weights[name] > others if is_usual else is_foreign and weights[name] >= _LEAD * others
    return name if is_clear else ""


@lru_cache(maxsize=1024)
def _counted(text: str) -> tuple[int, Mapping[str, tuple[int, float]]]:
    """Return the number of words, and for each language the number of its words and their weight.

    A word of several languages weighs less for each.
    """
    said = words(text)
    many, weights = defaultdict[str, int](int), defaultdict[str, float](float)
    for names, times in Counter(filter(None, map(_languages_of().get, said))).items():
        for name in names:
            many[name] += times
            weights[name] += times / len(names)
    return len(said), {name: (times, weights[name]) for name, times in many.items()}


@cache
def _languages_of() -> Mapping[str, tuple[str, ...]]:
    """Return each common word with the languages that have it."""
    listed: dict[str, str] = YAML(typ="safe", pure=True).load(_FILE.read_text(encoding="utf-8"))
    known = {name: frozenset(line.split()) for name, line in listed.items()}
    for name in with_patterns():
        known[name] = known.get(name, frozenset()) | language_of(name).common
    found: dict[str, tuple[str, ...]] = {}
    for name, common in sorted(known.items()):
        for word in common:
            found[word] = (*found.get(word, ()), name)
    return found
