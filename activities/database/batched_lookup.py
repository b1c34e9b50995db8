"""Collects many small questions to a database: those that come while one call is under way go into the next call.

Promises that each caller gets the answer to its own question, and that even in a flood the database gets few calls: on
a busy worker each call costs milliseconds of waiting, whatever it asks. Must not know what is asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")
_AT_ONCE = 200


class BatchedLookup(Generic[Item, Answer]):
    """Questions by their keys, asked in the order in which they came. Callers with the same key share one question."""

    def __init__(self, call: Callable[[Mapping[str, Item]], Awaitable[Mapping[str, Answer]]]) -> None:
        self._call = call
        self._waiting: dict[str, tuple[Item, asyncio.Future[Answer | None]]] = {}
        self._under_way: frozenset[str] = frozenset()
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, key: str, item: Item) -> Answer | None:
        """Return the answer for that key, None where the call gave none. Raises the error that the call raised."""
        if key not in self._waiting:
            self._waiting[key] = item, asyncio.get_running_loop().create_future()
        answer = self._waiting[key][1]
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_all())
        return await asyncio.shield(answer)

    def forget(self, key: str) -> bool:
        """Withdraw a waiting question; its callers get TimeoutError. Return False where it no longer waits."""
        item, answer = self._waiting.pop(key, (None, None))
        if answer is not None:
            answer.set_exception(TimeoutError())
            answer.exception()  # marks the error as retrieved, so that asyncio does not log it
        return item is not None or answer is not None

    def is_under_way(self, key: str) -> bool:
        """Return whether the question is in the call that runs now."""
        return key in self._under_way

    async def _ask_all(self) -> None:
        while self._waiting:
            batch = {key: self._waiting.pop(key) for key in list(self._waiting)[:_AT_ONCE]}
            self._under_way = frozenset(batch)
            try:
                answers = await self._call({key: item for key, (item, _) in batch.items()})
            except Exception as error:  # every caller that waits gets it
                for _, answer in batch.values():
                    answer.set_exception(error)
                    answer.exception()  # marks the error as retrieved; callers may have gone
            else:
                for key, (_, answer) in batch.items():
                    answer.set_result(answers.get(key))
            self._under_way = frozenset()
