"""The ledger, on both databases."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.catalog import Begun, TakenIn
from activities.database.tables import engine as connect
from activities.desk.sql import SqlDesk
from activities.desk.transcripts import Transcripts
from activities.ledger.lines import Ledger, LedgerBatch, LedgerEntry, SaidLine
from policies.state.effects import AttachTranscript
from policies.state.limits import SEEN_DAYS
from policies.state.seen import Seen
from tests.activities.conftest import Attempt

NINE = datetime(2031, 3, 3, 9, 0, 0, 123456, tzinfo=UTC)


def entry(seq: int, because: str = "the first response was due at 09:15") -> LedgerEntry:
    return LedgerEntry(
        seq=seq, recorded_at=NINE, occurred_at=NINE - timedelta(seconds=2), kind="escalated", because=because
    )


@pytest.fixture
def ledger(engine: AsyncEngine) -> Ledger:
    return Ledger(engine)


async def test_a_decision_can_be_read_back_whole(ledger: Ledger, attempt: Attempt, conversation_id: str) -> None:
    """Everything that is written about a decision can be read months later, to the microsecond."""
    full = LedgerEntry(
        seq=1,
        recorded_at=NINE,
        occurred_at=NINE - timedelta(seconds=2),
        kind="notify",
        because="75% of the first response",
        rule="first response at risk",
        clock="first_response",
        due_at=NINE,
        accepted_at=NINE + timedelta(milliseconds=180),
        lateness_ms=180,
        effect_key=f"{conversation_id}/first_response/1",
        team="tier-2",
        body={"target": "slack:#support", "facts": [["Müller & Söhne", "3"]], "nested": {"none": None}},
    )
    assert await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=[full, entry(2)])) == 2
    assert await ledger.entries(conversation_id) == [full, entry(2)]


async def test_a_repeated_batch_adds_nothing(ledger: Ledger, attempt: Attempt, conversation_id: str) -> None:
    """A worker that died after writing does not make a decision appear twice."""
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=[entry(1), entry(2)]))
    overlapping = LedgerBatch(conversation_id=conversation_id, entries=[entry(1), entry(2), entry(3)])
    assert await attempt(ledger.record, overlapping, number=2) == 3
    assert await ledger.entries(conversation_id) == [entry(1), entry(2), entry(3)]


async def test_a_ledger_entry_never_changes(ledger: Ledger, attempt: Attempt, conversation_id: str) -> None:
    """An entry can never be rewritten, not even by Baton."""
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=[entry(1)]))
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=[entry(1, "another reason")]))
    assert await ledger.entries(conversation_id) == [entry(1)]


async def test_batches_that_arrive_out_of_order_read_in_order(
    ledger: Ledger, attempt: Attempt, conversation_id: str
) -> None:
    """Entries are read in the order of their decisions, though their batches arrive in another order."""
    for seq in (3, 1, 2):
        await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=[entry(seq)]))
    assert [line.seq for line in await ledger.entries(conversation_id)] == [1, 2, 3]


async def test_twenty_workers_write_the_same_batch_once(
    ledger: Ledger, other_engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """Twenty workers write the same batch at once: each entry is there once."""
    batch = LedgerBatch(conversation_id=conversation_id, entries=[entry(seq) for seq in range(1, 6)])
    writers = [ledger, Ledger(other_engine)] * 10
    assert await asyncio.gather(*(attempt(writer.record, batch) for writer in writers)) == [5] * 20
    assert await ledger.entries(conversation_id) == batch.entries


async def test_lines_are_numbered_by_the_millisecond(ledger: Ledger, attempt: Attempt, conversation_id: str) -> None:
    """Entry numbers in milliseconds, and a lateness of forty days, fit into the database."""
    late = entry(int(NINE.timestamp() * 1000)).model_copy(update={"lateness_ms": 40 * 86_400_000})
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=[late]))
    assert await ledger.entries(conversation_id) == [late]


async def test_an_empty_batch_is_nothing(ledger: Ledger, attempt: Attempt, conversation_id: str) -> None:
    """A conversation without decisions has an empty ledger."""
    assert await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=[])) == 0
    assert await ledger.entries(conversation_id) == []


async def test_times_from_another_zone_come_back_as_utc(ledger: Ledger, attempt: Attempt, conversation_id: str) -> None:
    """An instant from another time zone comes back as UTC, on both databases."""
    in_tokyo = entry(1).model_copy(update={"due_at": NINE.astimezone(timezone(timedelta(hours=9)))})
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=[in_tokyo]))
    (line,) = await ledger.entries(conversation_id)
    assert line.due_at == NINE
    assert line.due_at is not None
    assert line.due_at.utcoffset() == timedelta(0)


async def test_text_no_database_can_hold_is_still_recorded(
    ledger: Ledger, attempt: Attempt, conversation_id: str
) -> None:
    """An entry is recorded even with characters that no database can store."""
    odd = entry(1, "NUL \x00 and half a \ud83d").model_copy(update={"body": {"text": "NUL \x00"}})
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=[odd]))
    (line,) = await ledger.entries(conversation_id)
    assert (line.because, line.body) == ("NUL \ufffd and half a \ufffd", {"text": "NUL \x00"})


async def test_a_stopped_writer_does_not_lock_the_others_out(database: str) -> None:
    """A worker that is stopped twice in the middle of writing does not lock the others out."""
    store = connect(database)
    ledger = Ledger(store)
    in_the_way = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    in_the_way.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(ledger.record(LedgerBatch(conversation_id="c", entries=[entry(1)])))
    for _ in range(2):
        await asyncio.wait([writing], timeout=0.05)
        writing.cancel()
    await asyncio.wait([writing])
    in_the_way.execute("ROLLBACK")
    await ledger.record(LedgerBatch(conversation_id="c", entries=[entry(2)]))
    assert [line.seq for line in await ledger.entries("c")] == [1, 2]
    in_the_way.close()
    await store.dispose()


def message(seq: int, text: str, *, seconds: int = 0, event_id: str = "", **more: Any) -> LedgerEntry:
    """Return the entry of a message that was said so many seconds after nine."""
    body = {"event_id": event_id or f"e-{seq}", "author": "customer", "author_id": "", "text": text}
    return entry(seq).model_copy(
        update={
            "kind": "message",
            "occurred_at": NINE + timedelta(seconds=seconds),
            "body": {**body, "public": True, "automatic": False, **more},
        }
    )


async def test_a_transcript_has_all_that_was_said_in_order(
    ledger: Ledger, attempt: Attempt, conversation_id: str
) -> None:
    """Months later, everything that was said can be read word for word, in the order in which it was said."""
    words = "Where is my refund?\n" * 100
    late = message(3, "late", seconds=-60, author="agent", author_id="kim", public=False)
    lines = [message(1, words), entry(2), late, message(4, "ok"), message(5, "ok")]
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=lines))
    said = await ledger.transcript(conversation_id)
    assert [(line.author, line.text) for line in said] == [
        ("agent", "late"),
        ("customer", words),
        ("customer", "ok"),
        ("customer", "ok"),
    ]
    first = {"author_id": "kim", "event_id": "e-3", "public": False, "automatic": False}
    assert said[0] == SaidLine(author="agent", text="late", occurred_at=NINE - timedelta(seconds=60), **first)


async def test_a_decision_on_record_twice_is_said_once(ledger: Ledger, attempt: Attempt, conversation_id: str) -> None:
    """After a reset the ledger has entries twice; a transcript has each message once."""
    lines = [message(1, "one", event_id="m-1"), message(2, "two", seconds=1, event_id="m-2")]
    again = [line.model_copy(update={"seq": line.seq + 10}) for line in lines]
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=[*lines, *again]))
    assert [line.text for line in await ledger.transcript(conversation_id)] == ["one", "two"]


async def test_an_id_that_is_used_again_hides_nothing(ledger: Ledger, attempt: Attempt, conversation_id: str) -> None:
    """Baton's own event ids start over when a conversation begins again: both messages are in the transcript."""
    lines = [message(1, "Hello", event_id="c/00000001"), message(2, "Hello", seconds=90, event_id="c/00000001")]
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=lines))
    assert [line.text for line in await ledger.transcript(conversation_id)] == ["Hello", "Hello"]


