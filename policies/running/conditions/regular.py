"""Regular expressions that a policy's author writes: RE2, which CEL's `matches` in conditions is, too.

Promises that no expression takes longer than in proportion to the text: Python's own engine backtracks, and `(a+)+$` on
a customer's text could stop a worker for ever. Must not know what is looked for.
"""

from functools import lru_cache
from typing import Any, cast

import re2

LENGTH_LIMIT = 300
COUNT_LIMIT = 40
PROGRAM_LIMIT = 2_000
"""The most instructions that an expression is compiled to.

At worst each character of a text is tried against each of them: 32,000 characters against 2,000 take 0.3 s here,
against the 119,803 of `\\p{L}{1,100}` much longer.
"""
_REMEDIES = {
    "invalid perl operator": "write it without looking ahead or behind; of groups with `(?`, there are (?:…) and (?i)",
    "invalid escape sequence": "there is no such escape, and no back-reference: \\b, \\d, \\s and \\w are there",
    "trailing \\": "write \\\\ for the character",
    "missing )": "close the bracket, or write \\( for the character",
    "missing ]": "close the bracket, or write \\[ for the character",
    "unexpected )": "open the bracket, or write \\) for the character",
    "no argument for repetition operator": "write \\* or \\+ for the character",
    "bad repetition operator": "write one of *, + and ? there",
    "invalid repetition size": "repeat at most 1,000 times, with the smaller number first",
    "invalid character class range": "there is no such set: write the first character before the last, or \\p{Greek}",
    "invalid named capture group": "name a group as in (?P<word>…)",
}


def problem(pattern: str) -> tuple[int, str] | None:
    """Return the first problem of an expression: a column from 1, and a sentence. None where it can be used."""
    if not pattern.strip():
        return 1, "the expression is empty and would match every message: write one, or remove it"
    if len(pattern) > LENGTH_LIMIT:
        return 1, f"the expression has {len(pattern)} characters: write at most {LENGTH_LIMIT}, or several of them"
    try:
        read = compiled(pattern)
        empty = read.search("") is not None
    except re2.error as error:
        said = cast(bytes, error.args[0])
        what, _, where = said.decode(errors="replace").partition(": ")
        known = (text for start, text in _REMEDIES.items() if what.startswith(start))
        remedy = next(known, f"write it as RE2 reads it ({what})")
        at = f" at `{where}`" if where else ""
        return max(pattern.find(where), 0) + 1 if where else 1, f"the expression can't be read{at}: {remedy}"
    if (size := read.programsize) > PROGRAM_LIMIT:
        remedy = "repeat less often, such as {1,20}, and use \\w for letters"
        return 1, f"the expression takes {size:,} steps for each character, and {PROGRAM_LIMIT:,} are allowed: {remedy}"
    return (1, "the expression matches an empty message, and so every one: make it ask for a word") if empty else None


def program_size(pattern: str) -> int:
    """Return the number of instructions that an expression is compiled to; 0 for one that can't be read."""
    try:
        return compiled(pattern).programsize
    except re2.error:
        return 0


def matches(pattern: str, text: str) -> bool:
    """True where the expression is found in the text. One that can't be read is found nowhere; `problem` said so."""
    return _search(pattern, text) is not None


def _search(pattern: str, text: str) -> Any:
    try:
        return compiled(pattern).search(text.encode(errors="replace"))
    except re2.error:
        return None


@lru_cache(maxsize=1024)
def compiled(pattern: str, *, ignores_case: bool = True) -> Any:
    """Return the compiled expression. Raises `re2.error`."""
    options = re2.Options()
    options.case_sensitive = not ignores_case
    options.log_errors = False
    return re2.compile(pattern, options)
