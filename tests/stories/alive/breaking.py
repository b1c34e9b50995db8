"""The injector: functions of Baton's own that raise in chosen workflows, and work in all others.

It patches our own code, which no other test may do: nothing else makes today's code fail where it does not.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from typing import Any
from unittest.mock import patch

from temporalio import workflow

from tests.reached import BEGINNINGS, Reached


@dataclass(frozen=True)
class Broken:
    """Functions that raise in one workflow: in its run `run_id` after so many events, in its other runs from the start.

    Counting events lets a worker that replays the history before the fault reach the same commands as the first worker.
    """

    functions: Sequence[str]
    run_id: str = ""
    after: int = 0

    @property
    def is_now(self) -> bool:
        """Return whether the running workflow has reached the point from which on the functions raise."""
        info = workflow.info()
        return info.run_id != self.run_id or info.get_current_history_length() > self.after


class Breaking:
    """The broken functions of each workflow, by the workflow's id.

    `calls` counts how often each function was called in a workflow; `hit` holds (workflow id, function) for each raise.
    """

    def __init__(self) -> None:
        self.broken: dict[str, Broken] = {}
        self.calls: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.hit: set[tuple[str, str]] = set()

    @contextmanager
    def breakable(self, functions: Iterable[Reached]) -> Iterator[None]:
        """Make these functions raise where `broken` says so, until the block ends."""
        with ExitStack() as stack:
            for function in functions:
                stack.enter_context(self._patched(function, function.module, function.known_as))
                if function.module in BEGINNINGS:  # the sandbox loads these anew, from their own module
                    stack.enter_context(self._patched(function, function.home, function.name))
            yield

    def _patched(self, function: Reached, module: str, name: str) -> Any:
        original = getattr(import_module(module), name)
        known = str(function)

        @wraps(original)
        def breakable(*args: Any, **kwargs: Any) -> Any:
            if workflow.in_workflow():
                self._called(known, workflow.info().workflow_id)
            return original(*args, **kwargs)

        return patch.object(import_module(module), name, breakable)

    def _called(self, function: str, id: str) -> None:
        self.calls[id][function] += 1
        broken = self.broken.get(id)
        if broken and function in broken.functions and broken.is_now:
            self.hit.add((id, function))
            raise RuntimeError("a bug of ours")


@contextmanager
def raising(module: Any, name: str, on: Callable[..., bool]) -> Iterator[None]:
    """Make one function raise where `on` is true for its arguments, until the block ends."""
    original = getattr(module, name)

    def broken(*args: Any, **kwargs: Any) -> Any:
        if on(*args, **kwargs):
            raise RuntimeError("a bug of ours")
        return original(*args, **kwargs)

    with patch.object(module, name, broken):
        yield
