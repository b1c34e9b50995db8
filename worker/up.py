"""Baton on one machine: a Temporal server with its database file, the UI and a worker, in one process tree.

Promises that stopping and starting loses nothing and that Ctrl-C ends it cleanly: the worker first, then the server.
"""

import asyncio
from asyncio.subprocess import DEVNULL, Process, create_subprocess_exec
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.service import RPCError

from worker.background import is_done
from worker.environment.settings import STATE, Settings
from worker.serving import serve
from worker.temporal.client import NoServerError, connect
from worker.temporal.registry import register
from worker.temporal.skipping import START_WITHIN, find_temporal, is_taken
from worker.trouble import TroubleError

_STOP_WITHIN = 10.0
_DURABLE = ("journal_mode=WAL", "synchronous=NORMAL")
"""A killed process loses nothing with these, and they are three times as fast as the default."""


async def up(settings: Settings, *, port: int, ui_port: int, say: Callable[[str], None]) -> int:
    """Start everything and serve until Ctrl-C. Return the exit code. Raises TroubleError, PolicyError."""
    async with local_server(port=port, ui_port=ui_port) as address:
        added = await register(await connect(address=address))
        attributes = f"{len(added)} search attributes added" if added else "search attributes verified"
        say(f"Temporal  {address}   {attributes}")
        say(f"UI        http://localhost:{ui_port}")
        say(f"Data      {STATE.resolve()}")
        say("Ctrl-C ends it; `baton up` goes on where it stopped.")
        code = await serve(settings, address=address)
        is_done()  # the server has a time of its own to stop
        return code


@asynccontextmanager
async def local_server(
    *, port: int, ui_port: int, database: Path = STATE / "temporal.db", extra: tuple[str, ...] = ()
) -> AsyncGenerator[str]:
    """Run a Temporal server with its data in a file. Yields its address once the server answers."""
    for taken in (port, ui_port):
        if is_taken(taken):
            raise TroubleError(
                f"Port {taken} is in use: is Baton up already? Stop it, or choose others with --port and --ui-port."
            )
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "start `baton up` in a folder of yours"
        raise TroubleError(f"The folder {database.parent} can't be made ({error.strerror}): {remedy}.") from None
    command = [find_temporal(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port)]
    command += ["--ui-port", str(ui_port), "--db-filename", str(database), "--log-level", "error"]
    command += [
        "--ui-disable-news-fetch",
        *(part for pragma in _DURABLE for part in ("--sqlite-pragma", pragma)),
        *extra,
    ]
    # A session of its own: Ctrl-C must reach the worker first, which still needs the server to say goodbye.
    server = await create_subprocess_exec(*command, start_new_session=True, stdout=DEVNULL)
    try:
        await _wait_until_it_answers(server, f"127.0.0.1:{port}")
        yield f"127.0.0.1:{port}"
    finally:
        await _stop(server)


async def _wait_until_it_answers(server: Process, address: str) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + START_WITHIN.total_seconds()
    while True:
        if server.returncode is not None:
            raise NoServerError(f"The Temporal server ended at once (exit code {server.returncode}), see above")
        try:
            client = await connect(address=address)
            await client.workflow_service.get_system_info(GetSystemInfoRequest())
            return
        except (NoServerError, RPCError):
            if loop.time() > deadline:
                raise
            await asyncio.sleep(0.1)


async def _stop(server: Process) -> None:
    if server.returncode is not None:
        return
    server.terminate()
    try:
        await asyncio.wait_for(server.wait(), _STOP_WITHIN)
    except TimeoutError:
        server.kill()
        await server.wait()
