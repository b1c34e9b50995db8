"""What a call's message asks in the end, and what people have answered.

Promises two rows of buttons and one line, whatever many people answer. Must not know what becomes of an answer.
"""

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import ContextBlock, MarkdownTextObject

from activities.slack.buttons import OF_HINDSIGHT
from activities.slack.message import button_row
from activities.slack.text import fit

_ASKED = "Was it right? Your answer tells whoever writes the policy what its rules are worth."
_TITLES = {"needed": "Needed", "right_team": "Right team"}
_LIMIT = 300


def render(answers: Sequence[tuple[str, bool, str]], value: str) -> list[dict[str, Any]]:
    """One line, then a row for each question; `value` is what the message's buttons stand for."""
    line = MarkdownTextObject(text=_told(answers) or _ASKED)
    rows = (button_row((yes, no), value, f"baton.{question}") for question, yes, no in OF_HINDSIGHT)
    return [block.to_dict() for block in (ContextBlock(elements=[line]), *rows)]


def _told(answers: Sequence[tuple[str, bool, str]]) -> str:
    told: list[str] = []
    for question, title in _TITLES.items():
        said = [f"{'👍' if yes else '👎'} {who}" for asked, yes, who in answers if asked == question]
        if said:
            told.append(fit(", ".join(said), _LIMIT, f"*{title}:* "))
    return " · ".join(told)
