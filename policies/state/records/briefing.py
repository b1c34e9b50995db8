"""The material for briefing the next assignee.

Must not know the wording of a briefing (`handoff.sheet`).
"""

import operator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from policies.state.context import Context
from policies.state.events import Author


@dataclass(frozen=True, slots=True)
class Word:
    """A person's words for the next assignee; `note` where they were left as one text.

    `briefing` is the number of the briefing they were left for.
    """

    at: datetime
    by: str
    tried: str = ""
    think: str = ""
    need: str = ""
    note: str = ""
    briefing: int = 0


@dataclass(frozen=True, slots=True)
class Answers:
    """One author's answers: how many, how many of them failed, and an excerpt of the latest."""

    author: Author
    author_id: str
    count: int
    failed: int
    last_at: datetime
    last: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A sentence that says what the customer has tried, or what an answer suggested to them."""

    at: datetime
    author: Author
    author_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Briefing:
    """The material for briefing the next assignee, kept where the policy has briefings.

    `opening` is the customer's first message, cut. `team` is the team that was briefed last, or had the conversation
    first. `pending` is the key of the `GatherContext` effect that the note waits for. `early` is the key and the answer
    of such an effect where no note waits for it yet. `handoff` is the number of the handoff that was briefed last, and
    0 before one was. `attempts` are the latest sentences about what was tried or suggested, `numbers` the latest
    numbers of orders and other things that the customer wrote, each with the word before it.
    """

    opening: str = ""
    words: tuple[Word, ...] = ()
    answers: tuple[Answers, ...] = ()
    team: str = ""
    number: int = 0
    move: str = ""
    from_team: str = ""
    pending: str = ""
    context: Context | None = None
    early: tuple[str, Context] | None = None
    handoff: int = 0
    attempts: Annotated[tuple[Tried, ...], Field(exclude_if=operator.not_)] = ()
    numbers: Annotated[tuple[str, ...], Field(exclude_if=operator.not_)] = ()
