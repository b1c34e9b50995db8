"""Renders the conversations of an incident as lists, for its message and its thread.

Promises to stay within Slack's limits, and that a message that can't show all of them says how many there are. Must not
know how a message is sent.
"""

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import MarkdownTextObject, SectionBlock

from activities.slack.rendering.text import SECTION_LIMIT, Blocks, Links, fit, size
from policies.state.effects import Members
from policies.state.events import Member

_BLOCK = "baton.members"
"""The beginning of a list's `block_id`, by which the list is found in a message and replaced."""

_SHOWN_SIZE, _LISTED = 6_000, 25
_HEADLINE, _WHO, _ID, _LINKS = 140, 80, 120, 1_000


def render(members: Members, links: Links) -> Blocks:
    """Return how many members there are, and the first of them."""
    head = f"*{members.total} conversations*{f', {members.left} of them looked after' if members.left else ''}"
    shown = list(members.first)
    while size(blocks := _blocks(head, shown, members.total, links)) > _SHOWN_SIZE and shown:
        shown.pop()
    return blocks


def placed(listed: Blocks, blocks: Blocks) -> Blocks:
    """Return the message with this list instead of its present one, above the line with the links."""
    kept = [block for block in blocks if not str(block.get("block_id", "")).startswith(_BLOCK)]
    place = next((number for number, block in enumerate(kept) if block["type"] == "context"), len(kept))
    return [*kept[:place], *listed, *kept[place:]]


def chunks(listed: int, total: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last number of each further message, until all members are listed."""
    for first in range(listed + 1, total + 1, _LISTED):
        yield first, min(first + _LISTED - 1, total)


def listing(members: Sequence[Member], first: int, links: Links) -> tuple[str, Blocks]:
    """Return one message of a thread as text, for programs that show no blocks, and as blocks."""
    text = f"Conversations {first} to {first + len(members) - 1}"
    lines = [f"{number}. {_line(member, links)}" for number, member in enumerate(members, start=first)]
    return text, _sections([f"*{text}*", *lines])


def _blocks(head: str, shown: Sequence[Member], total: int, links: Links) -> Blocks:
    more = [f"and {total - len(shown)} more, see the thread"] * (total > len(shown))
    return _sections([head, *(f"• {_line(member, links)}" for member in shown), *more])


def _sections(lines: Sequence[str]) -> Blocks:
    texts = [""]
    for line in lines:
        if len(texts[-1]) + len(line) + 1 > SECTION_LIMIT:
            texts.append("")
        texts[-1] = f"{texts[-1]}\n{line}".lstrip("\n")
    return [
        SectionBlock(text=MarkdownTextObject(text=text), block_id=f"{_BLOCK}.{number}").to_dict()
        for number, text in enumerate(texts)
    ]


def _line(member: Member, links: Links) -> str:
    where = links.to(member.conversation_id)
    parts = (
        fit(member.who, _WHO, "*") + "*" if member.who else "",
        fit(member.headline, _HEADLINE),
        where if len(where) <= _LINKS else "",
        fit(f"Conversation {member.conversation_id}", _ID),
    )
    return " — ".join(part for part in parts if part).replace("\n", " ")
