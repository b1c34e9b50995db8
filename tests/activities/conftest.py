"""Fixtures of activities' tests: databases on SQLite and a real PostgreSQL, and attempts as Temporal makes them."""

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import ActivityEnvironment

from activities.database.tables import engine as connect
from migrations import migrate
from tests.databases import postgres_server
from tests.fakes.slack import FakeSlack

STARTED_AT = datetime(2031, 3, 3, 9, 15, tzinfo=UTC)
"""The server's time in these tests: years ahead, as after skipped time."""

PATIENT = 300
"""The seconds of an attempt that is not about its limit: more than the busiest machine needs."""

Attempt = Callable[..., Awaitable[Any]]


DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))
"""The kinds of database. The default run keeps to the one that needs no server."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Yield the address of a PostgreSQL server that ends with the test run."""
    with postgres_server() as address:
        yield address


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """Yield numbers for the names of databases."""
    return count(1)


@pytest.fixture(params=DATABASES)
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path, numbers: Iterator[int]) -> str:
    """Return the address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/baton.db"
    return await _new_database(request.getfixturevalue("postgres"), f"empty{next(numbers)}")


@pytest.fixture(scope="session", params=DATABASES)
async def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, numbers: Iterator[int]) -> str:
    """Return the address of a database with all tables; tests share it, each with conversations of its own."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('store')}/baton.db"
    else:
        address = await _new_database(request.getfixturevalue("postgres"), f"store{next(numbers)}")
    await migrate(address)
    return address


@pytest.fixture(scope="session")
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    """Yield one worker's connections."""
    made = connect(url)
    yield made
    await made.dispose()


@pytest.fixture(scope="session")
async def other_engine(url: str) -> AsyncIterator[AsyncEngine]:
    """Yield another worker's connections to the same database."""
    made = connect(url)
    yield made
    await made.dispose()


@pytest.fixture
def conversation_id(request: pytest.FixtureRequest) -> str:
    """Return the id of a conversation that no other test uses."""
    return str(request.node.name)


@pytest.fixture
def attempt() -> Attempt:
    """Return a function that runs an activity as its first attempt or a later one.

    For example: `await attempt(slack.notify, effect, number=2)`.
    """

    async def run(
        function: Callable[..., Any], *args: Any, number: int = 1, seconds: float = PATIENT, at: datetime = STARTED_AT
    ) -> Any:
        environment = ActivityEnvironment()
        environment.info = dataclasses.replace(
            environment.info,
            attempt=number,
            started_time=at,
            start_to_close_timeout=timedelta(seconds=seconds),
        )
        return await environment.run(function, *args)

    return run


@pytest.fixture
async def workspace() -> AsyncIterator[FakeSlack]:
    """Yield a Slack workspace."""
    async with FakeSlack() as slack:
        yield slack


async def _new_database(server: str, name: str) -> str:
    admin = connect(server)
    async with admin.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text(f"CREATE DATABASE {name}"))
    await admin.dispose()
    return server.replace("/postgres?", f"/{name}?")
