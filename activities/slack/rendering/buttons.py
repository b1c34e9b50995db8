"""The names that tie a button on a message to the action of a person who presses it.

Promises that a button names the conversation, the life of that id, and the step it was made for: a step's id carries
its generation, so a late press can be told from a current one. Must not know who presses or what happens then.
"""

import json
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.document.hindsight import Question

CALL_BLOCK: Final = "baton.page"
"""The `block_id` of the row of buttons."""

ACKNOWLEDGE: Final = "baton.acknowledge"
TAKE: Final = "baton.take"
ESCALATE: Final = "baton.escalate"
ADD_NOTE: Final = "baton.add_note"
RESOLVE: Final = "baton.resolve"
SNOOZE: Final = "baton.snooze"
ACCEPT: Final = "baton.accept"
DECLINE: Final = "baton.decline"
RELEASE: Final = "baton.release"
NEEDED: Final = "baton.needed"
NOT_NEEDED: Final = "baton.not_needed"
RIGHT_TEAM: Final = "baton.right_team"
WRONG_TEAM: Final = "baton.wrong_team"
REPEATED: Final = "baton.repeated"
NOT_REPEATED: Final = "baton.not_repeated"
SOLVED: Final = "baton.solved"
NOT_SOLVED: Final = "baton.not_solved"

ActionId = Literal[
    "baton.acknowledge",
    "baton.take",
    "baton.escalate",
    "baton.add_note",
    "baton.resolve",
    "baton.snooze",
    "baton.accept",
    "baton.decline",
    "baton.release",
    "baton.needed",
    "baton.not_needed",
    "baton.right_team",
    "baton.wrong_team",
    "baton.repeated",
    "baton.not_repeated",
    "baton.solved",
    "baton.not_solved",
]

OF_A_CALL: tuple[ActionId, ...] = (ACKNOWLEDGE, TAKE, ESCALATE, ADD_NOTE, RESOLVE, SNOOZE)
OF_AN_OFFER: tuple[ActionId, ...] = (ACCEPT, DECLINE)
OF_AN_INCIDENT: tuple[ActionId, ...] = (ACKNOWLEDGE, TAKE, ESCALATE, RELEASE)
"""The buttons of a call for many conversations, which can't be answered, noted or resolved all at once."""
OF_HINDSIGHT: tuple[tuple[Question, ActionId, ActionId], ...] = (
    ("needed", NEEDED, NOT_NEEDED),
    ("right_team", RIGHT_TEAM, WRONG_TEAM),
    ("repeated", REPEATED, NOT_REPEATED),
    ("solved", SOLVED, NOT_SOLVED),
)
"""The questions when a conversation is over, each with the buttons for yes and no."""
ALL: tuple[ActionId, ...] = get_args(ActionId)

VALUE_LIMIT = 2000
"""Slack's limit for a button's value."""


class Press(BaseModel):
    """The meaning of a button: the conversation, and the step, offer or move that it was made for.

    A step is such as `support-on-call.2/1.3`, an offer such as `billing/12`, a move such as `asked:2026-03-02T14:05Z`.
    `life` tells a closed conversation from one that began later under the same id; messages of old versions have none.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    conversation_id: str = Field(alias="c", min_length=1)
    step: str = Field(alias="s")
    life: str = Field(default="", alias="l")


def encode(conversation_id: str, step: str, life: str = "") -> str:
    """Return the button's value. Raises ValueError where an id is too long for Slack."""
    made_for = {"c": conversation_id, "s": step, **({"l": life} if life else {})}
    value = json.dumps(made_for, ensure_ascii=False, separators=(",", ":"))
    if len(value) > VALUE_LIMIT:
        raise ValueError(f"A Slack button holds {VALUE_LIMIT} characters, conversation and step need {len(value)}.")
    return value


def decode(value: Any) -> Press | None:
    """Return the press that `encode` was given; None where the value is not Baton's."""
    try:
        return Press.model_validate_json(value) if isinstance(value, str) else None
    except ValidationError:
        return None
