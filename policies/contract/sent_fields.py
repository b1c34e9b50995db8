"""The fields that a sender may use in a message, and the line that tells of a message in the Temporal UI.

Promises to read both off the message's own model. Must not know how messages arrive.
"""

from collections.abc import Iterator
from inspect import getdoc
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from policies.state.events import Customer, CustomerUpdated, Reported

ADDED_BY_BATON = frozenset({"kind", "source", "trouble", "began_at", "noted", "whole"})
_OF_EVERY_MESSAGE = frozenset({"event_id", "occurred_at", "command_id"})
_WORDS_SHOWN = 5


def sent_fields(model: type[BaseModel]) -> dict[str, Any]:
    """Return the types of the fields that a sender may use, by name; a customer's stand beside those of its update."""
    own = {
        field.alias or name: field.annotation
        for name, field in model.model_fields.items()
        if name not in ADDED_BY_BATON
    }
    return own | sent_fields(Customer) if model is CustomerUpdated else own


def description(model: type[BaseModel]) -> str:
    """Return the first sentence of a message's docstring, and its fields: `A tag was put on …: {tag, by}`."""
    sentence, _, _ = (getdoc(model) or "").partition("\n")[0].partition(". ")
    return f"{sentence.removesuffix('.')}: {{{', '.join(_shown(model))}}}"


def _shown(model: type[BaseModel]) -> Iterator[str]:
    gathered = model.gathers if issubclass(model, Reported) else ""
    for name, kind in sent_fields(model).items():
        words = get_args(kind) if get_origin(kind) is Literal else ()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield f"{name}: {{{', '.join(_shown(kind))}}}"
        elif 0 < len(words) <= _WORDS_SHOWN:
            yield f"{name}: {'|'.join(words)}"
        elif name not in {*_OF_EVERY_MESSAGE, gathered}:
            yield name
    if gathered:
        yield "…"
