"""Outside systems that are away for a while."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from worker.process.hosting import OutsideSystems


@asynccontextmanager
async def ledger_away(house: OutsideSystems) -> AsyncIterator[None]:
    """The ledger's table is gone for a while."""
    async with house.store.begin() as connection:
        await connection.execute(text("ALTER TABLE ledger RENAME TO ledger_away"))
    try:
        yield
    finally:
        async with house.store.begin() as connection:
            await connection.execute(text("ALTER TABLE ledger_away RENAME TO ledger"))
