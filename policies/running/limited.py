"""The limits of an event's or a command's texts: a text that is too long is cut, visibly.

Promises that a text within its limit stays as it is, and that a text that was cut ends with a mark. Must not know what
an event means.
"""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from policies.running.facts import as_text
from policies.state.limits import ATTRIBUTE_LIMIT, NAME_LIMIT, TEXT_LIMIT, WORDS_LIMIT
from policies.text.json_text import size_of

CUT = " … (cut)"
_WORDS = frozenset({"note", "tried", "think", "need", "because", "why", "trouble", "detail"})
"""The fields in which people or systems say something; other texts name something."""
_AS_THEY_ARE = frozenset({"event_id", "kind", "source", "text"})
"""The fields with limits of their own, see `messages`."""
_Model = TypeVar("_Model", bound=BaseModel)


def cut(text: str, room: int) -> str:
    """Return the text in at most `room` bytes of JSON; where it is longer, its beginning and a mark."""
    if 6 * len(text) <= room or _size(text) <= room:
        return text
    left = room - _size(CUT)
    kept = text[: max(left, 0)]
    while kept and (size := _size(kept)) > left:
        kept = kept[: min(len(kept) - 1, len(kept) * left // size)]
    return kept + CUT


def _size(text: str) -> int:
    """Return the bytes of the text within the quotes of JSON; the first branch is the quick one."""
    if text.isascii() and text.isprintable():
        return len(text) + text.count('"') + text.count("\\")
    return size_of(text) - 2


def limited(event: _Model) -> _Model:
    """Return the event or command with each of its texts within the limit."""
    changed: dict[str, Any] = {}
    for name in type(event).model_fields:
        value = getattr(event, name)
        if (within := _limited(name, value)) is not value:
            changed[name] = within
    return event.model_copy(update=changed) if changed else event


def as_value(value: Any) -> Any:
    """Return an attribute's value; where it is too long, the beginning of its text."""
    text = value if isinstance(value, str) else as_text(value)
    within = cut(text, ATTRIBUTE_LIMIT)
    return value if within == text else within


def _limited(name: str, value: Any) -> Any:
    match value:
        case _ if name == "value":
            return as_value(value)
        case str() if name not in _AS_THEY_ARE:
            return cut(value, WORDS_LIMIT if name in _WORDS else NAME_LIMIT)
        case tuple():
            items = cast("tuple[Any, ...]", value)
            kept = tuple(_limited(name, item) for item in items)
            return value if kept == items else kept
        case Mapping() if name == "attributes":
            named = cast("Mapping[str, Any]", value)
            within = {cut(key, NAME_LIMIT): as_value(inner) for key, inner in named.items()}
            return value if within == named else within
        case BaseModel() if name == "note":
            return limited(value)
        case _:
            return value


def message_text(text: str) -> str:
    """Return a message's text within `TEXT_LIMIT` characters."""
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - len(CUT)] + CUT
