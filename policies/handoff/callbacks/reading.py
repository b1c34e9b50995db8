"""Reads the time of a callback in the customer's words.

Promises to read only short messages that are about nothing else: a word that it does not know, a refusal or a date
leaves the message as it is. Must not know which instant is meant (`resolving`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from policies.handoff.callbacks.vocabularies import VOCABULARIES, PartOfDay, Relation, TimeWords, Token
from policies.text.comparable import comparable
from policies.text.languages import nearest

_LONGEST = 160
_UNKNOWN = 2
"""The unknown words that a message with words for a call may have: a name, a reason."""
_HOURS, _MINUTES = 24, 60
_DATE = re.compile(r"\b\d{1,2}[./]\d{1,2}([./]|$)|\b\d{1,2}/\d|\d(st|nd|rd|th)\b|\b\d{4}-\d")
_HALF = re.compile(r"\b([ap])\s?\.?\s?m\b\.?|(?<=\d)([ap])m?\b")
_PIECE = re.compile(
    r"(?P<phone>\+?\d[\d ()/-]{6,}\d)"
    r"|(?P<time>(?<![\d.:])(?P<hour>\d{1,2})(?:[:.]|\s?h\s?)(?P<minute>\d{2})(?![\d:]))"
    r"|(?P<number>\d{1,2})(?!\d)|[^\W\d_][^\s\d]*|\S"
)
_MARKS = re.compile(r"[!?,;\"“”()]|(?<!\d)\.|\.(?!\d)")


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time as it was said. `is_whole` where it can't be twelve hours later: `17:00`, `5 pm`, `08:30`."""

    hour: int
    minute: int = 0
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class WantedCall:
    """The words of a customer about a callback. `days` counts from today; `minutes` from now."""

    is_call_named: bool = False
    days: int | None = None
    weekday: int | None = None
    part: PartOfDay | None = None
    time: ClockTime | None = None
    relation: Relation = "at"
    minutes: int | None = None

    @property
    def names_a_time(self) -> bool:
        """True where a day or a time was said."""
        return any(said is not None for said in (self.days, self.weekday, self.part, self.time, self.minutes))


def read_call(text: str, languages: Iterable[str], *, is_chosen: bool = False) -> WantedCall | None:
    """Return what the words say of a callback; None where they may be about something else.

    The customer's `languages` are tried first. With words for a call, or a callback that `is_chosen` by its number, a
    time may have a few words beside it that are not known.
    """
    if len(text) > _LONGEST:
        return None
    plain = comparable(text).casefold()
    if _DATE.search(plain):
        return None
    known = filter(None, (nearest(name, VOCABULARIES) for name in languages))
    pieces = _pieces(plain)
    for name in dict.fromkeys((*known, *VOCABULARIES)):
        if (wanted := _Reading(_tokens(pieces, VOCABULARIES[name])).wanted(is_chosen=is_chosen)) is not None:
            return wanted
    return None


def _pieces(plain: str) -> list[tuple[str, tuple[Token, ...]]]:
    """Return the words of a message; numbers, times and telephone numbers with what they mean in every language."""
    prepared = _MARKS.sub(" ", _HALF.sub(lambda found: f" {found[1] or found[2]}m ", plain))
    return [(found[0], _of_digits(found)) for found in _PIECE.finditer(prepared)]


def _of_digits(found: re.Match[str]) -> tuple[Token, ...]:
    if found["phone"]:
        return (Token("phone"),)
    if found["time"]:
        time = Token("time", int(found["hour"]) * 100 + int(found["minute"]))
        return (time, Token("half of day", "am")) if found["hour"].startswith("0") else (time,)
    return (Token("number", int(found["number"])),) if found["number"] else ()


def _tokens(pieces: Sequence[tuple[str, tuple[Token, ...]]], vocabulary: TimeWords) -> Iterator[Token]:
    """Yield what the pieces mean in one language, the longest phrases first."""
    place = 0
    while place < len(pieces):
        if of_digits := pieces[place][1]:
            yield from of_digits
            place += 1
            continue
        for length in range(vocabulary.longest, 0, -1):
            phrase = " ".join(word for word, _ in pieces[place : place + length])
            if (token := vocabulary.phrases.get(phrase)) is not None:
                yield token
                place += length
                break
        else:
            yield Token("unknown")
            place += 1


