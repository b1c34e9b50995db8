"""Questions to people after a conversation, and their answers: was it needed, was it the right team?

Promises records that contain everything an answer is about, so that rules can be judged by them long after the
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
"""The customer's score, which stands beside the questions that are answered by yes or no."""
NOTE: Final = "note"
"""An answer that is only a note."""
NOTE_LIMIT = 1000

_WORDS = ("by", "note", "step")
_YES_OR_NO = TypeAdapter(bool)


class FeedbackTerms(Part):
    """The terms on which people are asked afterwards how a conversation went."""

    ask: bool = Field(
        False,
        description="Each of `people` who answered is asked in Slack, once a conversation that was handed over or "
        "escalated is resolved.",
    )


@dataclass(frozen=True, slots=True)
class Move:
    """A move that brought in other people: to a higher tier, from the assistant to people, or a call; maybe two of
    these.

    `rule` is empty where a person did it. `from_team` is empty where people were only called, and `call` is the on-call
    run that called them. `score` is the escalation score as last weighed before the move.
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
    """The version of the policy that had the rule; the policy may have changed by the time the rule is judged."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A person was asked how a move went. They are asked once per move, however often the conversation is resolved."""

    who: str
    moved_at: datetime

    @property
    def id(self) -> str:
        """The `step` that an answer names. Unlike a number, it does not change when late facts come before the move."""
        return f"asked:{self.moved_at.isoformat()}"


@dataclass(frozen=True, slots=True)
class Given:
    """One answer, and its subject. `answer` is 1 for yes, 0 for no, or a score; None for a note alone.

    `call` is the on-call run that it is about, if people were called. `answered_by` is the agent who had answered the
    customer by then.
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
        """The key by which a person's later answer replaces their earlier one. Answers without a name all stay."""
        moved_at = self.about.at if self.about else None
        return self.by or self.event_id, self.question, moved_at, self.call


def told_apart(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a feedback's fields with the answers to questions taken out of `about`; unreadable answers stay there."""
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
