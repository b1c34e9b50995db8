"""The injector: functions of `policies` that raise, each in the workflows that it is broken for and in no other.

The one exception to "no mock of our own": nothing else can have today's code fail where it does not.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from importlib import import_module
from typing import Any
from unittest.mock import patch

from temporalio import workflow

from tests.reached import BEGINNINGS, Reached


class Breaking:
    """Which function raises in which workflow, by the workflow's id; `hit` are the workflows in which one raised."""

    def __init__(self) -> None:
        self.broken: dict[str, Reached] = {}
        self.hit: set[str] = set()

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

        @wraps(original)
        def breakable(*args: Any, **kwargs: Any) -> Any:
            if workflow.in_workflow() and self.broken.get(id := workflow.info().workflow_id) is function:
                self.hit.add(id)
                raise RuntimeError("a bug of ours")
            return original(*args, **kwargs)

        return patch.object(import_module(module), name, breakable)
