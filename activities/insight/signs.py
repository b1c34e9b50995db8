"""Further signs in customers' messages, in English, German, French and Spanish at once: moods, topics, requests.

Promises that every message is looked through for the words of all these languages, so that a short one needs no
recognised language. Must not know what a sign is used for.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from activities.insight.patterns import FOLDER, Wording, any_of, filled, looked_for
from activities.insight.sieve import Sieve

_FILES = FOLDER / "signs"
_GROUPS = ("signs", "risks", "topics", "systems")
_KINDS = ("unless", "unless_after", "unless_before")


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """The wordings of one language, by what they show: a group, such as `topics`, and a name in it."""

    sieve: Sieve
    wordings: Mapping[tuple[str, str], Wording]
    shows: Mapping[int, tuple[str, str]]
    """The sign that each expression shows, by its number in the sieve."""


def found_in(group: str, text: str) -> Mapping[str, str]:
    """Return the names of one group that a lower-case text shows, each with the words that matched first."""
    return _found(text).get(group, {})


@cache
def signs() -> tuple[Signs, ...]:
    """Return the wordings of all languages, each with a sieve of its own: one for all of them would be slow.

    What rules a sign out in one language does so in all of them, since languages share words such as “urgent”.
    """
    files = [_read(path) for path in sorted(_FILES.glob("*.yaml"))]
    ruled_out: dict[tuple[tuple[str, str], str], list[str]] = {}
    for shown, listed in chain.from_iterable(file.items() for file in files):
        for kind in _KINDS:
            ruled_out.setdefault((shown, kind), []).extend(listed[kind])
    return tuple(_language(file, ruled_out) for file in files)


def _language(
    file: Mapping[tuple[str, str], Mapping[str, list[str]]], ruled_out: Mapping[tuple[tuple[str, str], str], list[str]]
) -> Signs:
    sieve, wordings = Sieve(), dict[tuple[str, str], Wording]()
    for shown, listed in file.items():
        unless = {kind: any_of(some, {}) for kind in _KINDS if (some := ruled_out[shown, kind])}
        wordings[shown] = Wording(*looked_for(listed["patterns"], {}, sieve), **unless)
    shows = {number: shown for shown, wording in wordings.items() for number in wording.parts}
    return Signs(sieve, wordings, shows)


def _read(path: Path) -> dict[tuple[str, str], dict[str, list[str]]]:
    """Return each sign of a file, with its patterns and those that rule it out."""
    raw: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    words: dict[str, str] = raw["words"]
    for key, value in words.items():
        words[key] = filled(value, words)
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for group in _GROUPS:
        for name, listed in raw.get(group, {}).items():
            texts = {kind: [listed[kind]] if kind in listed else [] for kind in _KINDS} | {
                "patterns": listed["patterns"]
            }
            found[group, name] = {kind: [filled(each, words) for each in some] for kind, some in texts.items()}
    return found


@lru_cache(maxsize=1024)
def _found(text: str) -> Mapping[str, Mapping[str, str]]:
    """Return the words for each sign by group and name. Only expressions that the sieve lets through are tried."""
    found: dict[str, dict[str, str]] = {}
    for language in signs():
        possible: dict[tuple[str, str], list[int]] = {}
        for number in sorted(language.sieve.possible(text)):
            possible.setdefault(language.shows[number], []).append(number)
        for (group, name), numbers in possible.items():
            if name not in found.get(group, {}) and (words := _words(language.wordings[group, name], numbers, text)):
                found.setdefault(group, {})[name] = words
    return found


def _words(wording: Wording, numbers: Sequence[int], text: str) -> str:
    """Return the first words that match and are not ruled out, nor overlap with words that are."""
    tried = (wording.parts[number].finditer(text) for number in numbers)
    matches = [match for match in chain.from_iterable(tried) if match[0]]
    if not matches or wording.is_ruled_out(text):
        return ""
    out = [match.span() for match in matches if wording.is_denied(text, *match.span())]
    kept = (match for match in matches if not any(match.start() < end and start < match.end() for start, end in out))
    first = min(kept, key=re.Match[str].start, default=None)
    return first[0].strip() if first else ""
