"""Processes as a user would run them: a real server and real `baton` commands."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from worker.up import local_server

BATON = str(Path(sys.executable).with_name("baton"))
Baton = Callable[..., "subprocess.CompletedProcess[str]"]
PAUSE = 0.05
"""The seconds between two questions, so that asking leaves the processor to the worker."""
WITHIN = 300.0
"""The seconds after which a test fails because a process has not answered; the busiest machine needs less."""


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Start a server that keeps its data in a file, and yield its address."""
    database = tmp_path_factory.mktemp("temporal") / "temporal.db"
    async with local_server(port=free_port(), ui_port=free_port(), database=database) as where:
        yield where


@pytest.fixture(scope="module")
def environment(address: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variables with which a process finds the server and a database of its own."""
    folder = tmp_path_factory.mktemp("baton")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "BATON_"))},
        "TEMPORAL_ADDRESS": address,
        "BATON_DATABASE_URL": f"sqlite:///{folder}/baton.db",
        "BATON_HTTP_PORT": str(free_port()),
        "BATON_START_WITHIN": str(WITHIN),
        "COLUMNS": "200",
        "NO_COLOR": "1",
    }


@pytest.fixture(scope="module")
def baton(environment: dict[str, str]) -> Baton:
    """Return a function that runs one `baton` command to its end."""

    def run(*words: str | bytes, input: str | None = None, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [BATON, *words], env={**environment, **more}, input=input, capture_output=True, text=True, timeout=WITHIN
        )

    return run


def answers(port: str, path: str = "/readyz") -> tuple[int, str]:
    """Return the status and the text of a page; the status is 0 where nothing listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return int(answer.status), answer.read().decode().strip()
    except urllib.error.HTTPError as error:
        return int(error.code), error.read().decode().strip()
    except OSError:
        return 0, ""


def until_ready(port: str, exit_code: Callable[[], int | None], wanted: tuple[int, str] = (200, "ok")) -> None:
    """Wait until `/readyz` answers exactly this; fail where the process ends of itself."""
    end = time.monotonic() + WITHIN
    while (said := answers(port)) != wanted:
        assert exit_code() is None, "it ended of itself"
        assert time.monotonic() < end, f"/readyz never said {wanted}: {said}"
        time.sleep(PAUSE)


def until(says: str, command: Baton, *words: str) -> str:
    """Repeat a command until its output contains `says`, and return the output."""
    end = time.monotonic() + WITHIN
    while True:
        done = command(*words)
        if says in done.stdout:
            return done.stdout
        assert time.monotonic() < end, f"{words} never said {says!r}: {done.stdout}{done.stderr}"
