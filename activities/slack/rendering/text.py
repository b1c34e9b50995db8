"""Prepares words for Slack.

Promises that people's words can neither alert a whole channel nor make Slack refuse the message: they are escaped, and
cut to Slack's limits with a visible mark. Must not know what a message is about.
"""

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

Blocks = list[dict[str, Any]]
"""A message as Slack takes it: its blocks as JSON."""
CUT = "… (cut)"
HEADER_LIMIT, SECTION_LIMIT = 150, 3000

MESSAGE_LIMIT = 12_000
"""The most characters of all blocks as JSON. Slack documents no limit, and refuses somewhat above 13,000
(`msg_blocks_too_long`)."""

OUTCOME_ROOM = 1_000
"""The characters kept free in a message, because it grows when its outcome is shown."""


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of a conversation elsewhere, which hold `{conversation_id}` or `{workflow_id}`; empty for none."""

    desk: str = ""
    ui: str = ""
    workflow_prefix: str = "conversation/"

    @property
    def without_desk(self) -> "Links":
        """The links of a conversation that no helpdesk knows, such as an incident."""
        return replace(self, desk="")

    def to(self, conversation_id: str) -> str:
        """Return the links side by side; empty where there are none."""
        shown = ((self.desk, "Open in helpdesk"), (self.ui, "Open in Temporal"))
        return " · ".join(f"<{self._address(at, conversation_id)}|{name}>" for at, name in shown if at)

    def plain(self, conversation_id: str) -> list[str]:
        """Return the addresses as they are, for text without markup."""
        return [self._filled(at, conversation_id) for at in (self.desk, self.ui) if at]

    def _address(self, template: str, conversation_id: str) -> str:
        filled = self._filled(template, conversation_id)
        return filled.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")

    def _filled(self, template: str, conversation_id: str) -> str:
        # Not `format`: a configured address may contain other braces.
        filled = template.replace("{conversation_id}", quote(conversation_id, safe=""))
        return filled.replace("{workflow_id}", quote(f"{self.workflow_prefix}{conversation_id}", safe=""))


NO_LINKS = Links()


def escaped(words: str) -> str:
    """Escape the words, so that `<!channel>` in a customer's message alerts no one."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fit(words: str, limit: int, before: str = "") -> str:
    """Escape the words, put `before` in front of them, and cut them with a visible mark."""
    whole = before + escaped(words)
    if len(whole) <= limit:
        return whole
    return re.sub(r"&[a-z]*$", "", whole[: limit - len(CUT)]) + CUT


def local_time(at: datetime) -> str:
    """Return a time that each reader sees in their own time zone; programs that can't do that show UTC."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at:%d %b %H:%M} UTC>"


def size(blocks: Blocks) -> int:
    """Return how many characters of `MESSAGE_LIMIT` the blocks need."""
    return len(json.dumps(blocks, ensure_ascii=False))
