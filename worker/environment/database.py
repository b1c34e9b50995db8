"""The database that the environment names, with the tables of this version.

Promises a sentence where it can't be used. Must not know what is in it.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.tables import engine
from migrations import migrate
from worker.environment.settings import Settings
from worker.trouble import TroubleError


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[AsyncEngine]:
    """Yield the database, with the tables of this version of Baton. Raises TroubleError where it can't be used."""
    try:
        await migrate(settings.database_url)
    except Exception as error:  # each database driver has its own kinds of errors
        said = str(error).partition("\n")[0] or type(error).__name__
        raise TroubleError(
            f"The database can't be used, look at BATON_DATABASE_URL: {said}. If its user may not change tables, "
            "run `baton migrate` as a user who may."
        ) from error
    store = engine(settings.database_url)
    try:
        yield store
    finally:
        await store.dispose()
