"""What a worker remembers of its own doings: the latest ten thousand, so that it may run for ever.

Must not know what is remembered.
"""

from collections import OrderedDict
from typing import TypeVar

Value = TypeVar("Value")
_REMEMBERED = 10_000


class Recent(OrderedDict[str, Value]):
    """By key. Whoever is set again is the latest again."""

    def __setitem__(self, key: str, value: Value) -> None:
        """Remember it, and forget the oldest where there are too many."""
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > _REMEMBERED:
            self.popitem(last=False)
