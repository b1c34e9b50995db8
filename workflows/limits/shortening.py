"""Texts that are shown, cut to what the server takes, in the server's own unit (`limits` has the numbers).

Over the limit of a search attribute the server ends the workflow; over the others the workflow task fails for ever.
"""

import json
from collections.abc import Iterable

from workflows.limits.server import DETAILS_LIMIT, KEYWORD_LIMIT, SEARCH_ATTRIBUTE_LIMIT, SUMMARY_LIMIT

_CUT = "…"


def keyword(value: str) -> str:
    """The value as lists can hold it: cut, and without characters that databases refuse."""
    printable = "".join(character for character in value if character.isprintable())
    return shortened(printable[:KEYWORD_LIMIT], SEARCH_ATTRIBUTE_LIMIT)


def keywords(values: Iterable[str]) -> list[str]:
    """The values as a list of keywords can hold them: each cut, and without those for which there is no room left."""
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
    """The text as a summary of a timer or activity."""
    return shortened(text, SUMMARY_LIMIT)


def encoded(text: str) -> int:
    """Bytes of the text as JSON, every character beyond ASCII escaped: the most that any encoder makes of it."""
    return len(json.dumps(text))


def shortened(text: str, room: int) -> str:
    """The text where it fits into so many bytes of JSON, else its beginning and `…`."""
    if encoded(text) <= room:
        return text
    low, high = 0, min(len(text), room)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if encoded(text[:middle] + _CUT) <= room else (low, middle - 1)
    return text[:low] + _CUT


def details(text: str) -> str:
    """The text as details of a workflow: cut at a line's end."""
    if len(text.encode(errors="replace")) <= DETAILS_LIMIT:
        return text
    kept = text.encode(errors="replace")[: DETAILS_LIMIT - len("\n\n…".encode())].decode(errors="ignore")
    return f"{kept[: kept.rfind(chr(10))]}\n\n…"
