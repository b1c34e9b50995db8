"""The database that the environment names, for commands that need nothing else.

Promises a sentence where it can't be used. Must not know what is in it.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.tables import engine
from migrations import migrate
from worker.environment.settings import Settings
from worker.trouble import TroubleError


async def bring_up_to_date(address: str) -> None:
    """Give the database the tables of this version of Baton. Raises TroubleError where that can't be done."""
    try:
        await migrate(address)
    except Exception as error:  # each database driver has its own kinds of errors
        said = str(error).partition("\n")[0] or type(error).__name__
        raise TroubleError(
            f"The database can't be used, look at BATON_DATABASE_URL: {said}. If its user may not change tables, "
            "run `baton migrate` as a user who may."
        ) from error


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[AsyncEngine]:
    """Yield the database, brought up to date. Raises TroubleError where there is none."""
    await bring_up_to_date(settings.database_url)
    store = engine(settings.database_url)
    try:
        yield store
    finally:
        await store.dispose()
