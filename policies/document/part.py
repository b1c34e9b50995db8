"""The base of every part of a policy document: a closed record, and durations as people write them.

Must not know which parts there are.
"""

import json
import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
HOW_TO_WRITE_SPANS = "write a number and a unit, such as 45s, 15m, 8h, 1h30m or 2d"


def one_or_many(value: object) -> object:
    """Return a list or tuple as it is and another value as a tuple of one, so that a policy may leave out the list."""
    return value if isinstance(value, list | tuple) else (value,)


OneOrMore = Annotated[
    tuple[str, ...], Field(min_length=1), BeforeValidator(one_or_many, json_schema_input_type=str | tuple[str, ...])
]
"""One text, or a list of at least one."""


def parse_span(value: object) -> object:
    """Read `"1h30m"` as a timedelta. ISO 8601 (`PT15M`), which the pinned JSON uses, is left to pydantic.

    Raises ValueError, a sentence.
    """
    if not isinstance(value, str) or value.startswith("P"):
        if isinstance(value, timedelta | str):
            return value
        raise ValueError(f"`{json.dumps(value, default=str)}` is not a duration: {HOW_TO_WRITE_SPANS}")
    match = _SPAN.fullmatch(value.replace(" ", ""))
    if match is None or not any(match.groups()):
        raise ValueError(f"`{value}` is not a duration: {HOW_TO_WRITE_SPANS}")
    seconds = sum(int(n) * size for n, size in zip(match.groups("0"), (86400, 3600, 60, 1), strict=True))
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError(f"`{value}` is longer than anything lasts: {HOW_TO_WRITE_SPANS}") from None


def format_span(span: timedelta) -> str:
    """Return a timedelta the way a policy writes it, by its two largest units: `1h30m`, `2d`, `-45s`."""
    seconds = round(span.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    parts: list[str] = []
    for unit in "dhms":
        count, seconds = divmod(seconds, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return sign + ("".join(parts[:2]) or "0s")


def _positive(span: timedelta) -> timedelta:
    if span <= timedelta(0):
        raise ValueError("a duration must be longer than zero")
    return span


class Part(BaseModel):
    """The base class of every part of the document: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


SpanText = Annotated[str, Field(pattern=r"^(P.+|( *\d+ *[dhms])+ *)$", examples=["45s", "15m", "1h30m", "2d"])]
"""The form of a duration, for editors that check the file by its schema."""

Span = Annotated[timedelta, BeforeValidator(parse_span, json_schema_input_type=SpanText), AfterValidator(_positive)]
