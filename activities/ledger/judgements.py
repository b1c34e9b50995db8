"""Judgements on record, and the policies that they name.

Must not know what a judgement says.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.catalog import PinnedPolicy
from activities.database.statements import read
from activities.database.tables import insert_into, judgements, ledger, policies, to_its_end

JUDGED = "judged"
"""The kind of the ledger's lines that hold a judgement. They have a table of their own."""


class Judgements:
    """The tables `judgements` and `policies`, whose rows never change."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept: set[str] = set()

    @to_its_end
    async def keep_policy(self, pinned: PinnedPolicy) -> None:
        """Put a policy on record, once for each process and digest. The document is public to all who read reports."""
        if pinned.digest in self._kept or not pinned.digest:
            return
        row = {"digest": pinned.digest, "name": pinned.name, "document": pinned.document}
        insert = insert_into(policies, self._engine).on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            await connection.execute(insert, row | {"first_used_at": datetime.now(UTC)})
        self._kept.add(pinned.digest)

    async def of(self, conversation_id: str) -> list[dict[str, Any]]:
        """Return the judgements of one conversation, in the order in which they were recorded."""
        mine = select(judgements.c.body).where(judgements.c.conversation_id == conversation_id)
        return [row["body"] for row in await read(self._engine, mine.order_by(judgements.c.seq))]

    async def conversations(self, since: datetime) -> list[str]:
        """Return the ids of the conversations with lines since then, also those without judgements."""
        query = select(ledger.c.conversation_id).where(ledger.c.recorded_at >= since).distinct()
        return sorted(row["conversation_id"] for row in await read(self._engine, query))

    async def policies(self, digests: Iterable[str]) -> Mapping[str, dict[str, Any]]:
        """Return the documents of the policies on record among these."""
        query = select(policies.c.digest, policies.c.document).where(policies.c.digest.in_(set(digests)))
        return {row["digest"]: row["document"] for row in await read(self._engine, query)}
