"""Renders the questions how a conversation went, and people's answers, on a call's message or on one of their own.

Promises few rows of buttons and one line, however many people answer. Must not know what becomes of an answer.
"""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, ContextBlock, MarkdownTextObject

from activities.slack.rendering.buttons import OF_HINDSIGHT, ActionId
from activities.slack.rendering.rows import button_row
from activities.slack.rendering.text import Blocks, fit
from policies.document.hindsight import Question

GivenAnswers = Sequence[tuple[str, bool, str]]

_ASKED = "Was it right? Your answer tells the authors of the policy what its rules are worth."
_TITLES = {
    "needed": "Needed",
    "right_team": "Right team",
    "repeated": "Said it once",
    "solved": "Solved at once",
}
_OF_A_CALL = ("needed", "right_team")
_BETTER_NOT = ("repeated",)
"""The questions where no is the good answer."""
_LIMIT = 300
_IN_A_ROW = 2


def render(answers: GivenAnswers, value: str) -> Blocks:
    """Return one line and a row for each question, for a call's message with buttons that have the `value`."""
    asked = (each for each in OF_HINDSIGHT if each[0] in _OF_A_CALL)
    rows = (button_row((yes, no), value, f"baton.{question}") for question, yes, no in asked)
    return [block.to_dict() for block in (_line(answers), *rows)]


def asking(questions: Sequence[Question], value: str) -> list[Block]:
    """Return a message of its own that is answered in seconds: one line, then the questions, two to a row."""
    asked = [each for each in OF_HINDSIGHT if each[0] in questions]
    rows = (asked[first : first + _IN_A_ROW] for first in range(0, len(asked), _IN_A_ROW))
    return [_line(()), *(button_row(_better_first(row), value, f"baton.{row[0][0]}") for row in rows)]


def _better_first(row: Sequence[tuple[Question, ActionId, ActionId]]) -> list[ActionId]:
    actions: list[ActionId] = []
    for question, yes, no in row:
        actions += (no, yes) if question in _BETTER_NOT else (yes, no)
    return actions


def answered(posted: Blocks, answers: GivenAnswers) -> Blocks:
    """Return the message of `asking` with the answers in place of its line; further answers may still be given."""
    rows = [block for block in posted if block["type"] == "actions"]
    return [*posted[: -1 - len(rows)], _line(answers).to_dict(), *rows]


def _line(answers: GivenAnswers) -> ContextBlock:
    return ContextBlock(elements=[MarkdownTextObject(text=_told(answers) or _ASKED)])


def _told(answers: GivenAnswers) -> str:
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
