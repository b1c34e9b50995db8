"""Brings a database to the shape `activities.database.tables` describes, one numbered step after another.

`migrate` may be called by every process at every start: where nothing is to be done it is one SELECT and does not even
load Alembic (half a second). Two processes starting at once do not get in each other's way. A shape, once released, is
changed only by a further step in `versions/`; tests go to the newest shape from every earlier one on both engines.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.database.tables import engine

HEAD = "0010"
"""The newest step; a test compares it with `versions/`."""

_LOCK = 0x6261746F6E
"""Any number will do, as long as every Baton asks PostgreSQL for the same one ("baton" in hexadecimal)."""


async def migrate(url: str, to: str = HEAD) -> None:
    """Bring the database at `url` to the newest shape, creating an SQLite file and its folder where needed.

    A database that a newer Baton has brought further is left alone: steps only add, so that during a roll-out or after
    a roll-back older workers go on.
    """
    store = engine(url)
    if store.dialect.name == "sqlite":
        Path(str(store.url.database)).parent.mkdir(parents=True, exist_ok=True)
    try:
        if await current(store) < to:
            async with store.connect() as connection:
                await _upgrade(connection, to)
    finally:
        await store.dispose()


async def current(store: AsyncEngine) -> str:
    """The step a database stands at; empty for a new one."""
    async with store.connect() as connection:
        return await connection.run_sync(_current)


def _current(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


async def _upgrade(connection: AsyncConnection, to: str) -> None:
    """All steps in one transaction, which the others starting now wait for; they then find nothing left to do."""
    if connection.dialect.name == "sqlite":
        # The driver begins transactions for changes of data only; unasked it would commit table by table.
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    await connection.run_sync(_run_steps, to)
    await connection.commit()


def _run_steps(connection: Connection, to: str) -> None:
    from alembic import command

    command.upgrade(_config(connection), to)


def _config(connection: Connection) -> Any:
    from alembic.config import Config

    config = Config()
    # The option is read as a template, in which a per cent sign in somebody's path would mean something.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
