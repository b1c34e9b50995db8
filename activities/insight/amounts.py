"""Finds sums of money in a customer's text.

Promises a number for text that clearly is money, written with its sign or name, and nothing for other numbers. Must not
know the worth of a currency.
"""

import re
from collections.abc import Iterator

_CODES = "usd|eur|gbp|chf|inr|jpy|cad|aud|nzd|sek|nok|dkk|pln"
_NAMES = "dollars?|euros?|pounds?|bucks|francs|rupees|kroner|kronor|kr|zł"
_MARKS = "$€£¥₹."
_SIGN = rf"(?:[$€£¥₹]|(?<![^\W\d_])(?:{_CODES}|{_NAMES}|rs\.|us\$)(?![^\W\d_]))"
_NUMBER = re.compile(
    r"\d(?<!\d\d)(?<!\d[.,:/-]\d)"
    r"(?:\d?(?:,\d\d)+,\d{3}(?:\.\d\d?)?(?!\d)"  # lakhs: 5,00,000
    r"|\d{0,2}(?:[,.' ]\d{3})+(?:[.,]\d{1,2})?(?!\d)"
    r"|\d{0,8}(?:[.,]\d{1,2})?(?![\d,.]*\d))"
)
"""A number. The expression begins with a digit, and looks at the characters before it only where there is one: that is
fast."""
_BEFORE = re.compile(rf"{_SIGN}\s?$", re.I)
_AFTER = re.compile(rf"(?:[.,][-–—]{{1,2}})?\s?{_SIGN}(?!\d)", re.I)
"""A sign behind the number, unless another number follows, to which it then belongs: `order 4711 €20`."""
_LONGEST_SIGN = 10
_MANY = re.compile(r"(k|m)(?![^\W_])|\s?(thousand|million|mio)\b\.?", re.I)
_TIMES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6}
_DECIMALS = re.compile(r"[.,](\d{1,2})$")


def highest(texts: list[str]) -> float | None:
    """Return the largest sum in any of the texts; None where no text names one."""
    return max((amount for text in texts for amount in _sums(text)), default=None)


def _sums(text: str) -> Iterator[float]:
    """Yield the sums in a text. Numbers are looked for first: letters that may name a currency are more common."""
    for found in _NUMBER.finditer(text):
        many = _MANY.match(text, found.end())
        end = many.end() if many else found.end()
        if _is_money(text, found.start(), end):
            yield number(found[0]) * (_TIMES[(many[1] or many[2]).lower()] if many else 1)


def _is_money(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _LONGEST_SIGN) : start]
    last = before.rstrip()[-1:]
    if (last.isalpha() or last in _MARKS) and not text[end : end + 1].isalpha() and _BEFORE.search(before):
        return True
    return last != "#" and bool(_AFTER.match(text, end))


def number(written: str) -> float:
    """Read `1,234.50`, `1.234,50` and `1 234.5` alike: the last mark before one or two digits is the decimal one."""
    decimals = _DECIMALS.search(written)
    whole = written[: decimals.start()] if decimals else written
    digits = "".join(character for character in whole if character.isdigit())
    return float(f"{digits or 0}.{decimals[1] if decimals else 0}")
