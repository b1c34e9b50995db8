"""Sentences for the places at which the YAML library stopped reading a policy.

Promises the place where a mistake was made, not where it was noticed. Must not know what a policy may contain.
"""

from typing import Any

NO_ALIAS = "aliases (`*name`) are not read here: write the value out, a text that starts with * needs quotes"
_LEFT_OPEN = ("<stream end>", "end of stream")
ESCAPE = "a backslash in double quotes starts a special character: use single quotes"
_QUOTED = "put the text in quotes"
_SYNTAX = {
    r"'\t'": "a tab stands here: indent with spaces",
    "cannot start any token": f"a text can't start with this character: {_QUOTED}",
    "mapping values are not allowed": "a colon and a space start a value, and there is one already: "
    "put a text that contains `: ` in quotes",
    "sequence entries are not allowed": "a list begins on the next line: write its first dash there",
    "mapping keys are not allowed": f"a text can't start with `? `: {_QUOTED}",
    "expected ':'": "a colon is missing after this key: write `key: value`",
    "document start": f"a line that starts with % is no key: {_QUOTED}",
    "directive": "a line that starts with % is not read here: remove it",
    "YAML document": "a line that starts with % is not read here: remove it",
    "<stream end>": "this bracket is never closed: close it",
    "end of stream": "this quote is never closed: close it",
    "document separator": "a quote before this line is never closed: close it",
    "expected ','": "a comma or a closing bracket is missing before this place: add it",
    "<block end>": "this does not line up with the lines before it: correct the indentation, or the quotes before it",
    "another document": "a second document starts here (`---`): keep one policy in one file",
    "undefined alias": NO_ALIAS,
    "alphabetic or numeric": f"a text can't start with & or *: {_QUOTED}",
    "escape": ESCAPE,
    "expected URI": f"a text can't start with `!`: {_QUOTED}",
    "indentation indicator": "only - or + may follow `|` and `>` here: begin the text on the next line",
    "node content": f"a value can't start with this character: write one, or {_QUOTED}",
}


def place_of(error: Any) -> Any:
    """Return where the mistake was made; for a quote or bracket that is never closed, where it was opened."""
    is_left_open = any(part in str(error.problem) for part in _LEFT_OPEN)
    return (is_left_open and error.context_mark) or error.problem_mark or error.context_mark


def sentence_of(error: Any) -> str:
    """Return what is wrong there and what to do; where that is not known, with the library's words in brackets."""
    problem = str(error.problem)
    for part, sentence in _SYNTAX.items():
        if part in problem:
            return sentence
    return f"this is not YAML: check the indentation, quotes and brackets just before this place ({problem})"
