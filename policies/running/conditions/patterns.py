"""A policy's patterns for the customer's words: brought into the same form as the texts that they are compared with.

Promises that `\\b` is the edge of a word in every script, though RE2's own knows ASCII only: the text gets a mark at
each edge, `\\b` becomes that mark, and everything else in the pattern passes over it. So RE2 reads the text once, in
time proportional to it. Must not know what is looked for.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise

import re2

from policies.running.conditions.regular import compiled
from policies.text.comparable import as_typed
from policies.text.markup import shown

_EDGE = "\x1f"
"""The mark at the edges of words. No comparable text has it: it is a control character."""
_AT_ONE_EDGE = 4
"""The marks at each edge, for patterns with parts between two `\\b` that may match nothing, as in `\\ba?\\b`."""
_NEVER = r"[^\x00-\x{10ffff}]"
_TOKEN = re.compile(
    r"(?P<set>\[\^?\]?(?:\[:\^?\w+:\]|\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\.|[^\]\\])*\])"
    r"|\\Q(?P<quoted>.*?)(?:\\E|\Z)"
    r"|(?P<kind>\\[dwsDWS]|\\[pP](?:\{[^}]*\}|.)|\.)"
    r"|(?P<edge>\\b)"
    r"|(?P<end>\\z|\$)"
    r"|(?P<same>\\[AB]|\^|\(\?P?<\w+>|\(\?[a-zA-Z-]*[:)]|[()|])"
    r"|(?P<times>[*+?]\??|\{\d+(?:,\d*)?\}\??)"
    r"|(?P<letter>\\x\{[0-9a-fA-F]+\}|\\x[0-9a-fA-F]{2}|\\.|.)",
    re.S,
)
_ONE = r"(?:\\x\{[0-9a-fA-F]+\}|\\x[0-9a-fA-F]{2}|\\.|.)"
_IN_SET = re.compile(rf"\[:\^?\w+:\]|\\[pP]\{{[^}}]*\}}|\\[pP].|{_ONE}-{_ONE}|{_ONE}", re.S)
_KINDS = re.compile(rf"\[:|\\[dwsDWSpP]|{_ONE}-{_ONE}", re.S)
"""The members of a set that are left as they are written: kinds of characters, and ranges."""
_SPOKEN = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""The letters of scripts that put no spaces between words: each has an edge before and behind it."""
_Part = tuple[str, str]
"""A part of a pattern: its kind, and what is written there; of a `letter`, the characters themselves."""


def words_found(pattern: str, text: str) -> str:
    """Return the first words in a comparable text that match; empty where none do."""
    parts = _parts(pattern)
    has_edges = ("edge", r"\b") in parts
    try:
        found = compiled(_written(parts, has_edges=has_edges)).search(_marked(text) if has_edges else text)
    except re2.error:
        return ""
    return "" if found is None else found[0].replace(_EDGE, "").strip()


def never_because(pattern: str, kept: Callable[[str], str] = str) -> str:
    """Return why the pattern matches no text at all; empty where it may match one, or where that is not judged.

    Judged are literal parts that no text has in its comparable form, and sets without a character. `kept` returns what
    a reader leaves of a text beyond that.
    """
    parts, dead = list(_parts(pattern)), dict(_dead_parts(_parts(pattern), kept))
    for number in dead:
        parts[number] = ("same", _NEVER)
    try:
        read = compiled(_written(tuple(parts), has_edges=False))
    except re2.error:
        return ""
    if read.search("") is not None:
        return "nothing is left of it in the form in which texts are compared"
    return next(iter(dead.values()), "it asks for a character that there is not") if read.programsize <= 1 else ""


def _dead_parts(parts: Sequence[_Part], kept: Callable[[str], str]) -> Iterator[tuple[int, str]]:
    """Yield the place of each set and each run of letters that is in no text, with the reason."""
    run = ""
    for number, ((kind, token), (following, _)) in enumerate(pairwise([*parts, ("same", "")])):
        if kind == "set" and _set(token, marked=False) == _NEVER:
            yield number, f"no character of `{token}` is in a text"
        if kind == "letter" and following != "times":
            run += token
            if following == "letter":
                continue
        if run and any(all(run not in left(f"{before}{run} ") for before in (" ", "x")) for left in (shown, kept)):
            yield number if kind == "letter" and following != "times" else number - 1, f"`{run}` is removed from texts"
        run = ""


