"""The database that the environment names: whether it can be used, and its tables.

Promises a sentence where it can't be used, and that only `baton migrate` changes tables of a server's database: workers
and commands need no right to. A SQLite file belongs to its one user, so everything brings it up to date. Must not know
what is in it.
"""

from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.tables import engine
from migrations import HEAD, current, migrate
from worker.environment.settings import Settings
from worker.trouble import TroubleError

_SQLITE = "sqlite"


async def bring_up_to_date(address: str) -> None:
    """Give the database the tables of this version of Baton. Raises TroubleError where that can't be done."""
    await _or_trouble(migrate(address))


@asynccontextmanager
async def usable(address: str) -> AsyncGenerator[AsyncEngine]:
    """Yield the database. Its tables may be older (`tables_trouble`). Raises TroubleError where it does not answer."""
    if address.startswith(_SQLITE):
        await bring_up_to_date(address)
    store = engine(address)
    try:
        await _or_trouble(current(store))
        yield store
    finally:
        await store.dispose()


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[AsyncEngine]:
    """Yield the database, for one command. Raises TroubleError where it does not answer, or has older tables."""
    async with usable(settings.database_url) as store:
        if trouble := await tables_trouble(store):
            raise TroubleError(trouble)
        yield store


async def tables_trouble(store: AsyncEngine) -> str:
    """Return what to do where the database has the tables of an older Baton; else empty. Raises what drivers raise."""
    step = await current(store)
    if step >= HEAD:
        return ""
    return f"The database is at step {step or 'none'} of its tables and Baton needs {HEAD}: run `baton migrate`."


async def _or_trouble(work: Awaitable[object]) -> None:
    try:
        await work
    except Exception as error:  # each database driver has its own kinds of errors
        said = str(error).partition("\n")[0] or type(error).__name__
        raise TroubleError(
            f"The database can't be used, look at BATON_DATABASE_URL: {said}. If its user may not change tables, "
            "run `baton migrate` as a user who may."
        ) from error
