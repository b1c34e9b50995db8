"""The injector: functions of ours that raise, each in the workflows that it is broken for and in no other.

The one exception to "no mock of our own": nothing else can have today's code fail where it does not.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
    """Functions that raise in a workflow: in its run `run_id` after so many events, in all others from the start.

    A worker that plays the history of what went well before has to come to the same.
    """

    functions: Sequence[str]
    run_id: str = ""
    after: int = 0

    @property
    def is_now(self) -> bool:
        """Whether the workflow has come to where they raise."""
        info = workflow.info()
        return info.run_id != self.run_id or info.get_current_history_length() > self.after


class Breaking:
    """Which functions raise in which workflow, by the workflow's id.

    `calls` counts how often each function was called in a workflow, `hit` has those that raised in one.
    """

    def __init__(self) -> None:
        self.broken: dict[str, Broken] = {}
        self.calls: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.hit: set[tuple[str, str]] = set()

    @contextmanager
    def breakable(self, functions: Iterable[Reached]) -> Iterator[None]:
        """While this lasts, these functions raise where `broken` says so."""
        with ExitStack() as stack:
            for function in functions:
                stack.enter_context(self._patched(function, function.module, function.known_as))
                if function.module in BEGINNINGS:  # the sandbox loads these anew, from where the function is at home
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