class _Reading:
    """One pass over the words, from left to right."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens = list(tokens)
        self._found = WantedCall()
        self._is_wrong = False

    def wanted(self, *, is_chosen: bool) -> WantedCall | None:
        """Return what was said; None where a word forbids it, or too little of it is known."""
        unknown = 0
        while self._tokens and not self._is_wrong:
            token = self._tokens[0]
            match token.kind:
                case "call":
                    self._found = replace(self._found, is_call_named=True)
                case "day":
                    self._once("days", token.value)
                case "weekday":
                    self._once("weekday", token.value)
                case "part":
                    self._once("part", token.value)
                case "half of day" if self._found.time is None:
                    self._once("part", "morning" if token.value == "am" else "afternoon")
                case "relation" | "first" | "number" | "time":
                    self._clock()
                    continue
                case "in":
                    self._span()
                    continue
                case "unknown":
                    unknown += 1
                case "filler" | "and" | "phone":
                    pass
                case _:
                    return None
            self._tokens.pop(0)
        is_about_a_call = self._found.names_a_time and (self._found.is_call_named or is_chosen)
        if self._is_wrong or unknown > (_UNKNOWN if is_about_a_call else 0):
            return None
        return self._found if self._found.names_a_time or self._found.is_call_named else None

    def _once(self, name: str, value: object) -> None:
        """Keep a part of the time; two different ones are no time that is clear."""
        self._is_wrong = self._is_wrong or getattr(self._found, name) not in (None, value)
        self._found = replace(self._found, **{name: value})

    def _next(self, *kinds: str) -> Token | None:
        return self._tokens.pop(0) if self._tokens and self._tokens[0].kind in kinds else None

    def _span(self) -> None:
        """Read `in two hours`; an `in` before something else says nothing."""
        self._tokens.pop(0)
        if (span := self._next("minutes")) is not None:
            self._once("minutes", span.value)
        elif len(self._tokens) > 1 and self._tokens[0].kind == "number" and self._tokens[1].kind in ("unit", "clock"):
            number, unit = self._tokens.pop(0), self._tokens.pop(0)
            self._once("minutes", int(number.value) * (int(unit.value) or _MINUTES))

    def _clock(self) -> None:
        """Read a time with the word before it, and the end of `between five and six`."""
        relation = self._next("relation")
        said = self._noon() if relation is not None else None
        said = said or self._time(is_named=relation is not None)
        if said is None:
            if relation is not None and self._tokens and self._tokens[0].kind in ("part", "day", "weekday", "filler"):
                return  # “after tomorrow”, “by Monday”: the day is read next
            self._is_wrong = True
            return
        if relation is not None and relation.value == "between":
            said = self._first_of_two(said)
        self._once("time", said)
        if relation is not None:
            self._found = replace(self._found, relation="from" if relation.value == "between" else relation.value)

    def _noon(self) -> ClockTime | None:
        """Read `before noon`."""
        if not self._tokens or self._tokens[0] != Token("part", "noon"):
            return None
        self._tokens.pop(0)
        return ClockTime(_HOURS // 2, is_whole=True)

    def _first_of_two(self, first: ClockTime) -> ClockTime:
        if self._next("and") is None or (second := self._time(is_named=True)) is None:
            self._is_wrong = True
            return first
        is_evening = second.is_whole and second.hour > _HOURS // 2 and first.hour < second.hour - _HOURS // 2
        return replace(first, hour=first.hour + _HOURS // 2, is_whole=True) if is_evening else first

    def _time(self, *, is_named: bool) -> ClockTime | None:
        """Read one time of day. A bare number is one only where a word around it says so."""
        first = self._next("first")
        number = self._next("number", "time")
        if number is None:
            return None
        written = number.kind == "time"
        hour, minute = divmod(int(number.value), 100) if written else (int(number.value), 0)
        clock = self._next("clock", "unit")
        if clock is not None and clock.kind == "unit" and clock.value != _MINUTES:
            return None
        if clock is not None and (minutes := self._next("number")) is not None:
            minute = int(minutes.value)
        later = self._next("later")
        half = self._next("half of day")
        if not (is_named or written or any(word is not None for word in (first, clock, later, half))):
            return None
        shifted = hour * _MINUTES + minute + sum(int(word.value) for word in (first, later) if word is not None)
        return _clock_time(shifted, half.value if half is not None else "", minute)


def _clock_time(minutes: int, half: str | int, minute: int) -> ClockTime | None:
    """Return the time so many minutes after midnight, in the named half of the day; None for what no clock shows."""
    hour, rest = divmod(minutes, _MINUTES)
    if not 0 <= hour < _HOURS or minute >= _MINUTES or (half and hour > _HOURS // 2 and half == "am"):
        return None
    if half:
        is_afternoon = half == "pm"
        hour = hour if hour > _HOURS // 2 else hour % (_HOURS // 2) + (_HOURS // 2 if is_afternoon else 0)
    return ClockTime(hour, rest, is_whole=bool(half) or hour > _HOURS // 2 or hour == 0)
