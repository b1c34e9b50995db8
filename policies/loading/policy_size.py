"""The limits of a policy's size: its texts, lists, numbers and spans.

Promises a finding with a remedy for each part beyond its limit, so that judging and carrying a policy stays cheap and
no sum of times leaves the calendar. Must not know what the parts mean.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, cast

from pydantic import BaseModel

from policies.document.part import format_span
from policies.loading.source import Mistake, Path
from policies.state.limits import DOCUMENT_LIMIT

TEXT_LIMIT = 10_000
TEMPLATES_LIMIT = 100_000
"""The most characters of all texts with something to fill in: compiling 10,000 takes up to 0.3 s."""
NAME_LIMIT = 150
"""The most characters of a name. A team, a tag and a person are search attributes: 2,048 bytes, up to twelve a
character."""
OPENING_LIMIT = 500
"""The most characters of opening hours."""
ENTRIES_LIMIT = 1_000
"""The most entries of one list or mapping."""
DEPTH_LIMIT = 20
NUMBER_LIMIT = 1_000_000
SPAN_LIMIT = timedelta(days=366)
_NAMES = ("name", "tag", "untag", "skill", "policy", "timezone", "assign", "escalate", "team")
_OPENINGS = ("open", "local_time")


def check_bytes(document: BaseModel) -> Iterator[Mistake]:
    """Find a policy too large to be carried, with all that it refers to written into it.

    A thousand hours of one line each become five years of holidays each.
    """
    size = len(document.model_dump_json(exclude_defaults=True).encode())
    if size > DOCUMENT_LIMIT:
        sentence = f"with holidays and inherited promises written out the policy has {size:,} bytes"
        yield Mistake((), f"{sentence}: write at most {DOCUMENT_LIMIT:,}")


def check_templates(raw: Any) -> Iterator[Mistake]:
    """Find texts that together are too much to compile."""
    total = sum(len(text) for text in _texts(raw) if "{{" in text or "{%" in text)
    if total > TEMPLATES_LIMIT:
        sentence = f"the texts with something to fill in have {total:,} characters together"
        yield Mistake((), f"{sentence}: write at most {TEMPLATES_LIMIT:,}")


def _texts(raw: Any) -> Iterator[str]:
    if isinstance(raw, str):
        yield raw
    for _, part in _parts(raw):
        yield from _texts(part)


def _parts(of: Any) -> Iterable[tuple[Any, Any]]:
    """Return the parts of a mapping or a record by name, and of a list by position; nothing for other values."""
    match of:
        case BaseModel():
            return ((name, getattr(of, name)) for name in type(of).model_fields)
        case dict():
            return cast("Mapping[Any, Any]", of).items()
        case list() | tuple():
            return enumerate(cast("Iterable[Any]", of))
        case _:
            return ()


def check_size(raw: Any, path: Path = ()) -> Iterator[Mistake]:
    """Find everything in the content that is too long, too many or nested too deeply."""
    if len(path) > DEPTH_LIMIT:
        yield Mistake(path, "this is nested too deeply: a policy is flat")
    elif isinstance(raw, str):
        yield from _check_text(raw, path)
    elif isinstance(raw, dict | list) and (count := len(cast("list[Any]", raw))) > ENTRIES_LIMIT:
        yield Mistake(path, f"{count:,} entries are too many: write at most {ENTRIES_LIMIT:,}")
    else:
        for key, value in _parts(raw):
            if isinstance(key, str) and len(key) > NAME_LIMIT:
                yield Mistake(path, f"`{key[:30]}…` is too long a name: write at most {NAME_LIMIT} characters")
            else:
                yield from check_size(value, (*path, key))


def _check_text(text: str, path: Path) -> Iterator[Mistake]:
    field = path[-1] if path else ""
    limit = NAME_LIMIT if field in _NAMES else OPENING_LIMIT if field in _OPENINGS else TEXT_LIMIT
    if len(text) > limit:
        yield Mistake(path, f"the text has {len(text):,} characters: write at most {limit:,}")


def check_numbers(part: Any, path: Path = ()) -> Iterator[Mistake]:
    """Find every number and every span in a readable policy that is too large."""
    for name, value in _parts(part):
        yield from check_numbers(value, (*path, name))
    if isinstance(part, timedelta) and part > SPAN_LIMIT:
        yield Mistake(path, f"`{format_span(part)}` is too long: write at most {format_span(SPAN_LIMIT)}")
    elif isinstance(part, int | float) and not -NUMBER_LIMIT <= part <= NUMBER_LIMIT:
        yield Mistake(path, f"the number is too large: write at most {NUMBER_LIMIT:,}")
