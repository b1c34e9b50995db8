"""Opening hours as OpenStreetMap writes them, read into the windows of a team's own wall clock.

The one port to `opening-hours-py`, which knows the calendar ("Mo[1]", "Dec 24-Jan 02", "week 10-20"). Three things are
done here, because the library does them otherwise:

* `PH` means the holidays that the caller gives; the library knows only its own calendar of a country.
* A window belongs, whole, to the day it starts on. With "Mo-Su 22:00-06:00; PH off" the night before a holiday is
  worked to its end at 06:00, and the night that starts on the holiday is not worked at all. The library would cut the
  first at midnight and have the second start there; it also cuts Friday's night in "Fr 22:00-06:00; Sa 10:00-12:00".
* Hours that would make a promise vague are refused: sun times, open ends, fallbacks, comments, "unknown".

Must not know zones, instants or the clock: `hours` does.
"""

import re
from calendar import monthrange
from collections.abc import Container, Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar

from opening_hours import OpeningHours, State

Point = TypeVar("Point", int, datetime)

DAY = 24 * 60
"""Minutes from one midnight of the wall clock to the next."""

_SPAN = r"\d{1,2}:\d\d\s*-\s*\d{1,2}:\d\d"
_RULE = re.compile(rf"(?P<days>.*?)\s*(?P<times>24/7|{_SPAN}(\s*,\s*{_SPAN})*)?\s*(?P<state>\b(open|off|closed))?")
# A comma starts another rule where it follows times or a state and days come next; elsewhere it lists days or times.
_SEPARATOR = re.compile(
    r"\s*(;|\|\||(?:(?<=:\d\d)|(?<=24/7)|(?<=\boff)|(?<=\bopen)|(?<=\bclosed))\s*,(?=\s*(?:[A-Za-z]|\d{4}\b)))\s*"
)
_WITH_HOLIDAYS = re.compile(r"PH(\s*,\s*(?P<after>.+))?|(?P<before>.+?)\s*,\s*PH")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_DAY = re.compile(rf"({'|'.join(_MONTHS)})\s*(\d\d?)\b(?!:)", re.IGNORECASE)
_UNSUPPORTED = (
    (r"sunrise|sunset|dawn|dusk", "sun times differ every day; write times such as 09:00-18:00"),
    (r'"', "a comment decides nothing; remove it"),
    (r"\bunknown\b", "a promise cannot rest on an unknown; write when the team is open"),
    (r"\bSH\b", 'school holidays (SH) are not known here; write the dates, such as "Dec 24-Jan 02 off"'),
    (r"^[^:–]*\d:\d\d\s*-?$|\d\s*\+$", "an open end promises nothing; write both ends, such as 17:00-22:00"),
    (r"\d\s*([ap]m|h)\b", "write the 24-hour clock, such as 09:00-17:00"),
    (
        r":|(^|\b[A-Z][a-zH]\s+)\d\d?\s*-\s*\d\d?$",
        "write times in full and last, such as Mo-Fr 09:00-12:00,13:00-17:00",
    ),
    (r"\b(open|off|closed)\b", "open, off and closed end a rule; start the next one after a semicolon"),
)


class UnreadableOpeningError(ValueError):
    """The text is not opening hours. `sentences` has one sentence for every rule in it that cannot be read."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class OpeningRule:
    """One rule of the text: the days it matches, and the hours on them."""

    days: str | None
    """The days, as the library matches them; empty matches every day, None matches no day."""
    on_holidays: bool
    spans: tuple[tuple[int, int], ...]
    """Open from and to, in minutes after the day's midnight, up to 2880. Empty means closed all day."""
    adds: bool
    """`True` where the spans are added to those of earlier rules for the same day, `False` where they replace them."""


def windows(opening: str, holidays: Container[date], *, first: date, last: date) -> list[tuple[int, int]]:
    """Return the open windows that start on a day from `first` to `last`, both included; sorted, adjacent ones joined.

    A window is (start, end) in minutes of wall clock: `date.toordinal() * DAY` plus the minute of the day. Raises
    `UnreadableOpeningError`.
    """
    rules = [(rule, _matching(rule, holidays, first, last)) for rule in read(opening)]
    found: list[tuple[int, int]] = []
    for day in range(first.toordinal(), last.toordinal() + 1):
        spans: tuple[tuple[int, int], ...] = ()
        for rule, days in rules:
            if day in days:
                spans = spans + rule.spans if rule.adds else rule.spans
        found.extend((day * DAY + start, day * DAY + end) for start, end in spans)
    return joined(found)


