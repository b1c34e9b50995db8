"""All tests, in three processes side by side: stories on one Temporal server, `baton` processes, and the others.

    python -m tests

The first ones mostly wait for the server, the second ones for commands to start, and the others compute; one after
the other they leave a core idle. Promises that every test runs in exactly one of them, that their output does not mix,
and an exit code other than 0 where one failed. To choose tests, call pytest itself.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

TESTS = Path(__file__).parent
ON_THE_SERVER = ("stories",)
"""Folders that live on the session's server. Elsewhere some tests want one, too: they have one of their own."""
WHOLE_PROCESSES = ("worker", "contract", "faults")


def main() -> int:
    """Show the first process as it goes on, the others afterwards; the first exit code that is not 0."""
    with tempfile.TemporaryFile("w+") as whole, tempfile.TemporaryFile("w+") as rest:
        processes = [
            _pytest(_folders(ON_THE_SERVER), None),
            _pytest(_folders(WHOLE_PROCESSES), whole),
            _pytest(_the_rest(), rest),
        ]
        codes = _ended(processes)
        for output in (whole, rest):
            output.seek(0)
            print(output.read(), flush=True)
    return next((code for code in codes if code), 0)


def _ended(processes: Sequence["subprocess.Popen[bytes]"]) -> Sequence[int]:
    """The exit codes. Ctrl-C reaches every process by itself, and each says what it had found."""
    while True:
        try:
            return [process.wait() for process in processes]
        except KeyboardInterrupt:
            continue


def _folders(names: Sequence[str]) -> Sequence[str]:
    return [str(TESTS / name) for name in names]


def _the_rest() -> Sequence[str]:
    return [str(TESTS), *(f"--ignore={folder}" for folder in _folders((*ON_THE_SERVER, *WHOLE_PROCESSES)))]


def _pytest(folders: Sequence[str], output: IO[str] | None) -> "subprocess.Popen[bytes]":
    colour = ("--color=yes",) if sys.stdout.isatty() else ()
    return subprocess.Popen([sys.executable, "-m", "pytest", *colour, *folders], stdout=output, stderr=output)


if __name__ == "__main__":
    sys.exit(main())
