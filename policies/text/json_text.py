"""JSON as other programs write it, read as well as it can be.

Promises plain values only (dict with text keys, list, str, int, float, bool, None) without half characters (lone
surrogates). Text that is not JSON raises ValueError with the reason. Must not know where the text comes from.
"""

import json
import re
from typing import Any, cast

from pydantic_core import from_json

DEEPEST = 100
"""The levels that are read; a value nested deeper is read as null.

Python's recursion limit can't be used instead: it depends on the place in the code, so that a replay could read the
same text differently.
"""
_TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPES = re.compile(
    r"\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u(?P<half>[dD][89a-fA-F][\da-fA-F]{2})|.)", re.DOTALL
)
"""Each escape within a text: two halves of a character, one half of one, or anything else."""
_BOM = "\ufeff"
_LONGEST_INTEGER = 4300
"""The most digits of a whole number that Python and the fast parser read."""


def read_json(data: bytes | str) -> Any:
    """Return the value. Raises ValueError where the text is not JSON.

    A fast parser reads strict JSON, also with half a character as an escape. A slower one reads what the fast one
    refuses although other programs write it: a byte order mark, a line break within a text, bytes that are not UTF-8,
    deep nesting.
    """
    try:
        return from_json(data)
    except ValueError:
        text = data if isinstance(data, str) else _decoded(data)
    try:
        return from_json(_ESCAPES.sub(_made_whole, text))
    except ValueError:
        return _read_kindly(text)


def place_in_json(error: ValueError) -> str:
    """Return where `read_json` stopped, to stand behind “is not JSON”; empty where it can't tell."""
    return f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""


def is_deep(text: str) -> bool:
    """Return whether a value in the JSON is nested deeper than `DEEPEST` levels, so that reading it loses something."""
    return _shallow(text) is not text


def size_of(value: Any) -> int:
    """Return the value's bytes as JSON in UTF-8, not escaped. Raises for a value that is nested too deeply."""
    return len(json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"))


def whole(text: str) -> str:
    """Return the text with each half character replaced by `\ufffd`; two halves that belong together become one."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def whole_texts(value: Any) -> Any:
    """Return the value with `whole` applied to each of its texts and keys."""
    match value:
        case str():
            return whole(value)
        case dict():
            pairs = cast("dict[Any, Any]", value).items()
            return {whole_texts(key): whole_texts(inner) for key, inner in pairs}
        case list() | tuple():
            return [whole_texts(inner) for inner in cast("list[Any]", value)]
        case _:
            return value


def _made_whole(escape: re.Match[str]) -> str:
    return "\\ufffd" if escape["half"] else escape[0]


def _decoded(data: bytes) -> str:
    encoding = json.detect_encoding(data)
    try:
        return whole(data.decode(encoding, "surrogatepass"))
    except UnicodeDecodeError:
        return data.decode(encoding, "replace")


def _read_kindly(text: str) -> Any:
    text = text.removeprefix(_BOM)
    if not text.strip():
        raise ValueError("it is empty")
    value = json.loads(_shallow(text), strict=False, parse_int=_integer)
    return whole_texts(value) if _HALF.search(text) else value


def _integer(digits: str) -> int | float:
    """Return the number; one with too many digits becomes infinite, as it would be with a decimal point."""
    return int(digits) if len(digits.lstrip("-")) <= _LONGEST_INTEGER else float(digits)


def _shallow(text: str) -> str:
    """Return the text with null in place of each value that is nested more than `DEEPEST` levels deep."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return text
    depth, kept_from, parts = 0, 0, list[str]()
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                parts.append(text[kept_from : token.start()] + "null")
                kept_from = len(text)
        elif token[0] in "]}":
            if depth == DEEPEST + 1:
                kept_from = token.end()
            depth -= 1
    return "".join(parts) + text[kept_from:] if parts else text
