"""Answers to the questions how a conversation went, as rows: written beside the ledger's lines, read by reports.

Promises one row an answer however often its line is written, and that a row says what the newest line says. Must not
know which answers are many or few.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table, select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.statements import records
from activities.database.tables import InstantColumn, WordsColumn, metadata, texts
from policies.document.hindsight import Given

feedback = Table(
    "feedback",
    metadata,
    # `<conversation>/<life>/<event>/<question>`: one row an answer, however often it is written.
    Column("key", WordsColumn, primary_key=True),
    Column("conversation_id", WordsColumn, nullable=False),
    # The ledger's line with the answer: a later line knows better what the answer is about.
    Column("seq", BigInteger, nullable=False),
    Column("at", InstantColumn, nullable=False),
    *texts("by", "question"),
    # 1 for yes, 0 for no, or the customer's score; NULL where there are only words.
    Column("answer", Float),
    *texts("note", "reason", "rule", "team", "from_team", "call", "answered_by", "policy"),
    Column("tier", Integer),
    Column("score", Integer),
    Column("moved_at", InstantColumn),
    Column("version", Integer, nullable=False),
    Index("feedback_at", "at"),
)

ANSWERS = "answers"
"""The key under which a ledger's line carries answers in its body."""

_GIVEN = TypeAdapter(tuple[Given, ...])
_OF_ANSWER = ("at", "by", "question", "answer", "note", "call", "team", "answered_by", "policy", "version")
_OF_MOVE = ("reason", "rule", "from_team", "tier", "score")


class FeedbackRow(BaseModel):
    """One row. `answer` is 1 for yes, 0 for no, or a score; `moved_at` is None where no other person was brought in."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    conversation_id: str
    seq: int
    at: AwareDatetime
    by: str
    question: str
    answer: float | None
    note: str = ""
    reason: str = ""
    rule: str = ""
    team: str = ""
    from_team: str = ""
    call: str = ""
    answered_by: str = ""
    policy: str = ""
    tier: int | None = None
    score: int | None = None
    moved_at: AwareDatetime | None = None
    version: int = 0

    @property
    def topic(self) -> tuple[object, ...]:
        """The subject of the answer: a person's later answer to it replaces this one. Anonymous answers never match."""
        return self.conversation_id, self.by or self.key, self.question, self.moved_at, self.call


class Feedback:
    """The table `feedback`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def answers(self, *, since: datetime | None = None, policy: str = "") -> list[FeedbackRow]:
        """Return each person's latest answer to each question about one thing, the oldest first."""
        query = select(feedback).order_by(feedback.c.at, feedback.c.seq, feedback.c.key)
        if since is not None:
            query = query.where(feedback.c.at >= since)
        if policy:
            query = query.where(feedback.c.policy == policy)
        return list({row.topic: row for row in await records(self._engine, FeedbackRow, query)}.values())


def rows_of(conversation_id: str, lines: Iterable[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the rows of the answers in these lines of the ledger, `(seq, body)`."""
    return [
        dict(_row_of(conversation_id, seq, given))
        for seq, body in lines
        if ANSWERS in body
        for given in _GIVEN.validate_python(body[ANSWERS])
    ]


def _row_of(conversation_id: str, seq: int, given: Given) -> FeedbackRow:
    moved = {name: getattr(given.about, name) for name in _OF_MOVE} if given.about else {}
    said = {name: getattr(given, name) for name in _OF_ANSWER}
    key = "/".join(filter(None, (conversation_id, given.life, given.event_id, given.question)))
    moved_at = given.about.at if given.about else None
    return FeedbackRow(key=key, conversation_id=conversation_id, seq=seq, moved_at=moved_at, **said, **moved)
