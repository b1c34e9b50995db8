"""Sentences for the places at which Jinja stopped reading a text.

Promises what to write, also where a sign of another language is the cause. Must not know facts.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

_CHECK = "close each `{{` with `}}` and each `{%` with `%}`, and every bracket and quote within"
_SIGNS = {
    **dict.fromkeys("\"'", "the text that it begins is never closed: write the same quote where the text ends"),
    **dict.fromkeys("“”„‘’`", 'a text stands in straight quotes: write "…"'),
    "&": "for “and”, write `and`",
    "|": "for “or”, write `or`",
    "!": "for “not”, write `not`",
    "?": "for a choice, write `… if … else …`",
}
_CLOSES = ("else", "elif", "end")
_ENDS = {"end of print statement": "`{{ … }}`", "end of statement block": "`{% … %}`"}
_KINDS = ("integer", "float", "string", "end of template")
"""The library's names for parts that it does not quote."""
_UNKNOWN = re.compile(r"No (filter|test) named '(.+?)'")
_TAG = re.compile(r"unknown tag '(.+?)'")
_OPEN = re.compile(r"needs to be closed is '(\w+)'")
_SIGN = re.compile(r"unexpected char (?:'(.)'|\"(.)\"|'\\(\\)')")
_HERE = re.compile(r"(?:got|unexpected) '(.+?)'")


def syntax_error(said: str, filters: Iterable[str], tests: Iterable[str]) -> str:
    """Return what to write, by what the library says."""
    if found := _UNKNOWN.search(said):
        return _unknown(found[1], found[2], filters if found[1] == "filter" else tests)
    if found := _TAG.search(said):
        return _tag(found[1], _OPEN.search(said))
    if found := _OPEN.search(said):
        return f"`{{% {found[1]} … %}}` is never closed: write `{{% end{found[1]} %}}` where it ends"
    if "end of comment" in said:
        return "`{#` is never closed: write `#}` where the remark ends"
    if found := _SIGN.search(said):
        sign = next(filter(None, found.groups()))
        return f"`{sign}` can't stand here: {_SIGNS.get(sign, 'remove it')}"
    if found := _HERE.search(said):
        if found[1] in _ENDS:
            return f"{_ENDS[found[1]]} ends too early: write what is missing in it"
        if found[1] not in _KINDS:
            return f"`{found[1]}` can't stand here: {_SIGNS.get(found[1], _CHECK)}"
    return f"the text can't be read: {_CHECK}"


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    names = [each for each in known if each.isalpha()]
    close = get_close_matches(name, names, 1)
    usual = "`default`, `join` or `upper`" if kind == "filter" else "`defined` or `none`"
    remedy = f"did you mean `{close[0]}`?" if close else f"there are those of Jinja, such as {usual}"
    return f"there is no {kind} `{name}`: {remedy}"


def _tag(name: str, inside: re.Match[str] | None) -> str:
    if not name.startswith(_CLOSES):
        return f"there is no `{{% {name} %}}`: write `if`, `for` or `set`"
    if inside is None:
        begins = name.removeprefix("end") if name.startswith("end") else "if"
        return f"`{{% {name} %}}` belongs to nothing before it: remove it, or begin with `{{% {begins} … %}}`"
    return f"`{{% {name} %}}` can't stand here: `{{% {inside[1]} … %}}` ends first, with `{{% end{inside[1]} %}}`"
