"""Commands that can't do their work: one sentence on the terminal, with what is wrong and what to do, and exit code 1.

The sentences themselves are tested where they are made; here are those that reach the terminal.
"""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.worker.conftest import BATON, WITHIN
from worker.cli import app

NOWHERE = "127.0.0.1:9"
NO_SERVER = f"✗ No Temporal server at {NOWHERE}: run `baton up`, or set TEMPORAL_ADDRESS\n"
NO_DATABASE = "✗ No database answers at 127.0.0.1:9: see whether it runs, or look at BATON_DATABASE_URL.\n"
Command = Callable[..., Result]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Return a function that runs one command in an empty folder, with no server and the variables that are given."""
    for name in [name for name in os.environ if name.startswith(("TEMPORAL_", "BATON_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    wide = {"TEMPORAL_ADDRESS": NOWHERE, "NO_COLOR": "1", "COLUMNS": "400"}
    return lambda *words, **variables: CliRunner().invoke(app, words, env=wide | variables)


@pytest.fixture
def taken() -> Iterator[int]:
    """Yield a port on which another program listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


@pytest.mark.parametrize(
    "words",
    [
        ("start", "c-1"),
        ("send", "c-1", "message", "author=customer", "text=hi"),
        ("command", "c-1", "take"),
        ("show", "c-1"),
        ("list",),
        ("audit",),
        ("queue",),
        ("register",),
    ],
    ids=" ".join,
)
def test_a_command_without_a_server(words: tuple[str, ...], command: Command) -> None:
    """A command that finds no server says where it looked and what to do."""
    done = command(*words)
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", NO_SERVER)


@pytest.mark.parametrize(
    "words", [("migrate",), ("feedback",), ("on-call", "list"), ("incident", "list")], ids=" ".join
)
def test_a_command_without_a_database(words: tuple[str, ...], command: Command) -> None:
    """A command that finds no database says where it looked and what to do."""
    done = command(*words, BATON_DATABASE_URL="postgresql://a:secret@127.0.0.1:9/x")
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", NO_DATABASE)


def test_a_policy_that_is_not_there(command: Command) -> None:
    """A policy that can't be opened is named with the reason."""
    done = command("policy", "check", "/nowhere.yaml")
    sentence = (
        "/nowhere.yaml:1:1: the file can't be read (No such file or directory): check the path and its permissions"
    )
    assert (done.exit_code, done.stdout) == (1, f"{sentence}\n")


def test_a_port_that_is_taken(command: Command, taken: int) -> None:
    """Everything on one machine does not begin on a port of another program."""
    done = command("up", "--port", str(taken))
    sentence = f"Port {taken} is in use: is Baton up already? Stop it, or choose others with --port and --ui-port."
    assert (done.exit_code, done.stderr) == (1, f"✗ {sentence}\n")


def test_a_folder_that_can_t_be_written(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything on one machine does not begin in a folder that can't hold its data."""
    monkeypatch.chdir("/proc")
    done = command("up", "--port", "7", "--ui-port", "9")
    sentence = "The folder .baton can't be made (No such file or directory): start `baton up` in a folder of yours."
    assert (done.exit_code, done.stderr) == (1, f"✗ {sentence}\n")


def said_by_worker(folder: Path, **variables: str) -> str:
    """Return all that a worker says, which has to end with the exit code 1."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "BATON_"))}
    own |= {"TEMPORAL_ADDRESS": NOWHERE, "NO_COLOR": "1", "COLUMNS": "400"}
    done = subprocess.run(
        [BATON, "worker"], env=own | variables, cwd=folder, capture_output=True, text=True, timeout=WITHIN
    )
    assert done.returncode == 1, done
    return done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"BATON_START_WITHIN": "0"}, NO_SERVER),
        ({"BATON_POLICIES": "/nowhere"}, "/nowhere:1:1: this is no directory: name the one that holds the policies\n"),
        (
            {"BATON_DEFAULT_POLICY": "gold"},
            "✗ BATON_DEFAULT_POLICY is gold, but there are only assisted, complete, flat, queued, skill_based, "
            "tiered, vip\n",
        ),
        ({"BATON_HTTP_PORT": "99999"}, "✗ BATON_HTTP_PORT: write 65535 or less\n"),
        (
            {"BATON_PROMETHEUS": "here"},
            "✗ Metrics can't be served, look at BATON_PROMETHEUS: write an IP address and a free port, such as "
            "127.0.0.1:9464 (Invalid Prometheus address: invalid socket address syntax).\n",
        ),
    ],
)
def test_a_worker_that_cant_start(variables: dict[str, str], sentence: str, tmp_path: Path) -> None:
    """A worker that can't start says in one sentence what is wrong."""
    assert said_by_worker(tmp_path, **variables) == sentence
