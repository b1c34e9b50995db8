"""Outside systems that are down for a while."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from worker.process.hosting import OutsideSystems


@asynccontextmanager
async def ledger_away(house: OutsideSystems) -> AsyncIterator[None]:
    """Rename the ledger's table, so that writes fail until the block ends."""
    async with house.store.begin() as connection:
        await connection.execute(text("ALTER TABLE ledger RENAME TO ledger_away"))
    try:
        yield
    finally:
        async with house.store.begin() as connection:
            await connection.execute(text("ALTER TABLE ledger_away RENAME TO ledger"))
