"""Answers to the question how a conversation went, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.ledger.feedback import Feedback, FeedbackRow
from activities.ledger.lines import Ledger, LedgerBatch, LedgerEntry
from policies.document.hindsight import Given, Move
from tests.activities.conftest import Attempt

NINE = datetime(2031, 3, 3, 9, tzinfo=UTC)
LATE = Move(NINE, "tier-2", 2, "sla", "late", "tier-1", call="on-call.1", score=62, policy="acme", version=7)
GIVEN = TypeAdapter(tuple[Given])


def line(seq: int, by: str, *, needed: bool, about: Move | None = LATE, event: str = "", minutes: int = 1) -> Any:
    """Return the ledger entry of one feedback; `event` is the id of the signal that brought it."""
    answered_at = NINE + timedelta(minutes=minutes)
    given = Given(
        *(answered_at, event or f"press-{seq}", "needed", float(needed), by, "Why not"),
        call="on-call.1",
        team="tier-2",
        answered_by="kim",
        policy="acme",
        version=7,
        life="a1",
        about=about,
    )
    body = {"answers": GIVEN.dump_python((given,), mode="json")}
    return LedgerEntry(
        seq=seq, recorded_at=answered_at, occurred_at=answered_at, kind="feedback", because="needed", body=body
    )


@pytest.fixture
def feedback(engine: AsyncEngine) -> Feedback:
    return Feedback(engine)


@pytest.fixture
def ledger(engine: AsyncEngine) -> Ledger:
    return Ledger(engine)


async def answers(feedback: Feedback, conversation_id: str) -> list[FeedbackRow]:
    """Return the answers that count for one conversation; the database may be shared."""
    return [answer for answer in await feedback.answers() if answer.conversation_id == conversation_id]


async def test_an_answer_is_a_row_with_all_it_is_about(
    ledger: Ledger, feedback: Feedback, attempt: Attempt, conversation_id: str
) -> None:
    """Months later a report can say which rule of which version an answer is about, and who had answered."""
    batch = LedgerBatch(conversation_id=conversation_id, entries=[line(1, "kim", needed=False)])
    await attempt(ledger.record, batch)
    assert await answers(feedback, conversation_id) == [
        FeedbackRow(
            key=f"{conversation_id}/a1/press-1/needed",
            conversation_id=conversation_id,
            seq=1,
            at=NINE + timedelta(minutes=1),
            by="kim",
            question="needed",
            answer=0.0,
            note="Why not",
            reason="sla",
            rule="late",
            team="tier-2",
            from_team="tier-1",
            call="on-call.1",
            answered_by="kim",
            policy="acme",
            tier=2,
            score=62,
            moved_at=NINE,
            version=7,
        )
    ]
    assert await ledger.entries(conversation_id) == batch.entries


async def test_an_answer_written_twice_counts_once(
    ledger: Ledger, feedback: Feedback, attempt: Attempt, conversation_id: str
) -> None:
    """A worker that died after writing does not make an answer count twice."""
    batch = LedgerBatch(conversation_id=conversation_id, entries=[line(1, "kim", needed=True)])
    for number in (1, 2):
        await attempt(ledger.record, batch, number=number)
    assert len(await answers(feedback, conversation_id)) == 1


async def test_the_latest_answer_of_each_person_counts(
    ledger: Ledger, feedback: Feedback, attempt: Attempt, conversation_id: str
) -> None:
    """A person who changes their mind is counted once, with the latest answer; each answer without a name counts."""
    entries = [
        line(1, "kim", needed=True),
        line(2, "lee", needed=True, minutes=2),
        line(3, "kim", needed=False, minutes=3),
        line(4, "", needed=True, minutes=4),
        line(5, "", needed=False, minutes=5),
    ]
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=entries))
    counted = sorted((row.by, row.answer, row.seq) for row in await answers(feedback, conversation_id))
    assert counted == [("", 0.0, 5), ("", 1.0, 4), ("kim", 0.0, 3), ("lee", 1.0, 2)]


async def test_a_newer_line_knows_better_what_an_answer_is_about(
    ledger: Ledger, feedback: Feedback, attempt: Attempt, conversation_id: str
) -> None:
    """A later entry corrects which rule an answer is about, and an old entry that is written late does not undo it."""
    lines = [line(2, "kim", needed=True, event="f"), line(1, "kim", needed=True, event="f", about=None)]
    for each in lines:
        await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=[each]))
    (row,) = await answers(feedback, conversation_id)
    assert (row.rule, row.seq) == ("late", 2)


async def test_both_lines_of_an_answer_in_one_batch(
    ledger: Ledger, feedback: Feedback, attempt: Attempt, conversation_id: str
) -> None:
    """An answer and its correction in one batch are one answer, the corrected one."""
    entries = [line(1, "kim", needed=True, event="f", about=None), line(2, "kim", needed=True, event="f")]
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=entries))
    (row,) = await answers(feedback, conversation_id)
    assert (row.rule, row.seq) == ("late", 2)


async def test_a_report_looks_back_as_far_as_it_is_told(
    ledger: Ledger, feedback: Feedback, attempt: Attempt, conversation_id: str
) -> None:
    """A report can be limited to the answers since an instant, for example since a threshold was changed."""
    entries = [line(1, "kim", needed=False, minutes=1), line(2, "lee", needed=True, minutes=9)]
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=entries))
    since = await feedback.answers(since=NINE + timedelta(minutes=5), policy="acme")
    assert [row.by for row in since if row.conversation_id == conversation_id] == ["lee"]
    assert await feedback.answers(policy="another") == []
