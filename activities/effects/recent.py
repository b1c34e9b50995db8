"""A worker's memory of its latest ten thousand doings; bounded, because a worker may run for months.

Must not know what is remembered.
"""

from typing import TypeVar

from cachetools import FIFOCache

Value = TypeVar("Value")
_REMEMBERED = 10_000


class Recent(FIFOCache[str, Value]):
    """The latest values by their keys. A key that is set again counts as the latest."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        super().__init__(_REMEMBERED)
