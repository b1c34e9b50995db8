"""Cuts texts that are shown to what the server takes, in the server's own unit (`limits.server` has the numbers).

Over the limit of a search attribute the server ends the workflow; over the others the workflow task fails for ever.
"""

import json
from collections.abc import Iterable

from workflows.limits.server import DETAILS_LIMIT, KEYWORD_LIMIT, SEARCH_ATTRIBUTE_LIMIT, SUMMARY_LIMIT

_CUT = "…"


def keyword(value: str) -> str:
    """Return the value as a keyword attribute can hold it: cut, and without characters that databases refuse."""
    printable = "".join(character for character in value if character.isprintable())
    return shortened(printable[:KEYWORD_LIMIT], SEARCH_ATTRIBUTE_LIMIT)


def keywords(values: Iterable[str]) -> list[str]:
    """Return the values as a list of keywords can hold them: each cut, and without those that there is no room for."""
    kept: list[str] = []
    room = SEARCH_ATTRIBUTE_LIMIT - len("[]")
    longest = room - len(", ")
    for value in values:
        shown = shortened(keyword(value), longest)
        taken = encoded(shown) + len(", ")
        if taken <= room:
            kept.append(shown)
            room -= taken
    return kept


def summary(text: str) -> str:
    """Return the text as a summary of a timer or activity."""
    return shortened(text, SUMMARY_LIMIT)


def encoded(text: str) -> int:
    """Return the bytes of the text as JSON with all non-ASCII characters escaped: the most any encoder makes of it."""
    return len(json.dumps(text))


def shortened(text: str, room: int) -> str:
    """Return the text where it fits into so many bytes of JSON, else its beginning and `…`."""
    if encoded(text) <= room:
        return text
    low, high = 0, min(len(text), room)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if encoded(text[:middle] + _CUT) <= room else (low, middle - 1)
    return text[:low] + _CUT


def details(text: str) -> str:
    """Return the text as details of a workflow, cut at a line's end."""
    if len(text.encode(errors="replace")) <= DETAILS_LIMIT:
        return text
    kept = text.encode(errors="replace")[: DETAILS_LIMIT - len("\n\n…".encode())].decode(errors="ignore")
    return f"{kept[: kept.rfind(chr(10))]}\n\n…"
