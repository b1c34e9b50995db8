"""The limits of an event's or a command's texts: a text that is too long is cut, visibly.

Must not know what an event means.
"""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from policies.running.facts import as_text
from policies.state.limits import ATTRIBUTE_LIMIT, NAME_LIMIT, WORDS_LIMIT
from policies.text.cutting import cut

_WORDS = frozenset({"note", "tried", "think", "need", "because", "why", "trouble", "detail"})
"""The fields in which people or systems say something; other texts name something."""
_AS_THEY_ARE = frozenset({"event_id", "kind", "source", "text", "when"})
"""The fields with limits of their own, see `messages`."""
_Model = TypeVar("_Model", bound=BaseModel)


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
