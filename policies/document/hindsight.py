"""What people can be asked afterwards, and what they answered: was it needed, was it the right team?

Promises records that say by themselves what an answer is about, so that rules can be judged by them long after the
conversation is gone. Must not know how an answer arrives or what follows from it (`feedback`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError

from policies.document.part import Part

Question = Literal["needed", "right_team", "repeated", "solved"]
QUESTIONS: tuple[Question, ...] = get_args(Question)
RATING: Final = "rating"
"""The customer's score, beside the questions that are answered by yes or no."""
NOTE: Final = "note"
"""Words alone."""
NOTE_LIMIT = 1000

_WORDS = ("by", "note", "step")
_YES_OR_NO = TypeAdapter(bool)


class FeedbackTerms(Part):
    """How people are asked whether it was right."""

    ask: bool = Field(
        False,
        description="Whoever of `people` answered is asked in Slack, once a conversation that was handed over or "
        "escalated is resolved.",
    )


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody else was brought in: a move upwards, or from the assistant to people; a call; or both at once.

    `rule` is empty where a person did it, `from_team` where only people were called, by the run `call` of a ladder.
    `score` is the escalation score as last weighed by then.
    """

    at: datetime
    team: str
    tier: int
    reason: str
    rule: str = ""
    from_team: str = ""
    call: str = ""
    score: int | None = None
    policy: str = ""
    version: int = 0
    """Of the policy that had the rule, which may have changed by the time it is judged."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whoever answered was asked how a move went: once a move, however often the conversation is resolved."""

    who: str
    moved_at: datetime

    @property
    def id(self) -> str:
        """What an answer names as its `step`; unlike a number it stays what it is when late facts come before it."""
        return f"asked:{self.moved_at.isoformat()}"


@dataclass(frozen=True, slots=True)
class Given:
    """One answer, and what it is about. `answer` is 1 for yes and 0 for no, or a score; None for words alone.

    `call` is the run it is about, if people were called; `answered_by` who had answered the customer by then.
    """

    at: datetime
    event_id: str
    question: str
    answer: float | None
    by: str = ""
    note: str = ""
    call: str = ""
    team: str = ""
    answered_by: str = ""
    policy: str = ""
    version: int = 0
    life: str = ""
    about: Move | None = None

    @property
    def topic(self) -> tuple[object, ...]:
        """Somebody's later answer to the same replaces the earlier one; nobody's answers are all different."""
        moved_at = self.about.at if self.about else None
        return self.by or self.event_id, self.question, moved_at, self.call


def told_apart(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A feedback's fields, with what answers a question taken out of `about`; what can't be read stays there."""
    names = (*QUESTIONS, *_WORDS)
    about = {**{name: fields[name] for name in names if name in fields}, **fields["about"]}
    read = {name: _yes_or_no(about[name]) for name in QUESTIONS if name in about}
    read |= {name: _text(about[name]) for name in _WORDS if name in about}
    read = {name: value for name, value in read.items() if value is not None}
    rest = {name: value for name, value in about.items() if name not in read}
    return {**{name: value for name, value in fields.items() if name not in names}, **read, "about": rest}


def _yes_or_no(value: Any) -> bool | None:
    try:
        return _YES_OR_NO.validate_python(value)
    except ValidationError:
        return None


def _text(value: Any) -> str | None:
    is_text = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value)[:NOTE_LIMIT] if is_text else None