async def test_lines_of_before_transcripts_are_no_messages(
    ledger: Ledger, attempt: Attempt, conversation_id: str
) -> None:
    """Message entries of older releases are only excerpts, so transcripts leave them out."""
    old = entry(1).model_copy(update={"kind": "message"})
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=[old]))
    assert await ledger.transcript(conversation_id) == []


async def test_a_transcript_is_attached_where_its_lines_cannot_be_recorded(attempt: Attempt, database: str) -> None:
    """The ledger can't be written: the attached transcript still has every message, once."""
    store = connect(database)
    async with store.begin() as connection:
        await connection.execute(text("DROP TABLE customer_conversations"))
    on_record, new = (
        entry(seq).model_copy(update={"kind": "message", "body": {"event_id": f"m-{seq}", "author": "customer"}})
        for seq in (1, 2)
    )
    standing = {"customer": {"id": "ada"}, "status": "open", "opened_at": NINE.isoformat()}
    new = new.model_copy(update={"body": {**new.body, **standing, "text": "Where is my refund?"}})
    await attempt(Ledger(store).record, LedgerBatch(conversation_id="c-1", entries=[on_record]))
    desk = SqlDesk(store)
    effect = AttachTranscript(key="k", conversation_id="c-1", due_at=NINE, because="asked for", name="talk.txt")
    unwritten = LedgerBatch(conversation_id="c-1", entries=[on_record, new])
    await attempt(Transcripts(Ledger(store), desk).attach, effect, unwritten)
    (attached,) = await desk.attachments("c-1")
    await store.dispose()
    assert attached.text == (
        "Conversation c-1, 2 messages, times in UTC\n\n2031-03-03 08:59:58 customer:\n(nothing)\n\n"
        "2031-03-03 08:59:58 customer:\nWhere is my refund?\n"
    )


