"""Executes statements on Baton's database: reads rows as records, and makes several changes in one transaction.

Promises that a statement runs to its end even where its caller is cancelled. Must not know what rows mean.
"""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy import Executable, RowMapping, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.tables import insert_into, to_its_end

Record = TypeVar("Record", bound=BaseModel)


@to_its_end
async def read(engine: AsyncEngine, query: Executable) -> Sequence[RowMapping]:
    """Return the rows that a query finds, each as a mapping of its columns."""
    async with engine.connect() as connection:
        return (await connection.execute(query)).mappings().all()


async def records(engine: AsyncEngine, kind: type[Record], query: Executable) -> list[Record]:
    """Return the rows that a query finds, each as a record of this kind."""
    return [kind.model_validate(dict(row)) for row in await read(engine, query)]


@to_its_end
async def write(engine: AsyncEngine, *statements: Executable) -> int:
    """Execute the statements in one transaction. Return how many rows the last one has changed."""
    changed = 0
    async with engine.begin() as connection:
        for statement in statements:
            changed = (await connection.execute(statement)).rowcount
    return changed


def newest(table: Table, engine: AsyncEngine, by: str) -> sqlite.Insert | postgresql.Insert:
    """Return the statement that writes a row, or replaces it unless the row there is newer by the column `by`."""
    inserting = insert_into(table, engine)
    said = {column.name: inserting.excluded[column.name] for column in table.columns if not column.primary_key}
    is_newer = inserting.excluded[by] >= table.c[by]
    return inserting.on_conflict_do_update(index_elements=list(table.primary_key), set_=said, where=is_newer)
