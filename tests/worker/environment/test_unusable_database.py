"""Databases that can't be used: one sentence with what to look at, without the password."""

import asyncio
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from activities.database.tables import engine
from tests.databases import postgres_server
from worker.environment.database import bring_up_to_date, usable
from worker.trouble import TroubleError

LOOK = "look at its folder's permissions, or name another file in BATON_DATABASE_URL."
NO_ADDRESS = (
    "BATON_DATABASE_URL is not the address of a database: write sqlite:///path/to/file.db or "
    "postgresql://user:password@host/name."
)


async def open_and_close(address: str) -> None:
    """Do as a worker does at its start and its end."""
    async with usable(address):
        pass


async def refusal(address: str, *, migrates: bool = False) -> str:
    """Return the sentence with which `baton migrate`, or a worker, refuses the database."""
    with pytest.raises(TroubleError) as told:
        await (bring_up_to_date if migrates else open_and_close)(address)
    return str(told.value)


@pytest.mark.parametrize("migrates", [True, False])
@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("hello", NO_ADDRESS),
        ("sqlite:///:memory:", NO_ADDRESS),
        ("mysql://a:b@127.0.0.1:9/x", NO_ADDRESS),
        ("postgresql://a:secret@127.0.0.1:x/x", NO_ADDRESS),
        ("postgresql://a:secret@127.0.0.1:99999/x", NO_ADDRESS),
        ("postgresql://a:secret@127.0.0.1:9/x?colour=red", NO_ADDRESS),
        ("postgresql://a:secret@127.0.0.1:9/x?sslmode=never", NO_ADDRESS),
        (
            "postgresql://a:secret@127.0.0.1:9/x",
            "No database answers at 127.0.0.1:9: see whether it runs, or look at BATON_DATABASE_URL.",
        ),
        (
            "postgresql://a@/x?host=/nowhere",
            "No database answers at /nowhere: see whether it runs, or look at BATON_DATABASE_URL.",
        ),
        (
            "postgresql://a:secret@nowhere.invalid/x",
            "No machine of the name nowhere.invalid is known here: look at BATON_DATABASE_URL.",
        ),
        ("sqlite:////proc/x/b.db", f"The database file /proc/x/b.db can't be used (No such file or directory): {LOOK}"),
        ("sqlite:////tmp", f"The database file /tmp can't be used (unable to open database file): {LOOK}"),
        ("sqlite:////etc/passwd", f"The database file /etc/passwd can't be used (file is not a database): {LOOK}"),
        ("sqlite:////dev/full", f"The database file /dev/full can't be used (database or disk is full): {LOOK}"),
    ],
)
async def test_an_address_without_a_database(address: str, sentence: str, migrates: bool) -> None:
    """A database that is down, is none, or can't be written is refused with one sentence."""
    assert await refusal(address, migrates=migrates) == sentence


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_a_program_that_is_no_database(greeting: bytes) -> None:
    """A port on which another program listens is refused with one sentence."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(greeting)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        said = await refusal(f"postgresql://a:secret@127.0.0.1:{port}/x")
    assert said.startswith(
        f"The program at 127.0.0.1:{port} is no PostgreSQL, or does not speak as the address wants: look at "
        "BATON_DATABASE_URL ("
    )
    assert "secret" not in said


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Yield the address of a PostgreSQL server whose users have a password each."""
    with postgres_server() as address:
        yield address


@pytest.mark.slow
async def test_a_server_that_refuses_its_user(server: str) -> None:
    """A wrong user, an unknown database, too few rights and too many connections have a sentence each."""
    folder = parse_qs(urlsplit(server).query)["host"][0]
    store = engine(server)
    async with store.begin() as connection:
        for statement in ("CREATE ROLE reader LOGIN", "CREATE ROLE busy LOGIN CONNECTION LIMIT 0"):
            await connection.execute(text(statement))
    await store.dispose()

    def at(user: str, database: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={folder}"

    told = {
        user: (await refusal(at(user), migrates=True)).partition(" (")[0] for user in ("nobody", "reader", "busy")
    } | {"no database": (await refusal(at("postgres", "nothing"))).partition(" (")[0]}
    assert told == {
        "nobody": f"The database at {folder} does not take the user or the password: look at BATON_DATABASE_URL",
        "reader": f"The database at {folder} does not let this user do it: run `baton migrate` as a user who may "
        "change tables",
        "busy": f"The database at {folder} takes no more connections now: try again later, or let it take more",
        "no database": f"The database at {folder} has no database of this name: create it, or look at "
        "BATON_DATABASE_URL",
    }
