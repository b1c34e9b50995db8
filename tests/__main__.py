"""All tests, in four processes side by side: stories on a Temporal server, `baton` processes, the core, and the rest.

    python -m tests
    python -m tests --slow      # the slow tests, in the same four
    python -m tests --failed    # only those that failed the last time; --slow --failed: of the slow ones

The stories mostly wait for the server, the tests of `baton` processes wait for commands to start, and the others
compute, most of them in the core; one after the other they would leave a processor idle. Promises that every test runs
in exactly one process, that their output does not mix, and that the exit code is not 0 where a test failed. To choose
tests, call pytest itself.
"""

import importlib
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest

TESTS = Path(__file__).parent
ON_THE_SERVER = ("stories", "browser", "workflows/waits")
"""The folders whose tests live on the session's server."""
WHOLE_PROCESSES = ("worker", "contract", "faults", "deploy", "stories/audit", "activities/insight/test_tagger.py")
"""The folders whose tests start commands, whole workers or servers; and the tagger's tests, because both those of the
worker and those of activities train one, and importing scikit-learn takes a second."""
CORE = ("policies",)

_NOTHING_TO_DO = 5
"""The exit code of pytest where no test was chosen."""
_FAILED = ("--last-failed", "--last-failed-no-failures=none")
_SLOW = ("-m", "slow and not soak")


def main() -> int:
    """Show the first process as it goes on, the others afterwards, and return the first exit code that is not 0."""
    is_slow, is_of_failed = "--slow" in sys.argv, "--failed" in sys.argv
    chosen = [*(_SLOW if is_slow else ()), *(_FAILED if is_of_failed else ())]
    processes = _processes()
    with ExitStack() as stack:
        outputs = [None, *(stack.enter_context(tempfile.TemporaryFile("w+")) for _ in range(len(processes) - 1))]
        children = [
            _pytest(f"slow-{name}" if is_slow else name, [*chosen, *folders], output)
            for (name, folders), output in zip(processes.items(), outputs, strict=True)
        ]
        codes = [_ended(child) for child in children]
        for output in filter(None, outputs):
            output.seek(0)
            print(output.read(), flush=True)
    return next((code for code in codes if code and not (is_of_failed and code == _NOTHING_TO_DO)), 0)


def _processes() -> dict[str, Sequence[str]]:
    """Return what each process is given, by the name of its cache."""
    return {
        "stories": [*_folders(ON_THE_SERVER), *_without(WHOLE_PROCESSES)],
        "processes": _folders(WHOLE_PROCESSES),
        "core": _folders(CORE),
        "rest": [str(TESTS), *_without((*ON_THE_SERVER, *WHOLE_PROCESSES, *CORE))],
    }


def _ended(child: int) -> int:
    """Return the exit code. Ctrl-C reaches every process by itself, and each prints what it had found."""
    while True:
        try:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        except KeyboardInterrupt:
            continue


def _folders(names: Sequence[str]) -> Sequence[str]:
    return [str(TESTS / name) for name in names]


def _without(names: Sequence[str]) -> Sequence[str]:
    return [f"--ignore={folder}" for folder in _folders(names)]


def _pytest(name: str, arguments: Sequence[str], output: IO[str] | None) -> int:
    """Run pytest in a copy of this process, which has imported Baton, and return its process id.

    Each has a cache of its own, so that it remembers its own failures.
    """
    colour = ("--color=yes",) if sys.stdout.isatty() else ()
    if child := os.fork():
        return child
    for stream in (1, 2) if output else ():
        os.dup2(output.fileno(), stream)
    sys.exit(pytest.main([*colour, "-o", f"cache_dir=.pytest_cache/{name}", *arguments]))


if __name__ == "__main__":
    # Bytecode is kept, whatever the environment says: else each `baton` command that a test starts would compile all
    # modules again, and pytest all tests.
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""
    sys.dont_write_bytecode = False
    importlib.import_module("worker.serving")
    sys.exit(main())
