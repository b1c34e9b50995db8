"""Brings a database to the shape that `activities.database.tables` describes, one numbered step after another.

Every process may call `migrate` at every start: where nothing is to be done it costs one SELECT, and Alembic, which
takes half a second, is not even loaded. Two processes that start at once do not disturb each other. A released shape is
changed only by a further step in `versions/`; tests go to the newest shape from every earlier one on both engines.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.database.tables import engine

HEAD = "0013"
"""The newest step; a test compares it with `versions/`."""

_LOCK = 0x6261746F6E
"""The number of PostgreSQL's lock: any will do, if every Baton uses the same one ("baton" in hexadecimal)."""


async def migrate(url: str, to: str = HEAD) -> tuple[str, str]:
    """Bring the database at `url` to the newest shape; create an SQLite file and its folder where needed.

    Return the step it stood at before, empty for a new one, and the step it stands at.

    A database that a newer Baton has brought further is left alone: steps only add, so that older workers go on during
    a roll-out or after a roll-back.
    """
    store = engine(url)
    if store.dialect.name == "sqlite":
        Path(str(store.url.database)).parent.mkdir(parents=True, exist_ok=True)
    try:
        if (before := await current(store)) < to:
            async with store.connect() as connection:
                await _upgrade(connection, to)
        return before, await current(store)
    finally:
        await store.dispose()


async def current(store: AsyncEngine) -> str:
    """Return the step that a database stands at; empty for a new one."""
    async with store.connect() as connection:
        return await connection.run_sync(_current)


def _current(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


async def _upgrade(connection: AsyncConnection, to: str) -> None:
    """Run all steps in one transaction. Processes that start meanwhile wait for it, and then find nothing to do."""
    if connection.dialect.name == "sqlite":
        # By itself the driver begins a transaction only for changes of data, and would commit table by table.
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
    # Alembic reads the option as a template, in which a per cent sign of the path would have a meaning.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
