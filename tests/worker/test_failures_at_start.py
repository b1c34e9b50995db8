"""A worker that can't start: one sentence on the terminal, with what is wrong and what to do, and the exit code 1."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.worker.conftest import BATON, WITHIN

pytestmark = pytest.mark.slow
NOWHERE = "127.0.0.1:9"
FILE = "look at its folder's permissions, or name another file in BATON_DATABASE_URL."
ADDRESS = "write sqlite:///path/to/file.db or postgresql://user:password@host/name."


def said(command: str, folder: Path, **variables: str) -> str:
    """Return all that a command says, which has to end with the exit code 1."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "BATON_"))}
    own |= {"TEMPORAL_ADDRESS": NOWHERE, "NO_COLOR": "1", "COLUMNS": "400"}
    done = subprocess.run(
        [BATON, command], env=own | variables, cwd=folder, capture_output=True, text=True, timeout=WITHIN
    )
    assert done.returncode == 1, done
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"BATON_START_WITHIN": "0"}, f"✗ No Temporal server at {NOWHERE}: run `baton up`, or set TEMPORAL_ADDRESS\n"),
        (
            {"TEMPORAL_ADDRESS": "::::"},
            "✗ TEMPORAL_ADDRESS is ::::, and that can't be an address: invalid target URL: empty host\n",
        ),
        (
            {"TEMPORAL_TLS_CLIENT_CERT_PATH": "/nowhere"},
            "✗ The settings of the connection can't be used, look at TEMPORAL_*: "
            "[Errno 2] No such file or directory: '/nowhere'\n",
        ),
        ({"BATON_POLICIES": "/nowhere"}, "/nowhere:1:1: this is no directory: name the one that holds the policies\n"),
        (
            {"BATON_DEFAULT_POLICY": "gold"},
            "✗ BATON_DEFAULT_POLICY is gold, but there are only assisted, complete, flat, queued, skill_based, "
            "tiered, vip\n",
        ),
        (
            {"BATON_LOG_LEVEL": "loud"},
            "✗ BATON_LOG_LEVEL: Input should be 'DEBUG', 'INFO', 'WARNING', 'ERROR' or 'CRITICAL'\n",
        ),
        ({"BATON_HTTP_PORT": "99999"}, "✗ BATON_HTTP_PORT: Input should be less than or equal to 65535\n"),
        (
            {"BATON_PROMETHEUS": "here"},
            "✗ Metrics can't be served, look at BATON_PROMETHEUS: "
            "Invalid Prometheus address: invalid socket address syntax.\n",
        ),
    ],
)
def test_a_worker_that_cant_start(variables: dict[str, str], sentence: str, tmp_path: Path) -> None:
    """A worker that can't start says in one sentence what is wrong."""
    assert said("worker", tmp_path, **variables) == sentence


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("hello", f"✗ BATON_DATABASE_URL is not the address of a database: {ADDRESS}\n"),
        ("mysql://a:b@127.0.0.1:9/x", f"✗ BATON_DATABASE_URL is not the address of a database: {ADDRESS}\n"),
        (
            "postgresql://a:secret@127.0.0.1:9/x",
            "✗ The database can't be used, look at BATON_DATABASE_URL: [Errno 111] Connect call failed "
            "('127.0.0.1', 9). If its user may not change tables, run `baton migrate` as a user who may.\n",
        ),
        (
            "sqlite:////proc/x/b.db",
            f"✗ The database file /proc/x/b.db can't be used (No such file or directory): {FILE}\n",
        ),
        ("sqlite:////tmp", f"✗ The database file /tmp can't be used (unable to open database file): {FILE}\n"),
        ("sqlite:////etc/passwd", f"✗ The database file /etc/passwd can't be used (file is not a database): {FILE}\n"),
    ],
)
def test_a_database_that_cant_be_used(address: str, sentence: str, tmp_path: Path) -> None:
    """A database that can't be used is answered with one sentence, without its password."""
    assert said("migrate", tmp_path, BATON_DATABASE_URL=address) == sentence
