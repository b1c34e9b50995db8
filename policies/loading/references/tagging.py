"""Checks of the section `tagging`.

Promises a finding with a remedy for every name that could never be a tag. Must not know a tagger's categories: those
are compared when a worker starts.
"""

from collections.abc import Iterator
from typing import Any, cast

from policies.document.proposals import TAG_LIMIT
from policies.loading.draft import Draft
from policies.loading.source import Mistake, Path
from policies.text.spelling import did_you_mean

_TAGS: Path = ("tagging", "tags")


def check_tagging(draft: Draft) -> Iterator[Mistake]:
    """Find everything wrong with the names in it."""
    tags = draft.written(_TAGS)
    if tags == {}:
        sentence = "no tag may be proposed: name one with its category, or remove `tags` for all that the tagger knows"
        yield Mistake(_TAGS, sentence, at_key=True)
    yield from _check_live(draft, tags)
    if not isinstance(tags, dict):
        return
    for tag, written in cast("dict[str, Any]", tags).items():
        if not _can_be_named(tag):
            yield Mistake((*_TAGS, tag), f"a tag has 1 to {TAG_LIMIT} characters: shorten it", at_key=True)
        yield from _check_categories((*_TAGS, tag), written)


def _check_live(draft: Draft, tags: object) -> Iterator[Mistake]:
    """Find tags that are said to be live and are never proposed."""
    written = draft.written(("tagging", "live"))
    names = cast("list[Any]", written) if isinstance(written, list) else [written] if written is not None else []
    for number, name in enumerate(names):
        place: Path = ("tagging", "live", number) if isinstance(written, list) else ("tagging", "live")
        if isinstance(name, str) and isinstance(tags, dict) and name not in tags:
            known = did_you_mean(name, cast("dict[str, Any]", tags), there_is="the tags are")
            yield Mistake(place, f"`{name}` is not under `tags`, so it is never proposed: {known}")
    if names and draft.written(("tagging", "mode")) == "live":
        sentence = "all tags are live by the `mode`: remove `live`, or write `mode: shadow`"
        yield Mistake(("tagging", "live"), sentence, at_key=True)


def _check_categories(path: Path, written: Any) -> Iterator[Mistake]:
    is_list = isinstance(written, list)
    names = cast("list[Any]", written) if is_list else [written]
    for number, name in enumerate(names):
        place = (*path, number) if is_list else path
        if not isinstance(name, str):
            continue
        if not _can_be_named(name):
            yield Mistake(place, f"no tagger has such a category: its name has 1 to {TAG_LIMIT} characters")
        elif name in names[:number]:
            yield Mistake(place, f"`{name}` stands here already: remove one of them")


def _can_be_named(name: str) -> bool:
    return bool(name.strip()) and len(name) <= TAG_LIMIT
