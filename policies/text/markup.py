"""The words of a text that was written in HTML, as a mail program would show them.

Promises time in proportion to the text, and a text without HTML unchanged: `<kim@acme.example>` and `a < b` stay. A
quotation gets a mark at each line, as in a plain mail. Must not know what is done with the words.

Own code: the parser of the standard library takes four times as long.
"""

import re
from html import unescape

_BLOCKS = (
    "address article aside body br center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr html li "
    "main nav ol p pre section table tbody tfoot thead tr ul"
)
_INLINE = (
    "a abbr acronym b base bdi bdo big button caption cite code col colgroup del dfn em figcaption font i img input "
    "ins kbd label link mark meta o:p q s samp small span strike strong sub sup time tt u var wbr"
)
_UNSEEN = ("head", "script", "style", "title", "template")
_OPENS, _CLOSES = "\x02", "\x03"
"""The marks of a quotation's ends while a text is read."""
_SHOWN: dict[str, str] = {
    **dict.fromkeys((*_INLINE.split(), *_UNSEEN), ""),
    **dict.fromkeys(("td", "th"), " "),
    **dict.fromkeys(_BLOCKS.split(), "\n"),
    "blockquote": f"\n{_OPENS}",
    "/blockquote": f"\n{_CLOSES}",
}
"""The characters that a mail program shows for a tag, by its name."""
_TAG = re.compile(r"<(/?)([a-z][a-z0-9:]{0,15})(?:[\s/][^<>]*)?>", re.I)
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_HIDDEN = {
    name: re.compile(rf"<{name}(?:[\s/][^<>]*)?>[^<]*(?:<(?!/{name}>)[^<]*)*</{name}>", re.I) for name in _UNSEEN
}
_DECLARATION = re.compile(r"<[!?][a-z][^<>]*>", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.I)
_SPACES, _AROUND, _EMPTY = re.compile(r"\s+"), re.compile(r" ?\n ?"), re.compile(r"\n{3,}")
_ENDS = re.compile(f"([{_OPENS}{_CLOSES}])")


def shown(text: str) -> str:
    """Return the text as a reader sees it, without tags and with the characters that entities stand for."""
    if "<" in text and _has_tags(text):
        text = _without_tags(text)
    return unescape(text) if "&" in text else text


def has_markup(text: str) -> bool:
    """Return True where a part of the text is never shown as it stands: a tag or an entity."""
    return _has_tags(text) or bool(_ENTITY.search(text))


def _has_tags(text: str) -> bool:
    return any(tag[2].lower() in _SHOWN for tag in _TAG.finditer(text))


def _without_tags(text: str) -> str:
    text = _up_to(_ENDS.sub(" ", text), "-->", _COMMENT)
    for name, hidden in _HIDDEN.items():
        text = _up_to(text, f"</{name}>", hidden)
    text = _TAG.sub(_instead, _DECLARATION.sub("", _SPACES.sub(" ", text)))
    text = _EMPTY.sub("\n\n", _AROUND.sub("\n", text))
    return _with_marks(text) if _OPENS in text else text.replace(_CLOSES, "")


def _instead(tag: re.Match[str]) -> str:
    name = tag[2].lower()
    return _SHOWN.get(tag[1] + name) or _SHOWN.get(name, tag[0])


def _up_to(text: str, end: str, pattern: re.Pattern[str]) -> str:
    """Return the text without the parts that match. Behind the last `end` it is not searched: none would be found."""
    last = text.lower().rfind(end)
    return text if last < 0 else pattern.sub(" ", text[: last + len(end)]) + text[last + len(end) :]


def _with_marks(text: str) -> str:
    """Return the text with `> ` before each line of a quotation."""
    before, *parts = _ENDS.split(text)
    pieces, depth = [before], 0
    for end, part in zip(parts[::2], parts[1::2], strict=True):
        depth = depth + 1 if end == _OPENS else max(0, depth - 1)
        said = part.strip("\n")
        pieces.append("> " + said.replace("\n", "\n> ") + "\n" if depth and said else part)
    return "".join(pieces)
