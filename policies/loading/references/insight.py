"""Checks of patterns: they can be read, and a rule or the score listens to them.

Promises a finding for every pattern that can't be read, at the character. Must not know RE2 (`regular`).
"""

import re
from collections.abc import Iterator, Sequence

from policies.document.document import Trigger
from policies.loading.draft import Draft
from policies.loading.references.names import KEYWORDS
from policies.loading.source import Mistake, Path
from policies.running.conditions.patterns import never_because
from policies.running.conditions.regular import COUNT_LIMIT, problem
from policies.state.meaning import RISKS_LIMIT, WORD_LIMIT
from policies.text.comparable import without_addresses

_PATTERNS: Path = ("insight", "patterns")
_LANGUAGES: Path = ("insight", "languages")
_LANGUAGE = re.compile("[a-z]{2,3}")


def check_insight(draft: Draft) -> Iterator[Mistake]:
    """Find everything wrong with the section `insight`."""
    if draft.written(("insight",)) is None:
        return
    triggers = [trigger for rule in draft.rules.values() for trigger in rule.on.values()]
    listens = any(trigger.event == "understood" for trigger in triggers) or draft.written(("score",)) is not None
    places = _places(draft)
    if not listens and any(draft.written(place) is not None for place in places):
        sentence = "nothing listens to what the patterns find: add a rule with `on: understood`, or a `score`"
        yield Mistake(("insight",), sentence, at_key=True)
    yield from _check_keywords(draft, triggers)
    yield from _check_languages(draft)
    for place in places:
        yield from _check_patterns(draft, place)


def check_signs(draft: Draft) -> Iterator[Mistake]:
    """Find rules that listen to a score or a keyword that is missing, and a score that no rule listens to."""
    has_score, listens = draft.written(("score",)) is not None, False
    for number, rule in draft.rules.items():
        for position, trigger in rule.on.items():
            path: Path = ("rules", number, "on", position)
            listens = listens or trigger.event == "score_high"
            if trigger.event == "score_high" and not has_score:
                yield Mistake((*path, "event"), "there is no `score`, so it is never high: add one with its `weights`")
            yield from KEYWORDS.check(draft, (*path, "mentioned"), trigger.mentioned)
    if has_score and not listens:
        yield Mistake(("score",), "no rule listens to it: add one with `on: score_high`", at_key=True)


def _check_keywords(draft: Draft, triggers: Sequence[Trigger]) -> Iterator[Mistake]:
    heard = {trigger.mentioned for trigger in triggers}
    for name in draft.names_at(KEYWORDS.section):
        if name not in heard:
            sentence = f"no rule listens to it: add one with `on: {{mentioned: {name}, times: 2}}`, or remove it"
            yield Mistake((*KEYWORDS.section, name), sentence, at_key=True)


def _check_languages(draft: Draft) -> Iterator[Mistake]:
    for name in draft.names_at(_LANGUAGES):
        if not _LANGUAGE.fullmatch(name):
            sentence = f"`{name}` is not a language here: write its code in two or three small letters, such as pt"
            yield Mistake((*_LANGUAGES, name), sentence, at_key=True)


def _check_patterns(draft: Draft, place: Path) -> Iterator[Mistake]:
    """Check the patterns of one place. Keywords are tried on every message, as the general patterns are."""
    found = list(_patterns(draft, place))
    for path, pattern in found:
        if wrong := problem(pattern):
            column, sentence = wrong
            yield Mistake(path, sentence, within=(1, column))
    if len(found) > COUNT_LIMIT:
        sentence = f"{len(found)} patterns are too many to try on every message: write at most {COUNT_LIMIT}"
        yield Mistake(place, sentence)
    yield from _check_names(draft, place)


def check_wording(draft: Draft) -> Iterator[Mistake]:
    """Find patterns that can never match. Keywords see web addresses, the patterns for readings do not."""
    for path, pattern in all_patterns(draft):
        kept = str if path[: len(KEYWORDS.section)] == KEYWORDS.section else without_addresses
        if because := never_because(pattern, kept):
            yield Mistake(path, f"this pattern can never match: {because}")


def all_patterns(draft: Draft) -> Iterator[tuple[Path, str]]:
    """Yield all patterns that a policy has for the customers' words, each with its place."""
    for place in _places(draft):
        yield from _patterns(draft, place)


def _places(draft: Draft) -> list[Path]:
    return [_PATTERNS, *((*_LANGUAGES, name) for name in draft.names_at(_LANGUAGES))]


def _check_names(draft: Draft, place: Path) -> Iterator[Mistake]:
    names = draft.names_at((*place, "risks"))
    for name in names:
        if not name.strip() or len(name) > WORD_LIMIT:
            sentence = f"a risk's name has at most {WORD_LIMIT} characters and is not empty: rules ask for it"
            yield Mistake((*place, "risks", name), sentence, at_key=True)
    if len(names) > RISKS_LIMIT:
        yield Mistake((*place, "risks"), f"{len(names)} risks are too many: write at most {RISKS_LIMIT}", at_key=True)


def _patterns(draft: Draft, place: Path) -> Iterator[tuple[Path, str]]:
    for name in ("asks_for_human", "frustration"):
        yield from _listed(draft, (*place, name))
    for listed in ((*place, "risks"), (*place, "systems"), *([KEYWORDS.section] if place == _PATTERNS else [])):
        for topic in draft.names_at(listed):
            yield from _listed(draft, (*listed, topic))


def _listed(draft: Draft, path: Path) -> Iterator[tuple[Path, str]]:
    written = draft.written(path)
    if isinstance(written, str):
        yield path, written
    for number, pattern in draft.listed(path).items():
        if isinstance(pattern, str):
            yield (*path, number), pattern
