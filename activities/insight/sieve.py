"""Finds out which of many expressions can match a text at all: RE2 reads the text once for all of them.

Promises that no match is lost: the parts of an expression that RE2 can't express, such as what may not follow, are left
out, so that RE2 says yes too often, and Python's engine decides. Must not know what is looked for.
"""

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import cast

import re2

_TOKEN = re.compile(r"\\.|\[(?:\\.|[^\]\\])+\]|\(\?<?[=!]|\{\d*,\d*\}|.", re.S)
_GAP = re.compile(r"\[\^[.?!]{2,3}\]\{\d+,\d+\}\??|\(\?: ?\\w\{1,\d+\}[^()|]{0,5}\)\{\d+,\d+\}\??")
"""A gap: a repeat of words, or of any characters up to the end of a sentence."""
_REPEAT = re.compile(r"(?:[?*+]|\{\d*,\d*\})\??")
_LOOKS_AROUND = re.compile(r"\(\?<?[=!]")
_BEYOND = r"\x{80}-\x{10ffff}"
_IN_SET = {r"\w": rf"\w{_BEYOND}", r"\d": rf"\d{_BEYOND}", r"\s": rf"\x00- {_BEYOND}"}
_WIDER = {
    **dict.fromkeys((r"\b", r"\B", "^", "$"), ""),
    **{token: f"[{instead}]" for token, instead in _IN_SET.items()},
    r"\W": rf"[\W{_BEYOND}]",
}
"""The wider forms of tokens. RE2 takes only ASCII for letters, digits and spaces; here any other character counts as
each of them, and word edges are ignored. The fewer distinctions, the faster the search."""
_MEMORY = 64 << 20
"""The most bytes that RE2 may use for its states."""


class Sieve:
    """Expressions that are tried only where they can match. All are added before the first text is read."""

    def __init__(self) -> None:
        self._patterns: list[str] = []

    def add(self, pattern: str) -> int:
        """Add an expression, and return its number in the results of `possible`."""
        self._patterns.append(pattern)
        return len(self._patterns) - 1

    @lru_cache(maxsize=1024)  # noqa: B019  there is one of each language, for ever
    def possible(self, text: str) -> frozenset[int]:
        """Return the numbers of the expressions that may match somewhere in the text, in upper or lower case."""
        found = cast("list[int] | None", self._set.Match(text.replace("ı", "i").encode(errors="replace")))
        return frozenset(found or ())

    @cached_property
    def _set(self) -> "re2.Set":
        options = re2.Options()
        options.max_mem = _MEMORY
        options.case_sensitive = False
        found = re2.Set.SearchSet(options)
        for pattern in self._patterns:
            found.Add(wider(pattern))
        found.Compile()
        return found


def beginning(pattern: str) -> str:
    """Return an expression that matches wherever this one does: each alternative up to its first gap.

    RE2 keeps a state for each gap that it is in, and is slow with many. Behind a group with a gap in it, the rest is
    left out, too.
    """
    kept, at = _alternatives(pattern, 0)
    return kept if at == len(pattern) else pattern


def _alternatives(pattern: str, at: int) -> tuple[str, int]:
    """Return the beginnings of the alternatives from here to the end of their group, and where that is."""
    kept, is_cut = list[str](), False
    while at < len(pattern):
        gap = _GAP.match(pattern, at)
        token = gap[0] if gap else _token_at(pattern, at)
        if token == ")":
            break
        at += len(token)
        is_cut = (is_cut and token != "|") or gap is not None
        if gap is None and token.startswith("("):
            token, at, is_inside_cut = _group(pattern, at, "(?:" if pattern.startswith("(?:", at - 1) else token)
            kept += [] if is_cut else [token]
            is_cut = is_cut or is_inside_cut
        elif not is_cut:
            kept.append(token)
    return "".join(kept), at


def _group(pattern: str, at: int, opening: str) -> tuple[str, int, bool]:
    """Return the beginning of a group with its repeat, where it ends, and whether a gap in it was left out."""
    inside = at + len("?:") if opening == "(?:" else at
    kept, end = _alternatives(pattern, inside)
    repeat = _REPEAT.match(pattern, end + 1)
    closing = f"){repeat[0]}" if repeat else ")"
    return f"{opening}{kept}{closing}", end + len(closing), kept != pattern[inside:end]


def _token_at(pattern: str, at: int) -> str:
    found = _TOKEN.match(pattern, at)
    return found[0] if found else pattern[at]


def wider(pattern: str) -> str:
    """Return an expression for RE2 that matches everything that this one of Python's matches, and more."""
    return "".join(_wider(token) for token in _without_looking_around(_TOKEN.findall(pattern)))


def _without_looking_around(tokens: Sequence[str]) -> list[str]:
    kept: list[str] = []
    depth = 0
    for token in tokens:
        if depth or _LOOKS_AROUND.fullmatch(token):
            depth += token.startswith("(") - (token == ")")
        else:
            kept.append(token)
    return kept


def _wider(token: str) -> str:
    if token.startswith("["):
        return _TOKEN.sub(lambda part: _IN_SET.get(part[0], part[0]), token[1:-1]).join("[]")
    if token.startswith("{"):  # counting the words between others takes most of the time
        least = token[1 : token.index(",")]
        return {"": "*", "0": "*", "1": "+"}.get(least, f"{{{least},}}")
    return _WIDER.get(token, token)
