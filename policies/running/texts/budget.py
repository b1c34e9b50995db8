"""The budget for filling in one text: how much work it may be, and how much each filter, method and operator adds.

Promises that work is counted from the sizes of values before anything is done with them, so that a replay decides
alike; no clock is read. Must not know how templates are compiled (`sandbox`).
"""

from collections.abc import Mapping
from typing import Any

from policies.running.texts.growth import CHARACTERS, FILTERS, METHODS, READS_ENTRIES, formatted, size_of

STEPS = 20_000
"""The most steps of filling in one text: each filter, call and turn of a loop is at least one; some 100 ms at worst."""
BITS = 4_096
"""The most bits of a whole number."""
DEPTH = 20
"""The most calls inside each other, such as macros that call macros."""


class BudgetError(Exception):
    """The error where filling in a text is too much work; a sentence for the policy's author."""


class Budget:
    """The work that filling in one text may still do."""

    def __init__(self) -> None:
        self.left = STEPS
        self.depth = 0

    def take(self, steps: int) -> None:
        """Count work before it is done. Raises `BudgetError`."""
        self.left -= steps
        if self.left < 0:
            raise BudgetError(
                f"the text takes more than {STEPS:,} steps to fill in: use shorter loops, repeat less, or write less"
            )

    def take_value(self, value: Any) -> Any:
        """Count a value that was made, and return it. Raises `BudgetError`."""
        if isinstance(value, int) and value.bit_length() > BITS:
            raise BudgetError(f"a whole number has at most {BITS:,} bits in a text: use smaller powers")
        if not isinstance(value, range):
            self.take(size_of(value, self.left))
        return value


def filter_steps(name: str, value: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> int:
    """Return the steps that a filter takes on a value."""
    steps = 1 + size_of((value, *arguments, *named.values()))
    if name in READS_ENTRIES and isinstance(value, str):
        steps += len(value)
    grows = FILTERS.get(name)
    return steps if grows is None else steps + grows(value, *arguments, **named) // CHARACTERS


def call_steps(called: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> int:
    """Return the steps of calling a function, a macro or a method of a value. Raises `BudgetError` for bytes."""
    method = getattr(called, "__wrapped__", called)
    owner, name = getattr(method, "__self__", None), str(getattr(method, "__name__", ""))
    named = {key: value for key, value in named.items() if not key.startswith("_")}  # Jinja adds its own
    steps = 1 + size_of((owner, *arguments, *named.values()))
    if isinstance(owner, bytes):
        raise BudgetError("bytes are not read here: leave `encode` out")
    if not isinstance(owner, str | int):
        return steps
    grows = METHODS.get(name)
    return steps if grows is None else steps + grows(owner, *arguments, **named) // CHARACTERS


def operator_steps(operator: str, left: Any, right: Any) -> int:
    """Return the steps that an operator takes. Raises `BudgetError` for a power that no text needs."""
    match operator, left, right:
        case "*", int(), str() | list() | tuple():
            return 1 + _repeated(right, left)
        case "*", str() | list() | tuple(), int():
            return 1 + _repeated(left, right)
        case "**", int(), int() if left.bit_length() * abs(right) > BITS:
            raise BudgetError(f"a power has at most {BITS:,} bits in a text: use a smaller one")
        case "%", str(), _:
            values: tuple[Any, ...] = right if isinstance(right, tuple) else (right,)
            return 1 + size_of(right) + formatted(left, *values) // CHARACTERS
        case _:
            return 1 + size_of((left, right))


def _repeated(value: Any, times: int) -> int:
    return max(times, 0) * (len(value) if isinstance(value, str) else CHARACTERS * size_of(value)) // CHARACTERS
