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

from policies import consequences
from tests.reached import Reached


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
        steps = consequences.STEPS
        with ExitStack() as stack:
            for function in functions:
                module = import_module(function.module)
                original = getattr(module, function.known_as)
                breakable = self._breakable(str(function), original)
                stack.enter_context(patch.object(module, function.known_as, breakable))
                steps = tuple(breakable if step is original else step for step in steps)
            stack.enter_context(patch.object(consequences, "STEPS", steps))
            yield

    def _breakable(self, known: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def breakable(*args: Any, **kwargs: Any) -> Any:
            if workflow.in_workflow():
                self._called(known, workflow.info().workflow_id)
            return original(*args, **kwargs)

        return breakable

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
