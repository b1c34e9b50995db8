"""Whether the patterns of a policy can be used, and are looked for at all.

Promises a finding for every pattern that can't be read, at the character. Must not know RE2 (`regular`).
"""

from collections.abc import Iterator
from typing import Any, cast

from policies.draft import Draft
from policies.meaning import RISKS_LIMIT, WORD_LIMIT
from policies.regular import COUNT_LIMIT, problem
from policies.source import Finding, Path

_AT: Path = ("insight", "patterns")


def check_insight(draft: Draft) -> Iterator[Finding]:
    """Everything wrong with the section `insight`."""
    if draft.written(("insight",)) is None:
        return
    listens = any(trigger.event == "understood" for rule in draft.rules.values() for trigger in rule.on.values())
    if not listens:
        sentence = "no rule listens to `understood`, so no message is read: add one with `on: understood`"
        yield Finding(("insight",), sentence, at_key=True)
    found = list(_patterns(draft))
    for path, pattern in found:
        if wrong := problem(pattern):
            column, sentence = wrong
            yield Finding(path, sentence, within=(1, column))
    if len(found) > COUNT_LIMIT:
        yield Finding(_AT, f"{len(found)} patterns are too many to try on every message: write at most {COUNT_LIMIT}")
    yield from _check_names(draft)


def _check_names(draft: Draft) -> Iterator[Finding]:
    risks = draft.written((*_AT, "risks"))
    names = list(cast("dict[str, Any]", risks)) if isinstance(risks, dict) else []
    for name in names:
        if not name.strip() or len(name) > WORD_LIMIT:
            sentence = f"a risk's name has at most {WORD_LIMIT} characters and is not empty: rules ask for it"
            yield Finding((*_AT, "risks", name), sentence, at_key=True)
    if len(names) > RISKS_LIMIT:
        yield Finding((*_AT, "risks"), f"{len(names)} risks are too many: write at most {RISKS_LIMIT}", at_key=True)


def _patterns(draft: Draft) -> Iterator[tuple[Path, str]]:
    for name in ("asks_for_human", "frustration"):
        yield from _listed(draft, (*_AT, name))
    for name in ("risks", "systems"):
        topics = draft.written((*_AT, name))
        for topic in cast("dict[str, Any]", topics) if isinstance(topics, dict) else ():
            yield from _listed(draft, (*_AT, name, topic))


def _listed(draft: Draft, path: Path) -> Iterator[tuple[Path, str]]:
    written = draft.written(path)
    for number, pattern in enumerate(cast("list[Any]", written) if isinstance(written, list) else []):
        if isinstance(pattern, str):
            yield (*path, number), pattern
