"""What of a customer's words nobody outside the helpdesk needs to see.

Promises that what is asked to be hidden does not appear; in doubt rather too much is hidden, because the helpdesk is
one press away and shows everything. Must not know where the words are shown.
"""

import re
from collections.abc import Callable, Collection

from policies.escalations import Redaction

_EMAIL = re.compile(r"[^\s@<>()\[\]\",;:]{1,64}@[^\s@<>()\[\]\",;:]{1,255}\.[^\W\d_]{2,}")
_DIGIT_GROUPS = re.compile(r"\d+(?:[ \u00a0-]?\d+)*")
_PHONE = re.compile(r"(?<![\w.])(?:\+|\()?\d(?:[ \u00a0()./-]{0,3}+\d){6,}+(?!\w)")
_DATE_OR_ADDRESS = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?: \d{1,2})?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?: \d{1,2})?"
    r"|\d{1,3}(?:\.\d{1,3}){3}"
)
_LOCAL_PHONE = re.compile(r"\d{3}[ -]\d{4}")
_SECRET = re.compile(
    r"(\b(?:pass ?(?:word|code|phrase)|passwd|pwd|passwort|kennwort|pin|cvv2?|cvc2?|otp"
    r"|(?:security|verification|access|login|one[ -]time) (?:code|pin))[\"'”]?"
    r"(?:\s{0,3}([:=])\s{0,3}|\s{1,3}(?:(?:is|was|ist|war)\s{1,3})?))(\S{3,100})",
    re.I,
)
_NOT_A_WORD = re.compile(r"[\d!#$%&*@^_]")
_CARD_DIGITS = range(13, 20)
_PHONE_DIGITS = range(10, 16)
_PHONE_DIGITS_WITH_PREFIX = range(7, 16)


def redact(text: str, kinds: Collection[Redaction]) -> str:
    """The text with what `kinds` name replaced by what it was, such as `[email]`; of `words`, nothing is left."""
    if "words" in kinds:
        return ""
    for kind, hide in _HIDE.items():
        if kind in kinds:
            text = hide(text)
    return text


def _without_emails(text: str) -> str:
    return _EMAIL.sub("[email]", text)


def _without_cards(text: str) -> str:
    return _DIGIT_GROUPS.sub(lambda found: _without_card(found[0]), text)


def _without_card(digits: str) -> str:
    """People write other numbers next to a card's, so a card may be any groups of the run that are one together."""
    groups = [(group.start(), group.end()) for group in re.finditer(r"\d+", digits)]
    shown, begin = "", 0
    for first, (start, _) in enumerate(groups):
        # Nobody writes more than one group for each digit.
        ends = (end for _, end in reversed(groups[first : first + _CARD_DIGITS.stop]))
        end = next((end for end in ends if start >= begin and _is_card(digits[start:end])), 0)
        if end:
            shown, begin = f"{shown}{digits[begin:start]}[card]", end
    return shown + digits[begin:]


def _is_card(written: str) -> bool:
    number = re.sub(r"\D", "", written)
    return len(number) in _CARD_DIGITS and _is_luhn(number)


def _is_luhn(number: str) -> bool:
    """Whether the check digit fits, as it does for every payment card and one in ten other numbers."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


def _without_phones(text: str) -> str:
    return _PHONE.sub(lambda found: "[phone]" if _is_phone(found[0]) else found[0], text)


def _is_phone(written: str) -> bool:
    """Dates, network addresses and short order numbers are none."""
    if _DATE_OR_ADDRESS.fullmatch(written):
        return False
    digits = sum(character.isdigit() for character in written)
    if written.startswith(("+", "0", "(")):
        return digits in _PHONE_DIGITS_WITH_PREFIX
    return digits in _PHONE_DIGITS or _LOCAL_PHONE.fullmatch(written) is not None


def _without_secrets(text: str) -> str:
    return _SECRET.sub(_without_secret, text)


def _without_secret(found: re.Match[str]) -> str:
    """Behind `password:` stands one; elsewhere words go on, as in “my password is wrong”."""
    secret = found[3].rstrip(".,;:!?)\"'”")
    is_one = found[2] or _NOT_A_WORD.search(secret)
    return f"{found[1]}[secret]{found[3][len(secret) :]}" if is_one else found[0]


_HIDE: dict[Redaction, Callable[[str], str]] = {
    "secrets": _without_secrets,
    "emails": _without_emails,
    "cards": _without_cards,
    "phones": _without_phones,
}
"""In this order: a password may look like anything, an address may contain digits, a card's number looks like a
telephone's."""
