"""Sentences for senders on fields that can't be read, and on fields whose names are probably misspelt.

Promises JSON's own words and the names that a sender uses. Must not know what a field is for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from policies.contract.bounds import readable
from policies.text.cutting import clipped
from policies.text.languages import unknown_language
from policies.time.hours import zone_problem

_FORMS = frozenset({"str", "int", "float", "bool", "dict", "list"})
"""The names of pydantic for the forms that a field may have; it puts them behind the field's own name."""
_SHORTEST = 3
"""The letters of the shortest name that is compared: shorter ones are like too many others."""
_WANTED: Mapping[str, str] = {
    "string": "a text",
    "bool": "true or false",
    "float": "a number",
    "finite_number": "a number",
    "int": "a whole number",
    "model": "an object",
    "dict": "an object",
    "mapping": "an object",
    "tuple": "a list",
    "list": "a list",
    "set": "a list",
    "datetime": "a time such as 2026-01-05T10:30:00Z",
    "timezone": "a time such as 2026-01-05T10:30:00Z",
    "date": "a date such as 2026-01-05",
    "time_delta": "a span such as 2h",
}
"""The form that JSON has for a field, by the beginning of the kind of pydantic's errors."""


def explain(error: ValidationError, names: Mapping[str, str] | None = None) -> str:
    """Return a validation error as one line for the sender. `names` are the sender's own names of fields."""
    found: dict[str, list[ErrorDetails]] = {}
    for problem in error.errors(include_url=False):
        found.setdefault(_where(problem, names or {}), []).append(problem)
    return "; ".join(f"{where}{_remedy(problems)}" for where, problems in found.items())


def unknown_places(customer: Mapping[str, Any], within: str = "") -> Iterator[str]:
    """Yield a sentence on each field of a customer that should name their language or time zone, and names none."""
    preferences = customer.get("preferences")
    preferred = preferences.get("language") if isinstance(preferences, Mapping) else None
    for name, written in (("locale", customer.get("locale")), ("preferences.language", preferred)):
        if isinstance(written, str) and (why := unknown_language(written)):
            yield f"{within}{name}: “{clipped(readable(written), 80)}” {why}"
    zone = customer.get("timezone")
    if isinstance(zone, str) and zone and (why := zone_problem(clipped(readable(zone), 80))):
        yield f"{within}timezone: {why}"


def misspelt(stated: Iterable[str], known: Iterable[str], within: str = "") -> Iterator[str]:
    """Yield a sentence on each stated name that is one slip away from a known name which was not stated.

    `pririty`, `teir`, `openedAt` and `Priority` are; any other name is a field of the sender's own.
    """
    names, fields = [*stated], [*known]
    absent = [field for field in fields if field not in names]
    for name in names:
        meant = next((field for field in absent if name not in fields and _is_a_slip(_plain(name), _plain(field))), "")
        if meant:
            shown = f"{within}{clipped(readable(name), 80)}"
            yield f"{shown}: there is no such field: did you mean `{within}{meant}`?"


def _plain(name: str) -> str:
    """Return the name in small letters without dashes: languages differ in how they write the names of fields."""
    return readable(name).lower().replace("_", "").replace("-", "")


def _is_a_slip(one: str, other: str) -> bool:
    """Return whether two names differ in one letter at most: too few, too many, wrong, or changed with the next."""
    start = _alike(one, other)
    one, other, shorter = one[start:], other[start:], min(len(one), len(other))
    end = _alike(one[::-1], other[::-1])
    one, other = one[: len(one) - end], other[: len(other) - end]
    is_swapped = len(one) == 2 and one == other[::-1]
    return shorter >= _SHORTEST and (is_swapped or max(len(one), len(other)) <= 1)


def _alike(one: str, other: str) -> int:
    """Return how many letters two names have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _where(problem: ErrorDetails, names: Mapping[str, str]) -> str:
    """Return the field's name for the beginning of a sentence, without the forms that pydantic tried."""
    parts = [str(part) for part in problem["loc"] if str(part) not in _FORMS and "[" not in str(part)]
    name = ".".join([*(names.get(part, part) for part in parts[:1]), *parts[1:]]) or "it"
    return f"{name} " if problem["type"] == "missing" else f"{name}: "


def _remedy(problems: Sequence[ErrorDetails]) -> str:
    """Return what to write, where pydantic has tried several forms of one field: any of them."""
    wanted = dict.fromkeys(form for each in problems if (form := form_of(each)))
    if wanted:
        return f"write {' or '.join(wanted)}, not {_shown(problems[0]['input'])}"
    match problems[0]["type"]:
        case "missing":
            return "is missing"
        case "string_too_short" | "too_short":
            return "it is empty"
        case "value_error":  # from a check of our own
            return problems[0]["msg"].removeprefix("Value error, ")
        case _:
            return f"{_shown(problems[0]['input'])} is no value of it: see docs/contract"


def form_of(problem: ErrorDetails) -> str:
    """Return the form or the values that the field takes; empty where the problem is no matter of form."""
    kind, limits = problem["type"], problem.get("ctx", {})
    match kind:
        case "value_error" | "missing" | "string_too_short" | "too_short":
            return ""
        case "literal_error":
            return str(limits["expected"]).replace("'", "")
        case "greater_than_equal":
            return f"{limits['ge']} or more"
        case "less_than_equal":
            return f"{limits['le']} or less"
        case "greater_than":
            return f"more than {limits['gt']}"
        case "less_than":
            return f"less than {limits['lt']}"
        case "string_too_long" | "too_long":
            return f"at most {limits['max_length']} {'characters' if kind == 'string_too_long' else 'entries'}"
        case _:
            return next((form for name, form in _WANTED.items() if kind.startswith(name)), "")


def _shown(value: Any) -> str:
    match value:
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
        case str():
            return f"“{clipped(readable(value), 40)}”"
        case _:
            return clipped(readable(value), 40)
