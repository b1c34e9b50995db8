"""All tests in two processes side by side: those that share one Temporal server, and the others.

    python -m tests

The first ones mostly wait for the server and for each other, the others compute; one after the other they would take
almost twice as long. Promises that every test runs in exactly one of the two, that their output does not mix, and an
exit code other than 0 where either failed. To choose tests, call pytest itself.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

TESTS = Path(__file__).parent
ON_THE_SERVER = ("stories", "contract", "faults")
"""Folders that live on the session's server. Elsewhere a few tests want one, too: they have one of their own."""


def main() -> int:
    """Show the first process as it goes on, the other one afterwards; the first exit code that is not 0."""
    colour = ("--color=yes",) if sys.stdout.isatty() else ()
    with tempfile.TemporaryFile("w+") as kept:
        others = subprocess.Popen(_pytest(*colour, *_others()), stdout=kept, stderr=subprocess.STDOUT)
        try:
            first = subprocess.call(_pytest(*(str(TESTS / folder) for folder in ON_THE_SERVER)))
            second = others.wait()
        except KeyboardInterrupt:  # the terminal has told both
            others.wait()
            return 130
        kept.seek(0)
        print(kept.read(), flush=True)
    return first or second


def _others() -> Sequence[str]:
    return [str(TESTS), *(f"--ignore={TESTS / folder}" for folder in ON_THE_SERVER)]


def _pytest(*arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", "pytest", *arguments]


if __name__ == "__main__":
    sys.exit(main())
