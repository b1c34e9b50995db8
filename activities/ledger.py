"""The audit: every decision and every effect of every conversation, append-only, for reports and explanations.

Promises that recording the same batch again changes nothing, and to be quick enough for a local activity: one
transaction for a whole batch. Must not know what the entries mean.
"""

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.tables import insert_into, ledger, to_its_end


class LedgerEntry(BaseModel):
    """One line. `recorded_at` is the workflow's clock when it decided; `occurred_at` is when it happened outside."""

    model_config = ConfigDict(frozen=True)

    seq: int
    recorded_at: AwareDatetime
    occurred_at: AwareDatetime
    kind: str
    because: str
    rule: str = ""
    clock: str = ""
    due_at: AwareDatetime | None = None
    accepted_at: AwareDatetime | None = None
    lateness_ms: int | None = None
    effect_key: str = ""
    team: str = ""
    body: dict[str, Any] = {}


class LedgerBatch(BaseModel):
    """Lines of one conversation that are not on record yet, or perhaps are: sending them again is harmless."""

    model_config = ConfigDict(frozen=True)

    conversation_id: str
    entries: list[LedgerEntry]


class Ledger:
    """The one table nothing is ever changed in."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = insert_into(ledger, engine).on_conflict_do_nothing()

    @activity.defn(name="ledger.record")
    @to_its_end
    async def record(self, batch: LedgerBatch) -> int:
        """How many lines of the batch are on record now, whether written by this call or by an earlier one."""
        if batch.entries:
            rows = [{"conversation_id": batch.conversation_id, **dict(entry)} for entry in batch.entries]
            async with self._engine.begin() as connection:
                await connection.execute(self._insert, rows)
        return len(batch.entries)

    @to_its_end
    async def entries(self, conversation_id: str) -> list[LedgerEntry]:
        """Everything on record of one conversation, in the order it was decided."""
        query = select(ledger).where(ledger.c.conversation_id == conversation_id).order_by(ledger.c.seq)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [LedgerEntry.model_validate(dict(row)) for row in rows.mappings()]
