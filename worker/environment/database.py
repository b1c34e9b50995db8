"""The database that the environment names: whether it can be used, and its tables.

Promises a sentence where it can't be used, and that only `baton migrate` changes tables of a server's database: workers
and commands need no right to. A SQLite file belongs to its one user, so everything brings it up to date. Must not know
what is in it.
"""

import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.tables import engine
from migrations import HEAD, current, migrate
from worker.environment.settings import Settings
from worker.environment.unusable_database import SQLITE, unusable, unusable_file
from worker.trouble import TroubleError, missing_extra


async def bring_up_to_date(address: str) -> tuple[str, str]:
    """Give the database the tables of this version of Baton. Return the steps that it stood at before and stands at.

    Raises TroubleError where that can't be done.
    """
    if address.startswith(SQLITE):
        _check_file(Path(address.removeprefix(SQLITE)))
    with _sentences(address):
        return await migrate(address)


@asynccontextmanager
async def usable(address: str) -> AsyncGenerator[AsyncEngine]:
    """Yield the database. Its tables may be older (`tables_trouble`). Raises TroubleError where it does not answer."""
    if address.startswith(SQLITE):
        await bring_up_to_date(address)
    with _sentences(address):
        store = engine(address)
    try:
        with _sentences(address):
            await current(store)
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


def _check_file(path: Path) -> None:
    """Raise TroubleError where a file can't hold the database: found out by opening it, without a driver's thread."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as file:
            file.execute("BEGIN IMMEDIATE")
    except (OSError, sqlite3.Error) as error:
        if "locked" in str(error):
            return  # another process writes, so the file can be written
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise TroubleError(unusable_file(path, said)) from error


@contextmanager
def _sentences(address: str) -> Generator[None]:
    """Turn what the database or its driver raises into a sentence; each driver has its own kinds of errors."""
    try:
        yield
    except TroubleError:
        raise
    except ModuleNotFoundError as error:
        raise TroubleError(missing_extra("PostgreSQL", "postgres")) from error
    except Exception as error:
        raise TroubleError(unusable(address, error)) from error
