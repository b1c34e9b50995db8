"""What is asked in the end, on the message of a call or on one of its own, and what people have answered.

Promises few rows of buttons and one line, whatever many people answer. Must not know what becomes of an answer.
"""

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block, ContextBlock, MarkdownTextObject

from activities.slack.rendering.buttons import OF_HINDSIGHT, ActionId
from activities.slack.rendering.rows import button_row
from activities.slack.rendering.text import fit
from policies.document.hindsight import Question

Answers = Sequence[tuple[str, bool, str]]

_ASKED = "Was it right? Your answer tells whoever writes the policy what its rules are worth."
_TITLES = {
    "needed": "Needed",
    "right_team": "Right team",
    "repeated": "Said it once",
    "solved": "Solved at once",
}
_OF_A_CALL = ("needed", "right_team")
_BETTER_NOT = ("repeated",)
"""Where no is the good answer."""
_LIMIT = 300
_IN_A_ROW = 2


def render(answers: Answers, value: str) -> list[dict[str, Any]]:
    """On a call's message: one line, then a row for each question; `value` is what the message's buttons stand for."""
    asked = (each for each in OF_HINDSIGHT if each[0] in _OF_A_CALL)
    rows = (button_row((yes, no), value, f"baton.{question}") for question, yes, no in asked)
    return [block.to_dict() for block in (_line(answers), *rows)]


def asking(questions: Sequence[Question], value: str) -> list[Block]:
    """On a message of its own, which is answered in seconds: one line, then the questions, two to a row."""
    asked = [each for each in OF_HINDSIGHT if each[0] in questions]
    rows = (asked[first : first + _IN_A_ROW] for first in range(0, len(asked), _IN_A_ROW))
    return [_line(()), *(button_row(_better_first(row), value, f"baton.{row[0][0]}") for row in rows)]


def _better_first(row: Sequence[tuple[Question, ActionId, ActionId]]) -> list[ActionId]:
    actions: list[ActionId] = []
    for question, yes, no in row:
        actions += (no, yes) if question in _BETTER_NOT else (yes, no)
    return actions


def answered(posted: list[dict[str, Any]], answers: Answers) -> list[dict[str, Any]]:
    """The message of `asking` with what was answered in place of its line; other answers may still be given."""
    rows = [block for block in posted if block["type"] == "actions"]
    return [*posted[: -1 - len(rows)], _line(answers).to_dict(), *rows]


def _line(answers: Answers) -> ContextBlock:
    return ContextBlock(elements=[MarkdownTextObject(text=_told(answers) or _ASKED)])


def _told(answers: Answers) -> str:
    told: list[str] = []
    for question, title in _TITLES.items():
        said = [
            f"{'👍' if yes != (question in _BETTER_NOT) else '👎'} {who}"
            for asked, yes, who in answers
            if asked == question
        ]
        if said:
            told.append(fit(", ".join(said), _LIMIT, f"*{title}:* "))
    return " · ".join(told)