def joined(spans: Iterable[tuple[Point, Point]]) -> list[tuple[Point, Point]]:
    """Return the same time as `spans`, sorted; spans that overlap or touch become one."""
    result: list[tuple[Point, Point]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = result[-1][0], max(end, result[-1][1])
        else:
            result.append((start, end))
    return result


@lru_cache(maxsize=256)
def read(opening: str) -> tuple[OpeningRule, ...]:
    """Return the rules in the order written. Raises `UnreadableOpeningError` with every problem at once."""
    pieces = _SEPARATOR.split(opening.strip().rstrip("; "))
    rules: list[OpeningRule] = []
    sentences: list[str] = []
    for separator, text in zip([";", *pieces[1::2]], pieces[::2], strict=True):
        try:
            rules.append(_rule(text, separator))
        except ValueError as problem:
            sentences.append(str(problem))
    if sentences:
        raise UnreadableOpeningError(tuple(sentences))
    return tuple(rules)


def holiday_problems(opening: str, holidays: Set[date]) -> Iterator[str]:
    """Yield sentences on readable hours whose `PH` rules and `holidays` do not go together."""
    rules = [rule for rule in read(opening) if rule.on_holidays]
    if rules and not holidays:
        yield f'"{opening}" speaks of public holidays (PH), but no holidays are given; name a country or the dates.'
    if holidays and not rules:
        yield f'Holidays are given, but "{opening}" does not say what happens on them; add "; PH off".'
    worked = [day for day in sorted(holidays) if windows(opening, (), first=day, last=day)]
    closing = any(not rule.spans for rule in rules)
    if closing and worked and all(windows(opening, holidays, first=day, last=day) for day in worked):
        yield f'"{opening}" opens again on every holiday, because a later rule replaces "PH off"; put that last.'


def years_named(opening: str) -> list[int]:
    """Return the years that the text itself names, as in "2026 Dec 24 off"."""
    return [int(year) for year in re.findall(r"(?<![\d:])(\d{4})(?![\d:])", opening)]


def _rule(text: str, separator: str) -> OpeningRule:
    parts = _RULE.fullmatch(text)
    if not text or parts is None:
        raise ValueError('A rule of the opening hours is empty; write e.g. "Mo-Fr 09:00-18:00; PH off".')
    if separator == "||":
        raise ValueError(f'"|| {text}": fallback rules are not supported; separate rules by a semicolon.')
    holidays = _WITH_HOLIDAYS.fullmatch(parts["days"])
    days = (holidays["before"] or holidays["after"]) if holidays else parts["days"]
    if days:
        _check_days(days, text)
    closed = parts["state"] in ("off", "closed")
    if closed and parts["times"] not in (None, "24/7"):
        raise ValueError(f'"{text}": hours cannot be taken out of a day; write what remains, 09:00-12:00,13:00-17:00.')
    spans = () if closed else tuple(_spans(parts["times"], text))
    return OpeningRule(days, holidays is not None, spans, adds=separator.endswith(",") and not closed)


def _check_days(days: str, rule: str) -> None:
    for pattern, remedy in _UNSUPPORTED:
        if re.search(pattern, days):
            raise ValueError(f'"{rule}": {remedy}.')
    if "PH" in days:
        raise ValueError(
            f'"{rule}": PH stands alone or in a list ("PH off", "Sa,PH 10:00-14:00"); else write the dates.'
        )
    for month, day in _MONTH_DAY.findall(days):
        # 2028 is a leap year: February may be written with 29 days.
        if not 1 <= int(day) <= monthrange(2028, _MONTHS.index(month.title()) + 1)[1]:
            raise ValueError(f'"{rule}": there is no {month} {day}.')
    try:
        OpeningHours(days)
    except Exception as error:  # the library's ParserError, which its type stub leaves out
        column = int(str(error).partition("--> 1:")[2].split()[0])
        raise ValueError(
            f'"{rule}" is not understood at "{days[column - 1 :]}"; '
            'days are Mo Tu We Th Fr Sa Su and PH, as in "Mo-Fr 09:00-18:00; PH off".'
        ) from error


def _spans(times: str | None, rule: str) -> Iterator[tuple[int, int]]:
    if times in (None, "24/7"):
        yield 0, DAY
        return
    for span in re.finditer(r"(\d+):(\d+)\s*-\s*(\d+):(\d+)", times):
        from_hour, from_minute, to_hour, to_minute = map(int, span.groups())
        start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
        if max(from_minute, to_minute) > 59 or start >= DAY or end > 2 * DAY:
            raise ValueError(f'"{rule}": {span[0]} is no time of day; hours start by 23:59 and end by 48:00.')
        # An end that is not after the start is on the next day.
        yield start, end if end > start else end + DAY


def _matching(rule: OpeningRule, holidays: Container[date], first: date, last: date) -> Container[int]:
    """Return the ordinals of the days from `first` to `last` that the rule matches."""
    days = range(first.toordinal(), last.toordinal() + 1)
    if rule.days == "":
        return days
    matched = {day for day in days if date.fromordinal(day) in holidays} if rule.on_holidays else set[int]()
    if rule.days:
        begin, end = (datetime.combine(day, time()) for day in (first, last + timedelta(days=1)))
        for start, stop, state, _ in OpeningHours(rule.days).intervals(begin, end):
            if state == State.OPEN:
                matched.update(range(start.toordinal(), stop.toordinal()))
    return matched
