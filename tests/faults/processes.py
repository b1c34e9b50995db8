"""Processes that are killed in the middle of their work: a server with its data in a file, and workers."""

import asyncio
import os
import subprocess
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from temporalio.client import Client, WorkflowQueryRejectedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError

from tests.fakes.slack import FakeSlack
from tests.worker.conftest import BATON, free_port
from worker.temporal.client import connect
from worker.temporal.registry import register
from worker.temporal.skipping import dynamic_config, find_temporal

T = TypeVar("T")
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL")


async def insist(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again until there is an answer, as a caller with a queue of its own does."""
    while True:
        try:
            return await ask()
        except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError, WorkflowQueryRejectedError):
            await asyncio.sleep(0.1)


class Victim:
    """A process that is started, killed without warning and started again."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path | None = None) -> None:
        self._command, self._environment, self._log = command, environment, log
        self.deaths = 0
        self._start()

    def _start(self) -> None:
        with (self._log or Path(os.devnull)).open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """Kill the process with SIGKILL, and start it again."""
        self.end()
        self.deaths += 1
        self._start()

    def end(self) -> None:
        """Kill the process with SIGKILL."""
        self._process.kill()
        self._process.wait()


@dataclass(frozen=True, slots=True)
class World:
    """The running processes and how to reach them. `environment` is for further `baton` commands."""

    client: Client
    server: Victim
    workers: list[Victim]
    environment: dict[str, str]
    database: Path


@asynccontextmanager
async def world(
    folder: Path, slack: FakeSlack, *, workers: int = 1, extra: Sequence[str] = (), **settings: str
) -> AsyncGenerator[World]:
    """Start a server and workers, each a process of its own.

    `settings` are the workers' settings, without `BATON_`; `extra` are words for the server's command line.
    """
    port, database = free_port(), folder / "baton.db"
    pragmas = [part for pragma in _PRAGMAS for part in ("--sqlite-pragma", pragma)]
    command = [find_temporal(), "server", "start-dev", "--headless", "--port", str(port), "--log-level", "never"]
    command += ["--db-filename", str(folder / "temporal.db"), *pragmas, *dynamic_config(), *extra]
    server = Victim(command, dict(os.environ))
    own = {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "BATON_"))}
    own |= {"TEMPORAL_ADDRESS": f"127.0.0.1:{port}", "BATON_DATABASE_URL": f"sqlite:///{database}"}
    own |= {"BATON_SLACK_TOKEN": "xoxb-test", "BATON_SLACK_BASE_URL": slack.url, "BATON_HTTP_PORT": "0"}
    own |= {f"BATON_{name.upper()}": value for name, value in settings.items()}
    client = await _connected(f"127.0.0.1:{port}")
    await register(client)
    found = World(client, server, [], own, database)
    try:
        for number in range(workers):
            found.workers.append(Victim([BATON, "worker"], own, folder / f"worker-{number}.log"))
        yield found
    finally:
        for process in (*found.workers, server):
            process.end()


async def _connected(address: str) -> Client:
    while True:
        with suppress(Exception):
            client = await connect(address=address)
            await client.service_client.check_health()
            return client
        await asyncio.sleep(0.05)
