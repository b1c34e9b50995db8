"""Lines for the ledger: collected as decisions are made, and written in batches that delay nothing else.

Promises strictly growing sequence numbers over runs, resets and restarts, and that no line is lost while the database
is down. Must not know what a line says.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from temporalio import workflow
from temporalio.exceptions import FailureError

from activities.ledger.judgements import JUDGED
from activities.ledger.lines import Ledger, LedgerBatch, LedgerEntry
from workflows.carrying.packing import first_that_fit, size_of
from workflows.limits.patience import LAST_RECORD, RECORD
from workflows.waits.beside import perform_beside
from workflows.waits.in_task import InTask

_BATCH = 25
"""A write begins once so many lines wait."""
_LARGEST = 200
_OFTEN, _IN_A_RUSH = 20, 2
"""The most writes that begin within a second: at good moments, and where many lines come.

No run ends in a round of the loop that writes, so there have to be rounds that do not. Counted by the times of writes,
never by rounds: a replay may join a round without commands with the next one.
"""
_SECOND = timedelta(seconds=1)
_TEXTS = 800_000
"""Bytes of message texts and attachments that may wait while the database is down. Later texts are cut, and later
attachments left out.

With a conversation's state, they fit what the server takes at once. Gaps in a transcript that say so are better than a
conversation that can't go on.
"""
_CUT_TO = 280
SHOW_LINES = "baton.show_lines"
"""The name under which a worker takes lines that are not written yet."""
_CLOSED = {"status": "resolved"}
"""All that the ledger remembers of how a conversation stood, once it has closed."""


class Journal:
    """The lines of one conversation that are not in the ledger yet."""

    def __init__(
        self,
        conversation_id: str,
        unwritten: list[LedgerEntry],
        in_task: InTask,
        standing: Callable[[], dict[str, Any] | None] = lambda: None,
    ) -> None:
        """Begin with the lines the run before handed on.

        `standing` returns how the conversation stands, written with the lines.
        """
        self._in_task = in_task
        self._standing = standing
        self._conversation_id = conversation_id
        self._last_seq = unwritten[-1].seq if unwritten else 0
        self._task: asyncio.Task[None] | None = None
        self._written_at: deque[datetime] = deque(maxlen=_OFTEN)
        self._texts = sum(map(_bytes_of, unwritten))
        self.unwritten = unwritten
        self.was_given_up = False
        self._shown = 0

    def note(self, *, now: datetime, **fields: Any) -> None:
        """Add a line. Its number is the time in milliseconds, or one more than the last line's."""
        body = fields.get("body", {})
        if self._texts > _TEXTS and len(body.get("text", "")) > _CUT_TO:
            fields["body"] = {**body, "text": f"{body['text'][:_CUT_TO]} … (cut: the ledger could not be written)"}
        if self._texts > _TEXTS and body.get("attachments"):
            fields["body"] = {**fields["body"], "attachments": []}
        self._last_seq = max(self._last_seq + 1, int(now.timestamp() * 1000))
        self.unwritten.append(LedgerEntry(seq=self._last_seq, recorded_at=now, **fields))
        self._texts += _bytes_of(self.unwritten[-1])

    def judged(self, judgement: dict[str, Any], now: datetime) -> None:
        """Add what a decision was made from; less where the ledger could not be written for long."""
        if self._texts > _TEXTS:
            judgement = {**judgement, "facts": [], "trouble": "the ledger could not be written, and there was no room"}
        self.note(now=now, occurred_at=now, kind=JUDGED, because="", body=judgement)

    def show_waiting(self, standing: Callable[[], dict[str, Any] | None]) -> None:
        """Let this worker write the lines that wait, should they wait for long: that leaves nothing in the history.

        `standing` is called later, by another thread.
        """
        show = workflow.extern_functions().get(SHOW_LINES)
        if show is None or workflow.unsafe.is_replaying():
            return
        new = list(takewhile(lambda line: line.seq > self._shown, reversed(self.unwritten)))[::-1]
        written_to = self.unwritten[0].seq - 1 if self.unwritten else self._last_seq
        with suppress(Exception):  # a conversation does without
            show(self._conversation_id, new, written_to, standing)
        self._shown = self._last_seq

    @property
    def messages(self) -> LedgerBatch:
        """The latest messages that are not in the ledger yet, as many as fit into one call."""
        said = [entry for entry in self.unwritten if entry.body.get("text") or entry.body.get("attachments")]
        latest = first_that_fit(reversed(said[-_LARGEST:]))
        return LedgerBatch(conversation_id=self._conversation_id, entries=latest[::-1])

    def is_due(self, now_is_a_good_moment: bool) -> bool:
        """Return whether many lines wait, or the moment is good and there is any line."""
        is_rush = sum(line.kind != JUDGED for line in self.unwritten) >= _BATCH
        enough = is_rush or (now_is_a_good_moment and bool(self.unwritten))
        lately = sum(at > workflow.now() - _SECOND for at in self._written_at)
        return enough and not self.is_writing and lately < (_IN_A_RUSH if is_rush else _OFTEN)

    @property
    def is_writing(self) -> bool:
        """True while an activity writes; it holds back nothing else."""
        return self._task is not None and not self._task.done()

    def write_beside_effects(self) -> None:
        """Start writing where many lines wait, by an activity that holds back nothing else of this task."""
        if len(self.unwritten) >= _LARGEST and not self.is_writing:
            self._task = asyncio.create_task(self._write_long(self._standing, down_to=_LARGEST))

    def write_rest(self) -> None:
        """Start writing the remaining lines, however long the database is away.

        The conversation goes on meanwhile: it may be reopened long before the database is back.
        """
        if not self.is_writing:
            self._task = asyncio.create_task(self._write_long(lambda: _CLOSED, down_to=1))

    @property
    def is_complete(self) -> bool:
        """True where nothing is left to write, or writing was given up."""
        return not self.is_writing and (not self.unwritten or self.was_given_up)

    async def _write_long(self, standing: Callable[[], dict[str, Any] | None], *, down_to: int) -> None:
        """Write until fewer than `down_to` lines wait, however long the database is away: retries cost no history."""
        try:
            while len(self.unwritten) >= down_to:
                batch = self._batch(standing())
                await perform_beside(Ledger.record, LAST_RECORD, batch, f"{len(batch.entries)} lines")
                self._written(batch)
        except FailureError:
            self.was_given_up = down_to == 1

    async def write(self) -> None:
        """Write by a local activity. Where that fails, the lines stay, and the next occasion tries again."""
        batch = self._batch(self._standing())
        self._written_at.append(workflow.now())
        try:
            await self._in_task.perform(Ledger.record, RECORD, batch)
        except FailureError:  # raised by a local activity as its own error, or wrapped in another
            return
        self._written(batch)

    def _batch(self, standing: dict[str, Any] | None) -> LedgerBatch:
        entries = first_that_fit(self.unwritten[:_LARGEST])
        return LedgerBatch(conversation_id=self._conversation_id, entries=entries, standing=standing)

    def _written(self, batch: LedgerBatch) -> None:
        del self.unwritten[: len(batch.entries)]
        self._texts -= sum(map(_bytes_of, batch.entries))


def _bytes_of(entry: LedgerEntry) -> int:
    if entry.kind == JUDGED:
        return size_of(entry.body)
    attached = entry.body.get("attachments")
    text = len(str(entry.body.get("text", "")).encode(errors="replace"))
    return text + (size_of(attached) if attached else 0)
