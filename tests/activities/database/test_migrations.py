"""Migrations: databases of every release become those of today, on both engines."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import migrations
from activities.catalog import Begun
from activities.database.tables import engine as connect
from activities.incidents.tables import metadata
from activities.ledger.lines import Ledger
from migrations import HEAD, current, migrate

STEPS = ScriptDirectory(str(Path(migrations.__file__).parent))
REVISIONS = [step.revision for step in STEPS.walk_revisions()]


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return compare_metadata(context, metadata)


async def _differences_at(url: str) -> list[object]:
    store = connect(url)
    try:
        async with store.connect() as connection:
            return await connection.run_sync(_differences)
    finally:
        await store.dispose()


async def _standing_at(url: str) -> str:
    store = connect(url)
    try:
        return await current(store)
    finally:
        await store.dispose()


def test_the_newest_step_is_known_without_looking() -> None:
    """A worker starts quickly, because the newest revision is a constant that it need not search for."""
    assert STEPS.get_heads() == [HEAD]


async def test_an_empty_database_becomes_what_the_code_expects(empty_url: str) -> None:
    """A first start needs no preparation, and makes the tables that the code expects."""
    await migrate(empty_url)
    assert await _differences_at(empty_url) == []
    assert await _standing_at(empty_url) == HEAD


@pytest.mark.parametrize(
    "revision",
    [pytest.param(each, marks=pytest.mark.slow if place % 4 else ()) for place, each in enumerate(REVISIONS)],
)
async def test_a_database_of_any_age_becomes_what_the_code_expects(empty_url: str, revision: str) -> None:
    """A database of any earlier release is brought up to date by the next start."""
    await migrate(empty_url, to=revision)
    assert await _standing_at(empty_url) == revision
    await migrate(empty_url)
    assert await _differences_at(empty_url) == []


async def test_workers_that_start_together_migrate_once(empty_url: str) -> None:
    """A deployment may start all its workers at the same moment on an empty database."""
    await asyncio.gather(*(migrate(empty_url) for _ in range(5)))
    assert await _differences_at(empty_url) == []


async def test_a_failed_step_leaves_nothing_behind(empty_url: str) -> None:
    """A migration that breaks half-way can simply be tried again."""
    store = connect(empty_url)
    try:
        async with store.begin() as connection:
            # Blocks the last table of the first step.
            await connection.execute(text("CREATE TABLE desk_done (key TEXT)"))
        with pytest.raises(Exception, match="desk_done"):
            await migrate(empty_url)
        assert await current(store) == ""
        async with store.begin() as connection:
            await connection.execute(text("DROP TABLE desk_done"))
    finally:
        await store.dispose()
    await migrate(empty_url)
    assert await _differences_at(empty_url) == []


async def test_messages_of_an_older_release_are_known_by_their_events(empty_url: str) -> None:
    """After an update, a message from before it is recognized when the helpdesk sends it again."""
    await migrate(empty_url, to="0009")
    store = connect(empty_url)
    row = (
        "INSERT INTO ledger (conversation_id, seq, recorded_at, occurred_at, kind, rule, because, clock, effect_key, "
        "team, body) VALUES ('c', {seq}, '2026-01-05', '2026-01-05', '{kind}', '', '', '', '', '', '{body}')"
    )
    async with store.begin() as connection:
        for seq, kind, body in ((1, "message", '{"event_id": "m-1"}'), (2, "message", "{}"), (3, "assigned", "{}")):
            await connection.exec_driver_sql(row.format(seq=seq, kind=kind, body=body))
    await store.dispose()
    await migrate(empty_url)
    store = connect(empty_url)
    try:
        ledger = Ledger(store)
        assert [entry.event_id for entry in await ledger.entries("c")] == ["m-1", "", ""]
        assert (await ledger.taken_in(Begun(conversation_id="c", event_ids=("m-1", "m-2", "")))).event_ids == ("m-1",)
    finally:
        await store.dispose()


async def test_a_database_of_a_newer_release_is_left_alone(empty_url: str) -> None:
    """After a roll-back, the older release works with the newer release's database and leaves it alone."""
    await migrate(empty_url)
    store = connect(empty_url)
    async with store.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await store.dispose()
    await migrate(empty_url)
    assert await _standing_at(empty_url) == "9999"


async def test_the_folder_of_a_new_file_is_made(tmp_path: Path) -> None:
    """A first start may name a folder that does not exist yet."""
    await migrate(f"sqlite:///{tmp_path}/100% new/folder/baton.db")
    assert (tmp_path / "100% new/folder/baton.db").exists()


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///baton.db", "sqlite+aiosqlite"),
        ("postgresql://baton@db/baton", "postgresql+asyncpg"),
        ("postgres://baton@db/baton?sslmode=require", "postgresql+asyncpg"),
    ],
)
async def test_addresses_are_written_without_a_driver(url: str, driver: str) -> None:
    """An operator writes the database's address as for every other tool, without a driver."""
    store = connect(url)
    assert store.url.drivername == driver
    assert "sslmode" not in store.url.query
    await store.dispose()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://root:secret@db/baton"])
def test_an_address_that_keeps_nothing_is_refused(url: str) -> None:
    """An address that would lose the ledger is refused with a sentence, which does not show the password."""
    with pytest.raises(
        ValueError, match=r"is not a store: write sqlite:///path/to/file\.db or postgresql://"
    ) as refused:
        connect(url)
    assert "secret" not in str(refused.value)
