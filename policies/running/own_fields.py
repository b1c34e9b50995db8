"""The attributes and customer fields that a policy declares: typed facts under their own names.

Promises that a declared fact is either of its type or absent. Must not know what reads it (`conditions`, `texts`).
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, make_dataclass
from decimal import Decimal
from functools import lru_cache
from keyword import iskeyword
from typing import Any, cast

from policies.document.document import OwnType
from policies.running.facts import ConversationFacts, CustomerFacts, as_text

_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)
_EXACT = 2**53
_PYTHON: Mapping[OwnType, Any] = {"number": float | None, "text": str | None}
_Declared = tuple[tuple[str, OwnType], ...]


_SECTIONS = {"conversation.attributes": "attributes", "customer": "customer_fields"}
"""The section in which a policy declares its own facts of a record."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_LITERALS = ("true", "false", "null")
"""The words that CEL does not read as a field's name; that it has in common with Python are `iskeyword`."""


@dataclass(frozen=True, slots=True)
class FactTypes:
    """The records behind `conversation` and `customer` in one policy's conditions and texts."""

    conversation: type[ConversationFacts] = ConversationFacts
    customer: type[CustomerFacts] = CustomerFacts


USUAL = FactTypes()
"""The records of a policy that declares nothing."""


def fact_types(attributes: Mapping[str, OwnType], customer_fields: Mapping[str, OwnType]) -> FactTypes:
    """Return the records with the declared facts in them."""
    return _declared(tuple(attributes.items()), tuple(customer_fields.items()))


def can_be_fact(name: str) -> bool:
    """Return whether conditions and texts could name such a fact."""
    return bool(_NAME.fullmatch(name)) and not iskeyword(name) and name not in _LITERALS


def how_to_declare(record: str) -> str:
    """Return the end of a sentence about an unknown fact, where the policy may declare facts of that record."""
    return f", or declare it under `{_SECTIONS[record]}:`" if record in _SECTIONS else ""


def own_values(declared: Mapping[str, OwnType], values: Mapping[str, Any]) -> dict[str, str | float | None]:
    """Return each declared fact's value; None where there is none, or one of another type."""
    return {name: _own_value(kind, values.get(name)) for name, kind in declared.items()}


def unreadable(declared: Mapping[str, OwnType], values: Mapping[str, Any]) -> Iterator[tuple[str, OwnType, Any]]:
    """Yield each value that is not of its declared type, with its name and that type."""
    for name, read in own_values(declared, values).items():
        if read is None and values.get(name) is not None:
            yield name, declared[name], values[name]


def are_same(kind: OwnType | None, known: Any, value: Any) -> bool:
    """Return whether a value is the known one again: also a number that is written in another way.

    `kind` is the type that the policy declares, None where it declares none.
    """
    if as_text(in_one_form(known)) == as_text(in_one_form(value)):
        return True
    is_number = kind == "number" or (isinstance(value, int | float) and not isinstance(value, bool))
    if not is_number or isinstance(known, bool):
        return False
    was, now = (_NUMBER.fullmatch(as_text(each).strip()) for each in (known, value))
    return was is not None and now is not None and Decimal(was[0]) == Decimal(now[0])


def in_one_form(value: Any) -> Any:
    """Return an object or a list in the form that its equals have, too: keys in order, whole numbers without a point.

    Any other value stays as it is.
    """
    match value:
        case dict():
            pairs = sorted(cast("dict[str, Any]", value).items())
            return {key: _whole(in_one_form(inner)) for key, inner in pairs}
        case list():
            return [_whole(in_one_form(inner)) for inner in cast("list[Any]", value)]
        case _:
            return value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _own_value(kind: OwnType, value: Any) -> str | float | None:
    if value is None or not isinstance(value, str | int | float):
        return None
    text = as_text(value)
    if kind == "text":
        return text
    number = float(text) if _NUMBER.fullmatch(text.strip()) else math.inf
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < _EXACT else number  # texts show 500, not 500.0


@lru_cache(maxsize=64)
def _declared(attributes: _Declared, customer_fields: _Declared) -> FactTypes:
    conversation = ConversationFacts
    if attributes:
        record = make_dataclass("Attributes", _optional(attributes), frozen=True)
        fields = [("attributes", record, field(default=record()))]
        conversation = make_dataclass("ConversationFacts", fields, bases=(ConversationFacts,), frozen=True)
    customer = CustomerFacts
    if customer_fields:
        customer = make_dataclass("CustomerFacts", _optional(customer_fields), bases=(CustomerFacts,), frozen=True)
    return FactTypes(conversation, customer)


def _optional(declared: _Declared) -> Iterable[tuple[str, Any, Any]]:
    return [(name, _PYTHON[kind], field(default=None)) for name, kind in declared]
