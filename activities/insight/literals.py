"""Which pieces of text an expression can't do without: where none of them occurs, it need not be tried.

Promises that no match is lost, for any text of small letters: what can't be told is tried. Looking for a word takes a
hundredth of what an expression with many alternatives takes. Must not know what is looked for.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

_MOST = 120
"""More pieces than that take longer than the expression."""
_RARELY = {letter: rank for rank, letter in enumerate("etaoinsrhldcumfpgwybvkxjqz ", start=1)}
_LIKE_ASCII = str.maketrans({"ı": "i", "ſ": "s"})
"""Letters that Python's engine takes for others where capitals don't matter, beside those that become small ones."""

Pieces = tuple[str, ...]


def pieces_of(pattern: str) -> Pieces | None:
    """Of these at least one is in every text that matches; None where that can't be told, or would not help."""
    parser: Any = getattr(re, "_parser", None)
    if parser is None:  # another Python than those we know
        return None
    found = _of_sequence(list(parser.parse(pattern, re.IGNORECASE)))
    if not found or any(len(piece) == 1 and piece.isalnum() for piece in found):  # one letter is in every text
        return None
    least = [piece for piece in found if not any(other in piece for other in found if other != piece)]
    return tuple(sorted(least)) if len(least) <= _MOST else None


def has_any(pieces: Pieces | None, text: str) -> bool:
    """Whether the expression may be found in a text of small letters."""
    if pieces is None:
        return True
    for piece in pieces:  # noqa: SIM110  a generator for `any` takes longer than the looking
        if piece in text:
            return True
    return False


def folded(text: str) -> str:
    """The text as pieces are looked for in it."""
    return text if "ı" not in text and "ſ" not in text else text.translate(_LIKE_ASCII)


def _of_sequence(items: Sequence[Any]) -> set[str] | None:
    """The best of its parts: all of them have to be there."""
    found: list[set[str]] = []
    run = ""
    for kind, value in items:
        name = str(kind)
        if name == "LITERAL":
            run += chr(value).lower()
        elif name == "AT":
            continue  # takes no room
        elif name in ("MAX_REPEAT", "MIN_REPEAT") and value[0] >= 1 and _letter(value[2]):
            found.append({run + _letter(value[2])})
            run = _letter(value[2])  # the last of them stands before what follows
        else:
            found.append({run})
            run = ""
            inner = _of_item(name, value)
            if inner:
                found.append(inner)
    found.append({run})
    return max((some for some in found if "" not in some), key=_worth, default=None)


def _of_item(name: str, value: Any) -> set[str] | None:
    match name:
        case "SUBPATTERN":
            return _of_sequence(list(value[3]))
        case "BRANCH":
            return _of_any(_of_sequence(list(branch)) for branch in value[1])
        case "MAX_REPEAT" | "MIN_REPEAT" if value[0] >= 1:
            return _of_sequence(list(value[2]))
        case "ASSERT":
            return _of_sequence(list(value[1]))
        case "IN":
            return _of_set(value)
        case _:
            return None


def _of_any(branches: Iterable[set[str] | None]) -> set[str] | None:
    found: set[str] = set()
    for branch in branches:
        if branch is None:
            return None
        found |= branch
    return found


def _of_set(items: Sequence[Any]) -> set[str] | None:
    """Pictures such as 🤬 are told apart by one character; of letters one is in every text."""
    if not all(str(kind) == "LITERAL" and value > 0x2000 for kind, value in items):
        return None
    return {chr(value) for _, value in items}


def _letter(items: Any) -> str:
    return chr(items[0][1]).lower() if len(items) == 1 and str(items[0][0]) == "LITERAL" else ""


def _worth(pieces: set[str]) -> tuple[int, int, int]:
    """Long pieces of rare letters are in few texts, and few pieces are quickly looked for."""
    shortest = min(map(len, pieces))
    rare = min(sum(_RARELY.get(letter, 15) for letter in piece) for piece in pieces)
    return min(shortest, 4), rare, -len(pieces)
