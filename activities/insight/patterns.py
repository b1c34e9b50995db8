"""The patterns of one language, read from its data file and compiled once.

Promises that a further language needs nothing but a data file. Must not know what a match is used for.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from activities.insight.sieve import Sieve, beginning
from policies.text.languages import language_in

FOLDER = Path(__file__).parent / "patterns"
FALLBACK = "en"
"""The language whose patterns are tried where the customer's has none: product names and curses cross languages."""

_PLACEHOLDER = re.compile(r"\{(\w*[a-z]\w*)\}")


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """Patterns of one kind, each with its number in the sieve, which tells for each text which of them may match.

    A match does not count within 60 characters after `unless_after` or before `unless_before`. A text that `unless`
    matches is ruled out as a whole.
    """

    sieve: Sieve
    looked_for: re.Pattern[str]
    parts: Mapping[int, re.Pattern[str]]
    unless: re.Pattern[str] | None = None
    unless_after: re.Pattern[str] | None = None
    unless_before: re.Pattern[str] | None = None

    def found_in(self, text: str) -> str:
        """Return the words that matched in a lower-case text; empty where none did."""
        possible = self.sieve.possible(text) & self.parts.keys()
        if not possible:
            return ""
        if not (self.unless_after or self.unless_before):
            return _earliest(self.parts[number].search(text) for number in sorted(possible))
        for match in self.looked_for.finditer(text):
            if match[0] and not self.is_denied(text, *match.span()):
                return match[0].strip()
        return ""

    def is_denied(self, text: str, start: int, end: int) -> bool:
        """Return whether the words right before or behind a match change its meaning."""
        if self.unless_after and self.unless_after.search(text, max(0, start - 60), start):
            return True
        return bool(self.unless_before and self.unless_before.search(text[end : end + 60]))

    def is_ruled_out(self, text: str) -> bool:
        """Return whether the text contains words that take the meaning away."""
        return bool(self.unless and self.unless.search(text))


@dataclass(frozen=True, slots=True)
class Weighed:
    """A kind of wording and its weight, from -1 to 1."""

    weight: float
    wording: Wording


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """All patterns of one language. There is one object for each language, so that it can be a key."""

    name: str
    common: frozenset[str]
    asks_for_human: Wording
    frustration: Mapping[str, Weighed]
    risks: Mapping[str, Wording]
    systems: Mapping[str, Wording]


@cache
def language_of(locale: str) -> Language:
    """Return the patterns for a locale such as `pt-BR`; those of `FALLBACK` where there are none."""
    name = language_in(locale)
    return _read(name if name in languages() else FALLBACK)


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have patterns."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def _read(name: str) -> Language:
    raw: dict[str, Any] = YAML(typ="safe", pure=True).load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    words: dict[str, str] = raw["words"]
    for key, value in words.items():
        words[key] = filled(value, words)
    asks = raw["asks_for_human"]
    sieve = Sieve()
    return Language(
        name=raw["language"],
        common=frozenset(raw["common"].split()),
        asks_for_human=Wording(
            *looked_for(asks["patterns"], words, sieve),
            unless_after=any_of([asks["unless_after"]], words),
            unless_before=any_of([asks["unless_before"]], words),
        ),
        frustration={
            kind: Weighed(float(listed["weight"]), Wording(*looked_for(listed["patterns"], words, sieve)))
            for kind, listed in raw["frustration"].items()
        },
        risks={topic: _wording(listed, words, sieve) for topic, listed in raw["risks"].items()},
        systems={system: Wording(*looked_for(listed, words, sieve)) for system, listed in raw["systems"].items()},
    )


def _earliest(found: Iterable[re.Match[str] | None]) -> str:
    """Return the words that stand first in the text; where two begin together, those of the first pattern."""
    matches = [match for match in found if match and match[0]]
    return min(matches, key=re.Match[str].start)[0].strip() if matches else ""


def _wording(listed: Mapping[str, Any], words: Mapping[str, str], sieve: Sieve) -> Wording:
    unless = listed.get("except")
    return Wording(*looked_for(listed["patterns"], words, sieve), unless=any_of([unless], words) if unless else None)


def looked_for(
    patterns: Sequence[str], words: Mapping[str, str], sieve: Sieve
) -> tuple[Sieve, re.Pattern[str], Mapping[int, re.Pattern[str]]]:
    """Return the patterns as one expression, and each by itself under its number in the sieve."""
    whole = [filled(pattern, words) for pattern in patterns]
    return sieve, any_of(patterns, words), {sieve.add(beginning(each)): re.compile(each, re.I) for each in whole}


def any_of(patterns: Iterable[str], words: Mapping[str, str]) -> re.Pattern[str]:
    """Return one expression for all patterns, so that the engine reads the text once."""
    return re.compile("|".join(f"(?:{filled(pattern, words)})" for pattern in patterns), re.I)


def filled(pattern: str, words: Mapping[str, str]) -> str:
    """Return the pattern with the lists of words that it names."""
    return _PLACEHOLDER.sub(lambda match: words[match[1]], pattern)
