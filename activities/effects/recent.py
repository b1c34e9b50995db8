"""A worker's memory of its latest ten thousand doings; bounded, because a worker may run for months.

Must not know what is remembered.
"""

from collections import OrderedDict
from typing import TypeVar

Value = TypeVar("Value")
_REMEMBERED = 10_000


class Recent(OrderedDict[str, Value]):
    """The latest values by their keys. A key that is set again counts as the latest."""

    def __setitem__(self, key: str, value: Value) -> None:
        """Remember the value, and forget the oldest one where there are more than ten thousand."""
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > _REMEMBERED:
            self.popitem(last=False)
