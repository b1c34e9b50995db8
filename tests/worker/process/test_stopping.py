"""A process that is told to stop, whatever hangs in it; and one that starts before its server."""

import asyncio
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from pathlib import Path

import pytest

from tests.worker.conftest import BATON, WITHIN, free_port, until_ready
from worker.temporal.client import connect
from worker.temporal.registry import register
from worker.up import local_server

HEAD = """
import asyncio, contextlib, threading, time
from datetime import timedelta
from worker.background import stop_on_signals

async def main():
    stop = stop_on_signals(timedelta(seconds=0.5))
    print("ready", flush=True)
"""
HANGING = {
    "a task that ignores its end": """
    await stop.wait()
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(600)
""",
    "the event loop": """
    time.sleep(600)
""",
    "a loop of the code": """
    while True: pass
""",
    "a thread that Python waits for": """
    threading.Thread(target=time.sleep, args=(600,)).start()
    await stop.wait()
""",
}


@pytest.mark.parametrize("what", HANGING)
def test_a_process_is_gone_within_its_grace(what: str) -> None:
    """A process that was told to stop is gone within its grace whatever hangs, and says where it hung."""
    code = f"{HEAD}{HANGING[what]}\nasyncio.run(main())"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=WITHIN)
    assert (process.returncode, "Timeout (0:00:00.500000)!" in said, "Thread" in said) == (1, True, True)


def test_a_process_that_ends_in_time_ends_well() -> None:
    """A process that does what it is told ends at once, and says nothing."""
    code = f"{HEAD}\n    await stop.wait()\nasyncio.run(main())"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=WITHIN) == ("", "")
    assert process.returncode == 0


async def early(environment: dict[str, str], address: str, *words: str) -> Process:
    """Start a worker whose server is not there yet, and return it once it says that it waits."""
    own = {**environment, "TEMPORAL_ADDRESS": address, "BATON_HTTP_PORT": str(free_port())}
    process = await create_subprocess_exec(BATON, "worker", *words, env=own, stderr=PIPE)
    assert process.stderr is not None
    while b"waits_for_server" not in (line := await process.stderr.readline()):
        assert line, "it ended and did not say that it waits"
    assert f"No Temporal server at {address}: run `baton up`".encode() in line
    environment["BATON_HTTP_PORT"] = own["BATON_HTTP_PORT"]
    return process


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--processes", "2")])
async def test_a_worker_waits_for_its_server(
    environment: dict[str, str], tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A worker that starts before its server says that it waits, and serves as soon as the server is there."""
    port = free_port()
    process = await early(environment, f"127.0.0.1:{port}", *words)
    saying = asyncio.create_task(process.communicate())
    async with local_server(port=port, ui_port=free_port(), database=tmp_path / "temporal.db") as address:
        await register(await connect(address=address))
        await asyncio.to_thread(until_ready, environment["BATON_HTTP_PORT"], lambda: process.returncode)
        process.send_signal(signal.SIGTERM)
        _, said = await asyncio.wait_for(saying, WITHIN)
    assert process.returncode == 0, said.decode()


@pytest.mark.slow
async def test_a_worker_that_waits_can_be_stopped(environment: dict[str, str]) -> None:
    """A worker that still waits for its server ends at once and well when it is told to."""
    process = await early(environment, f"127.0.0.1:{free_port()}")
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), WITHIN)
    assert process.returncode == 0
