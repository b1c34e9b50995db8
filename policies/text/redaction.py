"""Redaction of the parts of a customer's words that only the helpdesk has to show.

Promises that every kind that was asked for is hidden. In doubt too much is hidden rather than too little, because the
helpdesk shows everything. Must not know where the words are shown.
"""

import re
from collections.abc import Callable, Collection

from policies.document.escalations import Redaction

_EMAIL = re.compile(r"[^\s@<>()\[\]\",;:]{1,64}@[^\s@<>()\[\]\",;:]{1,255}\.[^\W\d_]{2,}")
_DIGIT_GROUPS = re.compile(r"\d+(?:[ \u00a0-]?\d+)*")
_PHONE = re.compile(r"(?<![\w.])(?:\+|\()?\d(?:[ \u00a0()./-]{0,3}+\d){6,}+(?!\w)")
_DATE_OR_ADDRESS = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?: \d{1,2})?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?: \d{1,2})?"
    r"|\d{1,3}(?:\.\d{1,3}){3}"
)
_LOCAL_PHONE = re.compile(r"\d{3}[ -]\d{4}")
_NAMES_SECRET = re.compile(
    r"\b(?:pass ?(?:word|code|phrase)s?|passwd|pwd|passwort|kennwort|(pin)|cvv2?|cvc2?|otp"
    r"|(?:security|verification|access|login|one[ -]time)[ -](?:code|pin))"
    r"(?:[ -]?(?:code|number|nummer))?[\"'”]?"
    r"((?:\s{1,3}(?:is|was|now|ist|war|lautet|jetzt)){0,2}(?:\s{0,3}[:=]\s{0,3}|\s{1,3}))",
    re.I,
)
_SECRET = re.compile(r"[\"'“]?(\S{2,100}[^\s.,;:!?)\"'”])")
_NO_WORD = re.compile(r"[\d!#$%&*@^_]")
_NUMBER = re.compile(r"\d{3,8}")
_SAYS_MORE = frozenset(
    """
    can can't cannot can’t doesn't does doesn’t forgotten help how incorrect invalid isn't isn’t lost my not please
    rejected reset the this what when why won't won’t wrong
    """.split()  # noqa: SIM905  as a list it would take a page
)
_CARD_DIGITS = range(13, 20)
_PHONE_DIGITS = range(10, 16)
_PHONE_DIGITS_WITH_PREFIX = range(7, 16)


def redact(text: str, kinds: Collection[Redaction]) -> str:
    """Return the text with each part that `kinds` names replaced by its kind, such as `[email]`; empty for `words`."""
    if "words" in kinds:
        return ""
    for kind, (pattern, hidden) in _HIDE.items():
        if kind in kinds:
            text = pattern.sub(lambda found, hidden=hidden: hidden(found[0]), text)
    return text


def without_secrets(text: str) -> str:
    """Return the text without the words that its writer calls a password, PIN or code. No policy turns this off."""
    shown, begin = "", 0
    for named in _NAMES_SECRET.finditer(text):
        secret = _SECRET.match(text, named.end())
        if secret and begin <= named.end() and _is_secret(secret[1], link=named[2], is_pin=bool(named[1])):
            shown, begin = f"{shown}{text[begin : secret.start(1)]}[secret]", secret.end(1)
    return shown + text[begin:]


def _is_secret(word: str, *, link: str, is_pin: bool) -> bool:
    """`True` where the word is a secret rather than the next word of a sentence.

    After a colon most words are secrets. Elsewhere most are not, as in “my password is wrong” or “pin the note”.
    """
    if ":" in link or "=" in link:
        return word.lower() not in _SAYS_MORE
    if is_pin and link.isspace():
        return _NUMBER.fullmatch(word) is not None
    return _NO_WORD.search(word) is not None


def _without_card(digits: str) -> str:
    """Return the run of digits with each card's number hidden.

    People write other numbers next to a card's, so any neighbouring groups of the run may together be a card's number.
    """
    groups = [(group.start(), group.end()) for group in re.finditer(r"\d+", digits)]
    shown, begin = "", 0
    for first, (start, _) in enumerate(groups):
        # A card's number has at most as many groups as digits.
        ends = (end for _, end in reversed(groups[first : first + _CARD_DIGITS.stop]))
        end = next((end for end in ends if start >= begin and _is_card(digits[start:end])), 0)
        if end:
            shown, begin = f"{shown}{digits[begin:start]}[card]", end
    return shown + digits[begin:]


def _is_card(written: str) -> bool:
    number = re.sub(r"\D", "", written)
    return len(number) in _CARD_DIGITS and _is_luhn(number)


def _is_luhn(number: str) -> bool:
    """`True` where the check digit fits, as it does for every payment card and for one in ten other numbers."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


def _without_phone(written: str) -> str:
    return "[phone]" if _is_phone(written) else written


def _is_phone(written: str) -> bool:
    """`True` for a telephone number, and not for a date, a network address or a short order number."""
    if _DATE_OR_ADDRESS.fullmatch(written):
        return False
    digits = sum(character.isdigit() for character in written)
    if written.startswith(("+", "0", "(")):
        return digits in _PHONE_DIGITS_WITH_PREFIX
    return digits in _PHONE_DIGITS or _LOCAL_PHONE.fullmatch(written) is not None


_HIDE: dict[Redaction, tuple[re.Pattern[str], Callable[[str], str]]] = {
    "emails": (_EMAIL, lambda _: "[email]"),
    "cards": (_DIGIT_GROUPS, _without_card),
    "phones": (_PHONE, _without_phone),
}
"""The order matters: an address may contain digits, and a card's number looks like a telephone's."""
