"""Several worker processes as one: workflow code of a process uses one core only, so there is a process for each core.

Promises that SIGTERM drains all of them, that a process that dies is started again, and that the whole is ready when
every process is ready and nothing that they need is missing. Must not know what the processes do.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import time
from contextlib import suppress
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from typing import Any

import structlog

from worker.background import beside, stop_on_signals
from worker.environment.channels import read_channels
from worker.environment.database import usable
from worker.environment.settings import Settings
from worker.environment.tagger_file import check_tagger
from worker.process.channels import open_doors
from worker.process.health import health_server
from worker.process.hosting import GONE_WITHIN, in_use, load_policies
from worker.process.readiness import Readiness
from worker.process.requirements import Requirements
from worker.process.telemetry import configure_logging
from worker.serving import began, connected, serve
from worker.trouble import TroubleError

log: Any = structlog.get_logger("baton.supervisor")
_LOOK_EVERY = 0.5
_RESTART_AFTER = 2.0
_KILL_BEFORE = 1.0
"""Seconds before the supervisor itself has to be gone."""


class Crew:
    """The processes. Each starts as not ready and says when it serves."""

    def __init__(self, settings: Settings, count: int) -> None:
        self._settings = settings
        self._context = multiprocessing.get_context("spawn")
        self._members: list[tuple[SpawnProcess, Event]] = [self._hire(number) for number in range(count)]

    def _hire(self, number: int) -> tuple[SpawnProcess, Event]:
        ready = self._context.Event()
        process = self._context.Process(target=_serve_one, args=(self._settings, number, ready), daemon=False)
        process.start()
        return process, ready

    def replace_the_dead(self) -> bool:
        """Start a new process for each that ended. Return whether there was one."""
        dead = [number for number, (process, _) in enumerate(self._members) if not process.is_alive()]
        for number in dead:
            log.error("worker.restarted", number=number, exit_code=self._members[number][0].exitcode)
            self._members[number] = self._hire(number)
        return bool(dead)

    def not_ready(self) -> list[int]:
        """Return the numbers of the processes that do not serve yet."""
        return [n for n, (process, ready) in enumerate(self._members) if not (process.is_alive() and ready.is_set())]

    async def dismiss(self) -> int:
        """Ask all processes to drain, and wait for them; kill those that hang. Return the worst exit code."""
        end = time.monotonic() + GONE_WITHIN.total_seconds() - _KILL_BEFORE
        for process, _ in self._members:
            process.terminate()
        for process, _ in self._members:
            await asyncio.to_thread(process.join, max(0.0, end - time.monotonic()))
            if process.is_alive():
                log.error("worker.killed", pid=process.pid, why="it did not end when told to")
                process.kill()
                await asyncio.to_thread(process.join)
        return max(abs(process.exitcode or 0) for process, _ in self._members)


async def supervise(settings: Settings, count: int) -> int:
    """Run `count` worker processes until SIGTERM or SIGINT. Return the exit code."""
    documents = load_policies(settings)  # tell of a broken policy once, not by every process again and again
    read_channels(settings.notify)
    configure_logging(settings)
    check_tagger(settings.tagger, in_use(settings, documents).values())
    stop = stop_on_signals(GONE_WITHIN)
    client = await connected(settings, stop)
    if client is None:
        return 0
    doors = open_doors(settings, client)
    crew: Crew | None = None

    async with usable(settings.database_url) as store:
        readiness = Readiness(Requirements(client, store).trouble)

        async def alive() -> str:
            return ""

        async def ready() -> str:
            missing = crew.not_ready() if crew else list(range(count))
            waiting = f"processes not ready: {', '.join(map(str, missing))}" if missing else ""
            return await readiness.trouble() or waiting

        async with health_server(settings.http_host, settings.http_port, alive=alive, ready=ready, routes=doors.routes):
            if not await began(readiness, settings, stop):
                return 0
            crew = Crew(settings, count)
            async with beside(readiness.watch()), doors.pressed():
                await _keep_up(crew, stop)
            return await crew.dismiss()


async def _keep_up(crew: Crew, stop: asyncio.Event) -> None:
    while not stop.is_set():
        pause = _RESTART_AFTER if crew.replace_the_dead() else _LOOK_EVERY
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


def _serve_one(settings: Settings, number: int, ready: Event) -> None:
    """Run one process: metrics go to the next free address; health and buttons are the supervisor's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor passes it on
    host, _, port = settings.prometheus.rpartition(":")
    own = settings.model_copy(
        update={
            "http_port": 0,
            "prometheus": f"{host}:{int(port) + number}" if port else settings.prometheus,
        }
    )
    try:
        code = asyncio.run(serve(own, started=ready.set, is_watched=True))
    except TroubleError as trouble:
        log.error("worker.not_begun", number=number, why=str(trouble))  # noqa: TRY400  a sentence for people
        code = trouble.exit_code
    sys.stderr.flush()
    os._exit(code)  # as in `cli.main`: threads that the SDK leaves running may abort a Python that shuts down normally
