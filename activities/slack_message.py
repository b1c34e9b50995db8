"""What a notification looks like on Slack.

Promises that whatever people wrote can neither ping a channel nor make Slack refuse the message: it is escaped, and cut
to Slack's limits where everybody can see it. Must not know how a message is sent.
"""

import re
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from policies.effects import Notify

CUT = "… (cut)"
HEADER_LIMIT, SECTION_LIMIT, FIELD_LIMIT, FIELDS_IN_A_SECTION, SECTIONS = 150, 3000, 2000, 10, 4


def render(effect: Notify) -> tuple[str, list[dict[str, Any]]]:
    """The text of the push notification, and the message as Block Kit within Slack's limits."""
    headline = effect.headline or "Baton"
    header = _fit(headline, HEADER_LIMIT)
    blocks: list[Block] = [HeaderBlock(text=PlainTextObject(text=header, emoji=True))]
    if header.endswith(CUT):
        blocks.append(SectionBlock(text=MarkdownTextObject(text=_fit(headline, SECTION_LIMIT))))
    fields = [_fit(value, FIELD_LIMIT, f"*{_fit(name, HEADER_LIMIT)}*\n") for name, value in effect.facts]
    shown = SECTIONS * FIELDS_IN_A_SECTION
    if len(fields) > shown:
        fields[shown - 1 :] = [CUT]
    for start in range(0, len(fields), FIELDS_IN_A_SECTION):
        part = [MarkdownTextObject(text=field) for field in fields[start : start + FIELDS_IN_A_SECTION]]
        blocks.append(SectionBlock(fields=part))
    context = [effect.because, f"Conversation {effect.conversation_id}"]
    elements = [MarkdownTextObject(text=_fit(words, FIELD_LIMIT)) for words in context if words]
    blocks.append(ContextBlock(elements=elements))
    says_why = effect.because.casefold() in headline.casefold()
    text = _fit(headline if says_why else f"{headline} — {effect.because}", SECTION_LIMIT)
    return text, [block.to_dict() for block in blocks]


def _fit(words: str, limit: int, before: str = "") -> str:
    """Escaped, so that `<!channel>` in a customer's words pings nobody, and cut where it can be seen."""
    escaped = before + words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(escaped) <= limit:
        return escaped
    return re.sub(r"&[a-z]*$", "", escaped[: limit - len(CUT)]) + CUT
