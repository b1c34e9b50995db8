"""The database that the environment names, for commands that need nothing else.

Promises a sentence where it can't be used. Must not know what is in it.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.tables import engine
from migrations import migrate
from worker.settings import Settings
from worker.trouble import TroubleError


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[AsyncEngine]:
    """Brought up to date. Raises TroubleError where there is none."""
    try:
        await migrate(settings.database_url)
    except (OSError, SQLAlchemyError, ValueError) as error:
        said = str(error).partition("\n")[0]
        raise TroubleError(f"The database can't be used, look at BATON_DATABASE_URL: {said}") from None
    store = engine(settings.database_url)
    try:
        yield store
    finally:
        await store.dispose()
