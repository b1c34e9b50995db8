"""The attachments of a message as senders write them, read as well as can be: kept by name, and never fetched.

Promises a bounded list in which each address can be opened safely: it leads to the web, by http or https. Must not know
who shows an attachment.
"""

import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from policies.contract.bounds import readable
from policies.state.context import is_address
from policies.state.events import Attachment
from policies.state.limits import ATTACHMENT_NAME_LIMIT, ATTACHMENT_URL_LIMIT, ATTACHMENTS_LIMIT
from policies.text.cutting import DOTS, cut

_LARGEST = 2**53
_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]+:", re.I)
_FORM = "attachments: write a list of {name, type, url, size}"


def attachments_in(value: Any, lost: list[str]) -> tuple[Attachment, ...]:
    """Return the attachments that were sent; `lost` gets a sentence on each thing that is left out."""
    if value in (None, "", [], ()):
        return ()
    items: list[Any] = list(cast("list[Any]", value)) if isinstance(value, list | tuple) else [value]
    if more := len(items) - ATTACHMENTS_LIMIT:
        lost += [f"attachments: {more} more than {ATTACHMENTS_LIMIT} are not kept"] if more > 0 else []
    found = [_attachment(item, lost) for item in items[:ATTACHMENTS_LIMIT]]
    return tuple(each for each in found if each is not None)


def _attachment(item: Any, lost: list[str]) -> Attachment | None:
    """Return one attachment; None where it has neither a name nor an address. A text is either of them."""
    if isinstance(item, str):
        item = {"url": item} if _SCHEME.match(item) else {"name": item}
    if not isinstance(item, Mapping):
        lost.append(_FORM)
        return None
    sent = cast("Mapping[Any, Any]", item)
    url, name = _address(sent.get("url"), lost), _text(sent.get("name"))
    if not (name or url):
        if sent.get("url") in (None, ""):
            lost.append(_FORM)
        return None
    last = unquote(urlsplit(url).path.rpartition("/")[2])
    return Attachment(name=name or _text(last) or "a file", type=_text(sent.get("type")), url=url, size=_size(sent))


def _address(value: Any, lost: list[str]) -> str:
    """Return the address where it can be opened safely; a cut one would lead nowhere."""
    if value in (None, ""):
        return ""
    if isinstance(value, str) and is_address(value, ATTACHMENT_URL_LIMIT):
        return value
    lost.append(
        f"attachments: an address that is not http or https, or longer than {ATTACHMENT_URL_LIMIT}, is not kept"
    )
    return ""


def _text(value: Any) -> str:
    """Return the value as one line; a list or an object names nothing."""
    if value is None or isinstance(value, Mapping | list | tuple):
        return ""
    return cut(" ".join(readable(value).split()), ATTACHMENT_NAME_LIMIT, mark=DOTS)


def _size(sent: Mapping[Any, Any]) -> int | None:
    """Return the size in bytes; None where it is no such number. Some senders write it as text."""
    size = sent.get("size")
    if isinstance(size, str) and size.isascii() and size.isdigit() and len(size) <= len(str(_LARGEST)):
        size = int(size)
    if isinstance(size, float) and size.is_integer():
        size = int(size)
    return size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size <= _LARGEST else None
