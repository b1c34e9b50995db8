"""The audit's memory from pass to pass: the ended runs it has reported, and the runs it has begun again or reset.

Promises that the audit works without a database, too: then this process alone remembers. Must not judge.
"""

from datetime import datetime
from typing import Any, Literal

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.audit_tables import audit_marks
from activities.database.statements import read, write
from activities.database.tables import insert_into

MarkKind = Literal["terminated", "restarted", "unstuck"]
log: Any = structlog.get_logger("baton.audit")


class Marks:
    """The table `audit_marks`, read once a pass."""

    def __init__(self, store: AsyncEngine | None) -> None:
        self._store = store
        self._known: dict[tuple[str, MarkKind], tuple[str, datetime]] = {}

    async def read(self) -> None:
        """Read the marks of earlier passes of any process."""
        if self._store is None:
            return
        try:
            for row in await read(self._store, select(audit_marks)):
                self._known[row["run_id"], row["kind"]] = (row["workflow_id"], row["at"])
        except (SQLAlchemyError, OSError) as error:
            log.warning("audit.marks_unavailable", why=str(error).partition("\n")[0])

    def has(self, run_id: str, kind: MarkKind) -> bool:
        """Return whether a run has this mark."""
        return (run_id, kind) in self._known

    def number(self, workflow_id: str, kind: MarkKind, since: datetime) -> int:
        """Return how many runs under a workflow id got this mark since an instant."""
        return sum(of == kind and name == workflow_id and at >= since for (_, of), (name, at) in self._known.items())

    async def put(self, workflow_id: str, run_id: str, kind: MarkKind, at: datetime) -> None:
        """Mark a run; only in this process where the database can't be reached."""
        self._known[run_id, kind] = (workflow_id, at)
        if self._store is None:
            return
        row = {"workflow_id": workflow_id, "run_id": run_id, "kind": kind, "at": at}
        try:
            await write(self._store, insert_into(audit_marks, self._store).values(**row).on_conflict_do_nothing())
        except (SQLAlchemyError, OSError) as error:
            log.warning("audit.mark_not_written", why=str(error).partition("\n")[0], run_id=run_id)
