"""Sums of money in what a customer wrote.

Promises a number for what is clearly money, written with its sign or name, and nothing for other numbers. Must not know
currencies' worth.
"""

import re

_SIGN = r"[$€£¥₹]|\b(?:usd|eur|gbp|chf|inr|jpy|cad|aud)\b|\b(?:dollars?|euros?|pounds?|bucks|francs)\b"
_NUMBER = r"\d{1,3}(?:[,.' ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,9}(?:[.,]\d{1,2})?(?![\d,.]*\d)"
_BEFORE = re.compile(rf"(?:{_SIGN})\s?({_NUMBER})", re.I)
_AFTER = re.compile(rf"(?<![\d.,])({_NUMBER})\s?(?:{_SIGN})", re.I)
_DECIMALS = re.compile(r"[.,](\d{1,2})$")


def highest(texts: list[str]) -> float | None:
    """The largest sum in any of the texts; None where none names one."""
    found = [number(each) for text in texts for pattern in (_BEFORE, _AFTER) for each in pattern.findall(text)]
    return max(found, default=None)


def number(written: str) -> float:
    """`1,234.50`, `1.234,50` and `1 234.5` alike: the last mark with one or two digits behind it is the decimal one."""
    decimals = _DECIMALS.search(written)
    whole = written[: decimals.start()] if decimals else written
    digits = "".join(character for character in whole if character.isdigit())
    return float(f"{digits or 0}.{decimals[1] if decimals else 0}")
