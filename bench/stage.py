"""The stage of every measurement: a Temporal server in memory, a fake Slack, and workers in processes of their own.

All of it uses the loopback, and a folder that is removed at the end. Must not know what is measured.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from bench.canonical import SideName
from tests.fakes.slack import FakeSlack
from worker.temporal.registry import register
from worker.temporal.skipping import Clockwork, find_temporal, skipping_server
from workflows.payloads.decoding import data_converter

_PATIENCE = 120


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A running worker."""

    database: str
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """Return the CPU time used so far, in seconds."""
        times = self.process.cpu_times()
        return times.user + times.system

    def memory(self) -> int:
        """Return the resident memory, in bytes."""
        return self.process.memory_info().rss


@dataclass(frozen=True, slots=True)
class Stage:
    """A server and a Slack; workers are started and stopped."""

    client: Client
    address: str
    slack: FakeSlack
    folder: Path

    @asynccontextmanager
    async def worker(
        self, side: SideName, name: str = "", *, cached: int = 1000, digests: int = 0
    ) -> AsyncIterator[WorkerProcess]:
        """Run a worker. `name` gives it a database and a log of its own beside other workers of its side.

        `digests` is how many messages a minute a channel gets one by one; by default all.
        """
        path = self.folder / f"{side}{name}"
        database = f"sqlite:///{path}.db"
        with path.with_suffix(".log").open("wb") as log:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bench.worker_process", side),
                *("--address", self.address, "--database", database),
                *("--slack", self.slack.url, "--cached", str(cached), "--digests", str(digests)),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._environment(),
            )
        assert child.stdout
        try:
            first = await asyncio.wait_for(child.stdout.readline(), _PATIENCE)
            if first != b"ready\n":
                raise RuntimeError(f"the {side} worker did not start:\n{path.with_suffix('.log').read_text()[-2000:]}")
            yield WorkerProcess(database, psutil.Process(child.pid))
        finally:
            if child.returncode is None:
                child.terminate()
            await child.wait()

    def _environment(self) -> dict[str, str]:
        """Return the environment with compiled modules kept on disk, as installed.

        The sandbox loads some of the modules for every conversation.
        """
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {**kept, "PYTHONPYCACHEPREFIX": str(self.folder / "compiled")}


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """Run a server with default settings, with Baton's search attributes."""
    environment = await WorkflowEnvironment.start_local(
        data_converter=data_converter,
        dev_server_existing_path=find_temporal(),
        dev_server_log_level="never",
    )
    try:
        await register(environment.client)
        async with _furnished(environment.client) as stage:
            yield stage
    finally:
        await environment.shutdown()


@asynccontextmanager
async def open_skipping_stage() -> AsyncIterator[tuple[Stage, Clockwork]]:
    """Run a server whose workflows' clocks can be moved."""
    async with skipping_server() as clockwork, _furnished(clockwork.client) as stage:
        yield stage, clockwork


@asynccontextmanager
async def _furnished(client: Client) -> AsyncIterator[Stage]:
    with TemporaryDirectory(prefix="baton-bench-") as folder:
        async with FakeSlack() as slack:
            yield Stage(client, client.service_client.config.target_host, slack, Path(folder))
