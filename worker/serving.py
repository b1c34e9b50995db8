"""A worker process from start to end: connect, serve until told to stop, drain, leave.

Promises to refuse to start with a broken policy or on a server that is not set up, to answer health questions, and to
leave with a non-zero code when the worker died by itself. Must not know the command line.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any

import structlog
from aiohttp import web
from temporalio.client import Client
from temporalio.runtime import Runtime

from worker.background import beside, is_done_before, stop_on_signals
from worker.environment.channels import read_channels, warn_of_missing
from worker.environment.settings import Settings
from worker.environment.tagger_file import check_tagger
from worker.process.channels import Doors, open_doors
from worker.process.frozen_objects import short_pauses
from worker.process.health import health_server
from worker.process.hosting import DRAINED_WITHIN, GONE_WITHIN, in_use, load_policies, make_worker, open_house
from worker.process.readiness import Readiness
from worker.process.requirements import Requirements
from worker.process.telemetry import configure_logging, configure_tracing, make_runtime
from worker.process.worker_pair import WorkerPair
from worker.temporal.client import NoServerYetError, connect
from worker.temporal.moving_on import keep_moving
from worker.temporal.new_versions import tell_until_all_know

log: Any = structlog.get_logger("baton.worker")
_TRY_EVERY = 1.0
"""Seconds between two attempts to reach a server that does not answer yet."""


async def serve(
    settings: Settings,
    *,
    address: str | None = None,
    started: Callable[[], None] = lambda: None,
    is_watched: bool = False,
) -> int:
    """Run one worker until SIGTERM or SIGINT. Return the process's exit code.

    `is_watched`: another process logs what goes missing, and has the doors of buttons. Raises PolicyError,
    NoServerError, and TroubleError where something that the worker needs is missing.
    """
    configure_logging(settings)
    channels = read_channels(settings.notify)
    documents = load_policies(settings)
    warn_of_missing(channels, documents)
    check_tagger(settings.tagger, in_use(settings, documents).values())
    tracing = configure_tracing(settings)
    stop = stop_on_signals(GONE_WITHIN)
    client = await connected(settings, stop, address=address, runtime=make_runtime(settings))
    if client is None:
        return 0
    async with open_house(settings) as house:
        worker = make_worker(client, settings, house, documents)
        doors = Doors(()) if is_watched else open_doors(settings, client)
        readiness = Readiness(Requirements(client, house.store).trouble)
        async with health(settings, readiness, worker, doors.routes), short_pauses():
            if not (is_watched or await began(readiness, settings, stop)):
                return 0
            watching = nullcontext() if is_watched else beside(readiness.watch())
            async with watching, beside(keep_moving(client)), beside(tell_until_all_know(client, documents)):
                died = await _run(worker, doors, stop, started)
    if tracing is not None:
        tracing.shutdown()
    return 1 if died else 0


async def connected(
    settings: Settings, stop: asyncio.Event, *, address: str | None = None, runtime: Runtime | None = None
) -> Client | None:
    """Connect once the server answers. Return None where the process was told to stop before.

    Raises NoServerError after `start_within` seconds, and at once where no server could help.
    """
    end, waits_for = time.monotonic() + settings.start_within, ""
    while not stop.is_set():
        try:
            return await connect(address=address, runtime=runtime)
        except NoServerYetError as error:
            if time.monotonic() >= end:
                raise
            if str(error) != waits_for:
                waits_for = str(error)
                log.warning("worker.waits_for_server", why=waits_for, for_seconds=settings.start_within)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _TRY_EVERY)
    return None


async def began(readiness: Readiness, settings: Settings, stop: asyncio.Event) -> bool:
    """Wait until nothing is missing. Return False where the process was told to stop before. Raises TroubleError."""
    beginning = asyncio.create_task(readiness.begin(settings.start_within))
    if await is_done_before(stop, beginning):
        beginning.result()
        return True
    beginning.cancel()
    return False


@asynccontextmanager
async def health(
    settings: Settings, readiness: Readiness, worker: WorkerPair, routes: Iterable[web.RouteDef] = ()
) -> AsyncGenerator[None]:
    """Serve `/healthz` and `/readyz`: alive until a worker dies, ready while it runs and has what it needs."""
    has_run = False

    async def alive() -> str:
        nonlocal has_run
        has_run = has_run or worker.is_running
        return "the worker is not running" if has_run and not worker.is_running else ""

    async def ready() -> str:
        return await readiness.trouble() or ("" if worker.is_running else "the worker is not running")

    async with health_server(settings.http_host, settings.http_port, alive=alive, ready=ready, routes=routes):
        yield


async def _run(worker: WorkerPair, doors: Doors, stop: asyncio.Event, started: Callable[[], None]) -> bool:
    """Run the worker until it is told to stop. Return whether it ended by itself, which only a fatal error causes."""
    running = asyncio.create_task(worker.run())
    log.info("worker.started", task_queues=worker.task_queues)
    started()
    async with doors.pressed():  # a press under way still needs the worker
        await is_done_before(stop, running)
    if running.done():
        log.error("worker.died", error=repr(running.exception()))
        return True
    log.info("worker.draining")
    try:
        async with asyncio.timeout(DRAINED_WITHIN.total_seconds()):
            await worker.shutdown()
            with suppress(asyncio.CancelledError):
                await running
    except TimeoutError:
        log.error("worker.hangs", why="an activity does not end: its next attempt is on another worker")  # noqa: TRY400
    log.info("worker.stopped")
    return False
