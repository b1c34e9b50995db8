"""Inflated records for tests: any part of a record is made too large, found by the types of its fields.

A field that is added later is therefore inflated, too.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import cycle
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import AwareDatetime, BaseModel, ValidationError

from policies.state.seen import Seen

Path = tuple[str, ...]
Shape = tuple[int, int]
"""The number of entries, and the bytes of each."""
NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
_WITHIN = 3
"""The number of entries of a list within an entry."""


def text(noise: random.Random, size: int) -> str:
    """Return a text that no compression makes smaller."""
    return noise.randbytes(size // 2 + 1).hex()[: max(size, 1)]


def parts(record: type[Any]) -> list[Path]:
    """Return the path of every field of the record and of the records in it, but not of those in its lists."""
    return list(_parts(record))


def _parts(record: type[Any]) -> Iterator[Path]:
    for name, hint in _fields(record).items():
        inner = next((each for each in _members(hint) if _is_record(each)), None)
        if inner is None:
            yield (name,)
        else:
            yield from ((name, *rest) for rest in _parts(inner))


def inflated(value: Any, path: Path, shape: Shape, noise: random.Random) -> Any:
    """Return the record with the part at `path` inflated to `shape`; a missing record on the way is made."""
    name, *rest = path
    hint = _fields(type(value))[name]
    if not rest:
        made = large(hint, shape, noise)
        is_open = isinstance(made, Mapping) and isinstance(getattr(value, name), Mapping)
        return _with(value, name, {**getattr(value, name), **made} if is_open else made)
    within = getattr(value, name)
    if not _is_record(type(within)):
        within = large(next(each for each in _members(hint) if _is_record(each)), (1, 40), noise)
    return _with(value, name, inflated(within, tuple(rest), shape, noise))


def large(hint: Any, shape: Shape, noise: random.Random) -> Any:
    """Return a value of that type with the shape's entries and bytes; numbers and instants have ordinary values."""
    count, size = shape
    members = _members(hint)
    kind = next((each for each in members if each is not NoneType), NoneType)
    if _is_record(kind):
        return _made(kind, shape, noise)
    match get_origin(kind) or kind:
        case origin if origin in (tuple, list):
            if origin is tuple and Ellipsis not in get_args(kind):
                return tuple(large(each, shape, noise) for each in get_args(kind))
            kinds = cycle(_members(get_args(kind)[0]))
            made = (large(next(kinds), (_WITHIN, size), noise) for _ in range(count))
            return list(made) if origin is list else tuple(made)
        case origin if isinstance(origin, type) and issubclass(origin, Mapping):
            _, inner = get_args(kind) or (str, Any)
            return {text(noise, 40): large(inner, (_WITHIN, size), noise) for _ in range(count)}
        case _ if kind is Any:
            return [{text(noise, 40): text(noise, size)} for _ in range(count)]
        case origin if origin is Literal:
            return get_args(kind)[-1]
        case _:
            return _plain(kind, shape, noise)


def _plain(kind: Any, shape: Shape, noise: random.Random) -> Any:
    if kind is str:
        return text(noise, shape[0] * shape[1])
    if kind is Seen:
        return Seen(text(noise, 20) for _ in range(shape[0]))
    values = {int: 1, float: 0.5, bool: True, NoneType: None, timedelta: timedelta(minutes=7)}
    values |= {datetime: NOW, AwareDatetime: NOW, date: NOW.date()}
    return values[kind]


def _made(kind: type[Any], shape: Shape, noise: random.Random) -> Any:
    """Return a record whose fields share the shape's bytes; a field with a limit of its own gets a small value."""
    each = (min(shape[0], _WITHIN), max(1, shape[1] // len(_fields(kind))))
    made = dict[str, Any]()
    for name, hint in _fields(kind).items():
        for one in (each, (1, 8)):
            with suppress(ValidationError):
                made[name] = large(hint, one, noise)
                break
    for other in (f"https://host/{text(noise, each[1])}", "https://host/x", None):
        try:
            return kind(**made)
        except ValidationError as error:
            if not all(problem["loc"] for problem in error.errors()):
                raise  # an error about several fields together: such a record is left out where the type allows it
            made |= {str(problem["loc"][0]): other for problem in error.errors()}
    return kind(**{name: value for name, value in made.items() if value is not None})


def _with(value: Any, name: str, part: Any) -> Any:
    return value.model_copy(update={name: part}) if isinstance(value, BaseModel) else replace(value, **{name: part})


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, BaseModel))


@cache
def _fields(record: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(record)
    if is_dataclass(record):
        return {each.name: hints[each.name] for each in fields(record)}
    return {name: hints[name] for name, each in record.model_fields.items() if not each.exclude}


def _members(hint: Any) -> Sequence[Any]:
    """Return the types of a union, or the one type where the hint is no union."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _members(get_args(hint)[0])
    if origin in (Union, UnionType):
        return [each for one in get_args(hint) for each in _members(one)]
    return [hint]
