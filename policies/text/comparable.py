"""Texts in the one form in which they are compared with patterns, whatever program or keyboard they come from.

Promises one line with plain quotation marks, dashes and spaces, characters in one piece (NFC), and none that is not
seen. A pattern's own characters are brought into the same form. Must not know what is looked for.
"""

import re
import unicodedata

_TYPED = {
    "'": "’‘‚‛‹›ʼ′´`＇",
    '"': "“”„‟«»″＂",
    "-": "‐‑‒–—―−﹣－",
    "...": "…",
}
"""The characters on keyboards, each with those that programs and people put in its place."""
AS_TYPED = str.maketrans({shown: typed for typed, all_shown in _TYPED.items() for shown in all_shown})
_ODD = re.compile(r"[^ -~]")
"""Characters that are not plain ASCII; only these are looked at one by one."""
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_NOT_WORDS = {
    "://": re.compile(r"https?://\S{1,300}"),
    "@": re.compile(r"(?<!\w)@\w{1,40}"),
    "&": re.compile(r"&(?:amp|gt|lt|quot);"),
    "__": re.compile(r"__\w{1,20}__"),
}
"""Addresses, mentions and masks, by a mark that each needs: few texts contain it, and it is found much faster."""


def comparable(text: str) -> str:
    """Return the text as patterns are compared with it."""
    return " ".join(as_typed(text).split())


def as_typed(text: str) -> str:
    """Return the characters as they are typed, without those that are not seen; lines and spaces become one space each.

    Marks that turn the writing direction are left out: with them, notes would show other text.
    """
    if not text.isascii():
        text = text.translate(AS_TYPED)
    if not text.isprintable():
        text = _ODD.sub(_visible, text)
    return unicodedata.normalize("NFC", text)


def without_addresses(text: str) -> str:
    """Return the text without web addresses, mentions, and the masks of programs that hide them."""
    for mark, pattern in _NOT_WORDS.items():
        if mark in text:
            text = pattern.sub(" ", text)
    return text


def _visible(found: re.Match[str]) -> str:
    character = found[0]
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in _UNSEEN else character
