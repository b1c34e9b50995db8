"""Writes lines of the ledger that their conversation has not written yet, beside all workflows.

A conversation writes its lines at good moments, by activities that cost history: while effects go out it waits. So that
a breach is on record within seconds all the same, each round also shows the waiting lines to its worker, which costs no
history. The worker writes them once they are `after` seconds old: by then it is known whether the server has taken the
workflow task in which they were decided, for else the SDK drops the run from memory, and its lines are forgotten. To
write a line twice changes nothing. Promises to lose nothing that only it knows: each line stays with its conversation
until that has written it. Must not know what a line says.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

import structlog
from temporalio.bridge.proto.workflow_activation import RemoveFromCache, WorkflowActivationJob

from activities.ledger.lines import LedgerBatch, LedgerEntry

TellStanding = Callable[[], dict[str, Any] | None]
MOST = 20_000
"""Lines that one worker remembers. Beyond this, conversations write their lines as if no worker helped them."""
_MOST_AT_ONCE = 200
"""Lines written together, of whole rounds, or those of one round: how a conversation stood belongs to a round."""
_EVERY = 1.0
_KEPT = (RemoveFromCache.CACHE_FULL, RemoveFromCache.CACHE_MISS, RemoveFromCache.WORKFLOW_EXECUTION_ENDING)
"""The reasons to drop a run from memory after which what it has decided still holds."""
log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(slots=True)
class _Round:
    """The lines of one round, when it was (monotonic), and how the conversation stood then."""

    at: float
    lines: Sequence[LedgerEntry]
    standing: TellStanding


@dataclass(slots=True)
class _Run:
    conversation_id: str
    rounds: deque[_Round] = field(default_factory=deque[_Round])
    last: int = 0
    """The number of the latest line that was shown."""


class EarlyLines:
    """The lines that the conversations in one worker have decided and not written yet."""

    def __init__(self, record: Callable[[LedgerBatch], Awaitable[int]], after: float) -> None:
        """Remember nothing yet. `record` writes lines, those that are `after` seconds old."""
        self._record = record
        self._after = after
        self._runs: dict[str, _Run] = {}
        self._lock = Lock()
        self._waiting = 0

    def show(
        self, run_id: str, conversation_id: str, lines: Sequence[LedgerEntry], written_to: int, standing: TellStanding
    ) -> None:
        """Take over new lines of a run, and forget those with numbers up to `written_to`. Called by any thread."""
        with self._lock:
            run = self._runs.get(run_id) or _Run(conversation_id)
            self._forget_to(run, written_to)
            new = [line for line in lines if line.seq > run.last]
            if new and self._waiting + len(new) <= MOST:
                run.rounds.append(_Round(monotonic(), new, standing))
                run.last = new[-1].seq
                self._waiting += len(new)
            self._keep(run_id, run)

    def drop(self, run_id: str, jobs: Sequence[WorkflowActivationJob]) -> None:
        """Forget a run whose latest workflow task the server may not have taken."""
        if any(job.HasField("remove_from_cache") and job.remove_from_cache.reason not in _KEPT for job in jobs):
            with self._lock:
                if run := self._runs.pop(run_id, None):
                    self._waiting -= sum(len(each.lines) for each in run.rounds)

    async def write_on(self) -> None:
        """Write what has become old enough, again and again. Ends when cancelled."""
        is_away = False
        while True:
            await asyncio.sleep(_EVERY)
            try:
                await self.write()
                is_away = False
            except Exception as error:
                if not is_away:  # once for each time that the database is away
                    log.warning("ledger.early_lines_wait", why=str(error)[:300])
                is_away = True

    async def write(self) -> None:
        """Write all lines that are old enough. Raises where the database does not take them; they are kept then."""
        with self._lock:
            due = list(self._due(monotonic() - self._after))
        for run_id, batch in due:
            await self._record(batch)
            with self._lock:
                if run := self._runs.get(run_id):
                    self._forget_to(run, batch.entries[-1].seq)
                    self._keep(run_id, run)

    def _due(self, latest: float) -> Iterator[tuple[str, LedgerBatch]]:
        for run_id, run in self._runs.items():
            lines: list[LedgerEntry] = []
            standing = None
            for each in run.rounds:
                if each.at > latest or (lines and len(lines) + len(each.lines) > _MOST_AT_ONCE):
                    break
                lines += each.lines
                standing = each.standing
            if standing is not None:
                told = _told(standing)
                yield run_id, LedgerBatch(conversation_id=run.conversation_id, entries=lines, standing=told)

    def _forget_to(self, run: _Run, number: int) -> None:
        while run.rounds and run.rounds[0].lines[0].seq <= number:
            first = run.rounds.popleft()
            if left := [line for line in first.lines if line.seq > number]:
                run.rounds.appendleft(_Round(first.at, left, first.standing))
            self._waiting -= len(first.lines) - len(left)

    def _keep(self, run_id: str, run: _Run) -> None:
        if run.rounds:
            self._runs[run_id] = run
        else:
            self._runs.pop(run_id, None)


def _told(standing: TellStanding) -> dict[str, Any] | None:
    """Return how the conversation stood; None where that raises, since the conversation will say so itself."""
    try:
        return standing()
    except Exception:
        return None
