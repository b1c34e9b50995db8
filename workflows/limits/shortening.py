"""Cuts texts that are shown to what the server takes, in the server's own unit (`limits.server` has the numbers).

Over the limit of a search attribute the server ends the workflow; over the others the workflow task fails for ever.
"""

from collections.abc import Iterable
from functools import partial

from policies.text.cutting import DOTS, cut, escaped_bytes, utf8_bytes
from workflows.limits.server import DETAILS_LIMIT, KEYWORD_LIMIT, SEARCH_ATTRIBUTE_LIMIT, SUMMARY_LIMIT

_shortened = partial(cut, unit=escaped_bytes, mark=DOTS)
_QUOTES, _BETWEEN = len('""'), len(", ")


def keyword(value: str) -> str:
    """Return the value as a keyword attribute can hold it: cut, and without characters that databases refuse."""
    printable = "".join(character for character in value if character.isprintable())
    return _shortened(printable[:KEYWORD_LIMIT], SEARCH_ATTRIBUTE_LIMIT - _QUOTES)


def keywords(values: Iterable[str]) -> list[str]:
    """Return the values as a list of keywords can hold them: each cut, and without those that there is no room for."""
    kept: list[str] = []
    room = SEARCH_ATTRIBUTE_LIMIT - len("[]")
    longest = room - _QUOTES - _BETWEEN
    for value in values:
        shown = _shortened(keyword(value), longest)
        taken = escaped_bytes(shown) + _QUOTES + _BETWEEN
        if taken <= room:
            kept.append(shown)
            room -= taken
    return kept


def summary(text: str) -> str:
    """Return the text as a summary of a timer or activity."""
    return _shortened(text, SUMMARY_LIMIT - _QUOTES)


def details(text: str) -> str:
    """Return the text as details of a workflow, cut at a line's end."""
    sign = "\n\n…"
    if utf8_bytes(text) <= DETAILS_LIMIT:
        return text
    kept = cut(text, DETAILS_LIMIT - utf8_bytes(sign), unit=utf8_bytes, mark="")
    return f"{kept[: kept.rfind(chr(10))]}{sign}"
