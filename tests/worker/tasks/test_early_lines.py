"""Lines of the ledger that a worker writes beside the conversations that have decided them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.bridge.proto.workflow_activation import RemoveFromCache, WorkflowActivationJob

from activities.ledger.lines import LedgerBatch, LedgerEntry
from worker.tasks.early_lines import MOST, EarlyLines

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Written(list[LedgerBatch]):
    """The batches that a database took; it raises while `is_away`."""

    is_away = False

    async def record(self, batch: LedgerBatch) -> int:
        """Take a batch."""
        if self.is_away:
            raise ConnectionError("the database is away")
        self.append(batch)
        return len(batch.entries)

    @property
    def numbers(self) -> list[int]:
        """The numbers of all lines, in the order in which they were written."""
        return [entry.seq for batch in self for entry in batch.entries]


def lines(numbers: Iterable[int]) -> list[LedgerEntry]:
    """Return lines with these numbers."""
    return [LedgerEntry(seq=number, recorded_at=NOON, occurred_at=NOON, kind="note", because="…") for number in numbers]


def stood(status: str) -> Any:
    """Return a function that tells how the conversation stood."""
    return lambda: {"status": status}


def dropped(reason: RemoveFromCache.EvictionReason.ValueType) -> list[WorkflowActivationJob]:
    """Return the job with which the SDK drops a run from memory."""
    return [WorkflowActivationJob(remove_from_cache=RemoveFromCache(reason=reason))]


@pytest.fixture
def written() -> Written:
    """Return what the database has taken."""
    return Written()


async def test_lines_that_wait_are_written_with_how_the_conversation_stood(written: Written) -> None:
    """Two rounds of a conversation are written together, with how it stood at the later one, and only once."""
    early = EarlyLines(written.record, after=0)
    early.show("run", "c", lines([1, 2]), 0, stood("open"))
    early.show("run", "c", lines([3]), 0, stood("resolved"))
    await early.write()
    await early.write()
    assert written.numbers == [1, 2, 3]
    assert written[0].standing == {"status": "resolved"}


async def test_lines_that_the_conversation_has_written_are_not_written_again(written: Written) -> None:
    """A conversation has written its first two lines by itself: its worker writes the third only."""
    early = EarlyLines(written.record, after=0)
    early.show("run", "c", lines([1, 2]), 0, stood("open"))
    early.show("run", "c", lines([3]), 2, stood("open"))
    await early.write()
    assert written.numbers == [3]


async def test_young_lines_wait(written: Written) -> None:
    """Lines that are not old enough are not written yet: the server may not have taken what was decided."""
    early = EarlyLines(written.record, after=3600)
    early.show("run", "c", lines([1]), 0, stood("open"))
    await early.write()
    assert written == []


@pytest.mark.parametrize(
    ("reason", "numbers"),
    [
        (RemoveFromCache.CACHE_FULL, [1]),
        (RemoveFromCache.WORKFLOW_EXECUTION_ENDING, [1]),
        (RemoveFromCache.TASK_NOT_FOUND, []),
        (RemoveFromCache.UNHANDLED_COMMAND, []),
        (RemoveFromCache.LANG_FAIL, []),
    ],
)
async def test_lines_that_the_server_did_not_take_are_not_written(
    written: Written, reason: RemoveFromCache.EvictionReason.ValueType, numbers: list[int]
) -> None:
    """Lines of a task that the server did not take are forgotten; those of a run that only makes room are written."""
    early = EarlyLines(written.record, after=0)
    early.show("run", "c", lines([1]), 0, stood("open"))
    early.drop("run", dropped(reason))
    await early.write()
    assert written.numbers == numbers


async def test_a_database_that_is_away_loses_no_line(written: Written) -> None:
    """While the database is away lines wait, and are written once it is back."""
    early = EarlyLines(written.record, after=0)
    early.show("run", "c", lines([1]), 0, stood("open"))
    written.is_away = True
    with pytest.raises(ConnectionError):
        await early.write()
    written.is_away = False
    await early.write()
    assert written.numbers == [1]


async def test_a_worker_remembers_so_many_lines_at_most(written: Written) -> None:
    """Lines beyond the limit are left to the conversations, and there is room again once lines are written."""
    early = EarlyLines(written.record, after=0)
    for number in range(MOST // 100):
        early.show(f"run-{number}", f"c-{number}", lines(range(1, 101)), 0, stood("open"))
    early.show("late", "late", lines([1]), 0, stood("open"))
    await early.write()
    assert len(written.numbers) == MOST
    early.show("late", "late", lines([1]), 0, stood("open"))
    await early.write()
    assert written[-1].conversation_id == "late"


async def test_a_conversation_that_cannot_tell_how_it_stands_is_written_all_the_same(written: Written) -> None:
    """Where telling how the conversation stands raises, its lines are written without that."""
    early = EarlyLines(written.record, after=0)
    early.show("run", "c", lines([1]), 0, lambda: 1 / 0)  # pyright: ignore[reportArgumentType]
    await early.write()
    assert (written.numbers, written[0].standing) == ([1], None)
