"""Regular expressions that a policy's author writes: RE2, by way of CEL's `matches`, as in conditions.

Promises that no expression takes longer than in proportion to the text, whatever somebody wrote: Python's own engine
backtracks, and `(a+)+$` on a customer's text could hold a worker for ever. Must not know what is looked for.
"""

import re
from functools import cache
from typing import Any

from cel_expr_python import cel

LENGTH_LIMIT = 300
COUNT_LIMIT = 40
"""The library reads an expression anew each time: 40 µs, which forty of them make 1.6 ms a message."""
_WHAT = re.compile(r"invalid regular expression: ([^:]+)(?:: (.*))?", re.S)
_ANY_CASE = "(?i)"
_REMEDIES = {
    "invalid perl operator": "write it without looking ahead or behind",
    "invalid escape sequence": "a back-reference, or an escape that is none; \\b, \\d, \\s and \\w are there",
    "missing )": "close the bracket, or write \\( for the character",
    "missing ]": "close the bracket, or write \\[ for the character",
    "unexpected )": "open the bracket, or write \\) for the character",
    "no argument for repetition operator": "write \\* or \\+ for the character",
    "invalid repetition size": "repeat at most 1,000 times",
}


def problem(pattern: str) -> tuple[int, str] | None:
    """What is wrong with an expression: a column from 1, and a sentence. None where it can be used."""
    if not pattern.strip():
        return 1, "the expression is empty and would match every message: write one, or remove it"
    if len(pattern) > LENGTH_LIMIT:
        return 1, f"the expression has {len(pattern)} characters: write at most {LENGTH_LIMIT}, or several of them"
    found = _matches(pattern, "")
    if isinstance(found, str):
        match = _WHAT.search(found)
        what, where = (match[1], (match[2] or "").removeprefix(_ANY_CASE)) if match else (found, "")
        remedy = next((text for start, text in _REMEDIES.items() if what.startswith(start)), "see RE2's syntax")
        at = f" at `{where}`" if where else ""
        return max(pattern.find(where), 0) + 1 if where else 1, f"the expression can't be read, {what}{at}: {remedy}"
    return (1, "the expression matches an empty message, and so every one: make it ask for a word") if found else None


def matches(pattern: str, text: str) -> bool:
    """Whether the expression is found in the text. One that can't be read is found nowhere; `problem` said so."""
    return _matches(pattern, text) is True


def _matches(pattern: str, text: str) -> bool | str:
    value = _expression().eval(_environment().Activation({"text": text, "pattern": f"{_ANY_CASE}{pattern}"}))
    return bool(value.value()) if value.type() == cel.Type.BOOL else str(value.value())


@cache
def _environment() -> Any:
    return cel.NewEnv(variables={"text": cel.Type.STRING, "pattern": cel.Type.STRING})


@cache
def _expression() -> Any:
    return _environment().compile("text.matches(pattern)")
