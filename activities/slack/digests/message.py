"""Renders many notifications as one message.

Promises the customer, the headline, the reason and the links of each, within Slack's limits, and that a message counts
as full before one of its entries would have to be left out. Must not know how a digest is kept or sent.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from slack_sdk.models.blocks import Block, ContextBlock, HeaderBlock, MarkdownTextObject, PlainTextObject, SectionBlock

from activities.slack.rendering.text import MESSAGE_LIMIT, SECTION_LIMIT, Links, fit, size

ENTRIES = 40
"""The most entries of a digest, more than anybody reads; then a new one begins."""

_OUTCOME_ROOM = 1_500
"""The characters kept free, because entries grow when their outcome is shown."""

_HEADLINE, _WHO, _WHY, _ID, _LINKS = 140, 80, 140, 120, 1_000


class DigestEntry(BaseModel):
    """One notification in a digest. `outcome` is its outcome in words; `digest` is empty until it is in one."""

    model_config = ConfigDict(frozen=True)

    key: str
    target: str
    conversation_id: str
    run: str
    at: AwareDatetime
    is_page: bool
    headline: str
    who: str
    because: str
    outcome: str = ""
    digest: str = ""
    shown: bool = False


def room(there: Sequence[DigestEntry], waiting: Sequence[DigestEntry], links: Links) -> int:
    """Return how many of the waiting entries a digest can take beside those it has."""
    entries = list(there)
    for taken, entry in enumerate(waiting):
        entries.append(entry)
        if len(entries) > ENTRIES or size(_render(entries, links)) > MESSAGE_LIMIT - _OUTCOME_ROOM:
            # A single entry always fits, because its words are cut.
            return taken if there or taken else 1
    return len(waiting)


def render(entries: Sequence[DigestEntry], links: Links) -> tuple[str, list[dict[str, Any]]]:
    """Return the digest's text and blocks: the newest entries first, and the number of the others where not all fit."""
    newest = sorted(entries, key=lambda entry: (entry.at, entry.key), reverse=True)
    shown = len(newest)
    while size(blocks := _render(newest[:shown], links, more=len(newest) - shown)) > MESSAGE_LIMIT:
        shown -= 1
    return title(len(newest)), blocks


def title(number: int) -> str:
    """Return the number of notifications in words, which a push notification shows, too."""
    return f"{number} more notification{'' if number == 1 else 's'}"


def _render(entries: Sequence[DigestEntry], links: Links, more: int = 0) -> list[dict[str, Any]]:
    blocks: list[Block] = [HeaderBlock(text=PlainTextObject(text=title(len(entries) + more), emoji=True))]
    lines = [_line(entry, links) for entry in entries]
    texts = [""]
    for line in lines:
        if len(texts[-1]) + len(line) + 1 > SECTION_LIMIT:
            texts.append("")
        texts[-1] = f"{texts[-1]}\n{line}".lstrip("\n")
    blocks += [SectionBlock(text=MarkdownTextObject(text=text)) for text in texts if text]
    about = "There is more to tell than this channel can take: this message is updated instead."
    words = [f"and {more} more"] * bool(more) + [about]
    blocks.append(ContextBlock(elements=[MarkdownTextObject(text=text) for text in words]))
    return [block.to_dict() for block in blocks]


def _line(entry: DigestEntry, links: Links) -> str:
    mark = "🔔" if entry.is_page else "•"
    parts = (
        fit(entry.headline, _HEADLINE, f"{mark} *") + "*",
        fit(entry.who, _WHO),
        fit(entry.because, _WHY),
        fit(entry.outcome, _WHY, "*") + "*" if entry.outcome else "",
        where if len(where := links.to(entry.conversation_id)) <= _LINKS else "",
        fit(f"Conversation {entry.conversation_id}", _ID),
    )
    return " — ".join(part for part in parts if part).replace("\n", " ")