@lru_cache(maxsize=1024)
def _parts(pattern: str) -> tuple[_Part, ...]:
    return tuple(_read(unicodedata.normalize("NFC", pattern)))


def _read(pattern: str) -> Iterator[_Part]:
    was_space = False
    for found in _TOKEN.finditer(pattern):
        kind = str(found.lastgroup)
        if kind not in ("letter", "quoted"):
            was_space = False
            yield kind, found[0]
            continue
        for letter in found["quoted"] or "" if kind == "quoted" else [_literal(found[0])]:
            typed = as_typed(letter)
            if not (typed == " " and was_space):  # a text has one space where several are written
                yield "letter", typed
            was_space = typed == " "


@lru_cache(maxsize=1024)
def _written(parts: tuple[_Part, ...], *, has_edges: bool) -> str:
    """Return the pattern for a comparable text, or for one with marked edges."""
    written, before = list[str](), ""
    for kind, token in parts:
        is_repeated = kind == "edge" and written[-1:] == [_EDGE]
        written.append("(?:)" if is_repeated else _piece(kind, token, before, marked=has_edges))
        before = token if kind == "letter" else ""
    return "".join(written)


def _piece(kind: str, token: str, before: str, *, marked: bool) -> str:
    over = f"{_EDGE}*" if marked else ""
    match kind:
        case "letter":
            if len(token) == 1 and (
                not marked or ((token + before).isascii() and token.isalnum() and before.isalnum())
            ):
                return re.escape(token)
            return f"(?:{''.join(over + re.escape(each) for each in token)})"
        case "set":
            return f"(?:{over}{_set(token, marked=marked)})"
        case "kind" if marked:
            return f"(?:{over}{_other(token)})"
        case "end":
            return over + token
        case "edge" if marked:
            return _EDGE
        case _:
            return token


def _other(kind: str) -> str:
    """Return a kind of characters without the mark."""
    if kind == ".":
        return rf"[^{_EDGE}\n]"
    return f"[^\\{kind[1].lower()}{kind[2:]}{_EDGE}]" if kind[1].isupper() else kind


def _set(token: str, *, marked: bool) -> str:
    """Return a set with its characters as they are typed. One that is empty then matches nothing."""
    negated = token.startswith("[^")
    members = [_member(each) for each in _IN_SET.findall(token[2:-1] if negated else token[1:-1])]
    inside = "".join(members)
    if not inside:
        return rf"[^{_EDGE}]" if negated else _NEVER
    read = f"[{'^' * negated}{inside}{_EDGE * (negated and marked)}]"
    try:
        return read if compiled(read).programsize > 1 else _NEVER
    except re2.error:
        return token


def _member(token: str) -> str:
    if _KINDS.match(token):
        return token
    typed = as_typed(_literal(token))
    return re.escape(typed) if len(typed) == 1 else token if typed else ""


def _literal(token: str) -> str:
    """Return the character that a token stands for."""
    if not token.startswith("\\") or len(token) < 2:
        return token
    if token[1] == "x":
        number = int(token[2:].strip("{}"), 16)
        return chr(number) if number <= sys.maxunicode else ""
    return _SPOKEN.get(token[1], token[1])


@lru_cache(maxsize=256)
def _marked(text: str) -> str:
    """Return the text with the marks at each edge of a word."""
    marked = _word().sub(rf"{_EDGE}\g<0>{_EDGE}", text)
    marked = _UNSPACED.sub(rf"{_EDGE}\g<0>{_EDGE}", marked)
    return re.sub(f"{_EDGE}+", _EDGE * _AT_ONE_EDGE, marked)


@cache
def _word() -> re.Pattern[str]:
    """Return the expression for a word of any script: letters, digits, `_`, and marks, such as vowels in Hindi."""
    marks = "".join(each for each in map(chr, range(0x300, 0x20000)) if unicodedata.category(each)[0] == "M")
    return re.compile(f"\\w+(?:[{marks}]+\\w*)*")
