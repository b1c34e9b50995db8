"""Which of many expressions can match a text at all: RE2 goes over it once for all of them.

Promises that no match is lost: what RE2 can't say, such as what may not follow, is left out of what it looks for, so
that it says yes too often, and Python's engine has the last word. Must not know what is looked for.
"""

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import cast

import re2

_TOKEN = re.compile(r"\\.|\[(?:\\.|[^\]\\])+\]|\(\?<?[=!]|\{\d*,\d*\}|.", re.S)
_LOOKS_AROUND = re.compile(r"\(\?<?[=!]")
_BEYOND = r"\x{80}-\x{10ffff}"
_IN_SET = {r"\w": rf"\w{_BEYOND}", r"\d": rf"\d{_BEYOND}", r"\s": rf"\x00- {_BEYOND}"}
_WIDER = {
    **dict.fromkeys((r"\b", r"\B", "^", "$"), ""),
    **{token: f"[{instead}]" for token, instead in _IN_SET.items()},
    r"\W": rf"[\W{_BEYOND}]",
}
"""RE2 takes only ASCII for letters, digits and spaces. Here all else counts as each of them, and no end of a word is
seen: what is told apart less is found sooner."""
_MEMORY = 64 << 20
"""Bytes for what RE2 works out while it reads."""


class Sieve:
    """Expressions that are tried only where they can match. All are added before the first text is looked at."""

    def __init__(self) -> None:
        self._patterns: list[str] = []

    def add(self, pattern: str) -> int:
        """The number under which `possible` speaks of it."""
        self._patterns.append(pattern)
        return len(self._patterns) - 1

    @lru_cache(maxsize=1024)  # noqa: B019  there is one of each language, for ever
    def possible(self, text: str) -> frozenset[int]:
        """Which may match somewhere in the text, whatever its letters' size."""
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


def wider(pattern: str) -> str:
    """An expression for RE2 that matches whatever this one of Python's matches, and more."""
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
    if token.startswith("{"):  # where words may stand between others, counting them takes most of the time
        least = token[1 : token.index(",")]
        return {"": "*", "0": "*", "1": "+"}.get(least, f"{{{least},}}")
    return _WIDER.get(token, token)
