"""Sentences for the places at which the CEL library stopped reading a condition.

Promises one sentence for one mistake: what follows the first place is read in disorder. Must not know names or types.
"""

import re

Place = tuple[int, int, str]
"""A line, a column and what the library says there."""

_SYNTAX = "Syntax error: "
_QUOTES = ('"', "'")
_MISSING = re.compile(r"missing '(.+?)' at ")
_NO_SIGN = re.compile(r"token recognition error at: '(.*)'", re.DOTALL)
_HERE = re.compile(r"(?:mismatched input|extraneous input|no viable alternative at input) '(.*?)'(?: expecting|$)")
_OPENED_BY = {")": "(", "]": "["}
_OTHERS = (
    (re.compile(r"reserved identifier: (\w+)"), '`{0}` is a word of CEL\'s own: a text stands in quotes, as "{0}"'),
    (re.compile(r"invalid u?int literal"), "the number is too large: write a smaller one"),
    (re.compile(r"invalid double literal"), "the number can't be read: write digits and one point, such as 0.5"),
    (re.compile(r"has\(\) argument must be a field selection"), "`has` takes a field, such as `has(event.tag)`"),
    (
        re.compile(r"unsupported syntax '(.+?)'"),
        "`{0}` is not read here: write a field behind a dot, as `customer.tier`",
    ),
)


def is_syntax(text: str) -> bool:
    """Return whether the library could not even read the condition there."""
    return text.startswith(_SYNTAX)


def first_only(problems: list[Place]) -> list[Place]:
    """Return the problems; of those that are syntax the first, with a text that is never closed before all others."""
    syntax = [problem for problem in problems if is_syntax(problem[2])]
    if not syntax:
        return problems
    unclosed = (each for each in syntax if (found := _NO_SIGN.search(each[2])) and found[1].startswith(_QUOTES))
    return [next(unclosed, syntax[0])]


def sentence(text: str) -> str:
    """Return what to write in the place of what the library could not read; empty where it says nothing known."""
    for pattern, said in _OTHERS:
        if found := pattern.search(text):
            return said.format(*found.groups())
    if not is_syntax(text):
        return ""
    if "'<EOF>'" in text:
        missing = _MISSING.search(text)
        return f"the condition ends too early: {f'close it with `{missing[1]}`' if missing else 'a part is missing'}"
    if found := _NO_SIGN.search(text):
        if found[1].startswith(_QUOTES):
            doubled = "; a backslash is written twice" if "\\" in found[1] else ""
            return f"this text is never closed: end it with {found[1][0]} on the same line{doubled}"
        return f"`{found[1]}` is no sign of CEL: remove it"
    found = _HERE.search(text)
    here = found[1] if found else ""
    if here == "}":
        return "`}` can't stand here: write the name of a fact without braces"
    if here in _OPENED_BY:
        return f"`{here}` closes nothing: remove it, or open it with `{_OPENED_BY[here]}` before"
    if here == ",":
        return 'several texts stand in square brackets: write `["…", "…"]`'
    at = f"`{here}` can't stand here" if here else "the condition can't be read here"
    return f"{at}: join two parts with `==`, `&&` or `||`, and close every bracket and quote"