async def test_events_that_were_taken_in_are_known(ledger: Ledger, attempt: Attempt, conversation_id: str) -> None:
    """The ledger names those events of a new run that it has for the same conversation, whatever their ids are."""
    odd = "näh \U0001f600 \x00 \ud83d"
    lines = [entry(1).model_copy(update={"event_id": "a"}), entry(2), entry(3).model_copy(update={"event_id": odd})]
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=lines[:2]))
    await ledger.record(LedgerBatch(conversation_id=conversation_id, entries=lines[2:]))
    known = await ledger.taken_in(Begun(conversation_id=conversation_id, event_ids=("b", "", odd)))
    assert (known.event_ids, "a" in known.earlier, "b" in known.earlier) == ((odd,), True, False)
    other = await ledger.taken_in(Begun(conversation_id=f"{conversation_id}-other", event_ids=("a",)))
    assert (other.event_ids, len(other.earlier)) == ((), 0)


async def test_events_of_long_ago_are_known_where_they_are_asked_about(
    ledger: Ledger, attempt: Attempt, conversation_id: str
) -> None:
    """A conversation learns of the events of 14 days, and of those that began its run, however old they are."""
    now = datetime.now(UTC)
    old = now - timedelta(days=SEEN_DAYS, minutes=1)
    came = {"asked": old, "old": old, "late": now, f"{conversation_id}/00000001": now}
    lines = [
        entry(number).model_copy(update={"event_id": event_id, "recorded_at": at})
        for number, (event_id, at) in enumerate(came.items())
    ]
    await attempt(ledger.record, LedgerBatch(conversation_id=conversation_id, entries=lines))
    begun = Begun(conversation_id=conversation_id, event_ids=("asked", "late"))
    assert await ledger.taken_in(begun) == TakenIn(("asked", "late"), Seen(["late"]))
    reset = begun.model_copy(update={"before": now - timedelta(minutes=1)})
    assert await ledger.taken_in(reset) == TakenIn(("asked",), Seen())
