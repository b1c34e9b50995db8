"""Many small questions to a database, asked together: whoever comes while a call is under way is part of the next.

Promises that each hears of its own answer, and that in a flood the database gets few calls, however many want
something: on a busy worker a call costs milliseconds of waiting, whatever it is for. Must not know what is asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")
_AT_ONCE = 200


class BatchedLookup(Generic[Item, Answer]):
    """Questions by their keys, in the order in which they came; the same key is asked once for all."""

    def __init__(self, call: Callable[[Mapping[str, Item]], Awaitable[Mapping[str, Answer]]]) -> None:
        self._call = call
        self._waiting: dict[str, tuple[Item, asyncio.Future[Answer | None]]] = {}
        self._under_way: frozenset[str] = frozenset()
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, key: str, item: Item) -> Answer | None:
        """The answer for that key, None where the call gave none. Raises what the call raised."""
        if key not in self._waiting:
            self._waiting[key] = item, asyncio.get_running_loop().create_future()
        answer = self._waiting[key][1]
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_all())
        return await asyncio.shield(answer)

    def forget(self, key: str) -> bool:
        """Whether it was still waiting, and will not be asked; of one under way nobody knows."""
        item, answer = self._waiting.pop(key, (None, None))
        if answer is not None:
            answer.set_exception(TimeoutError())
            answer.exception()  # seen, where nobody else waits for it
        return item is not None or answer is not None

    def is_under_way(self, key: str) -> bool:
        """Whether it has been asked, and not answered yet."""
        return key in self._under_way

    async def _ask_all(self) -> None:
        while self._waiting:
            batch = {key: self._waiting.pop(key) for key in list(self._waiting)[:_AT_ONCE]}
            self._under_way = frozenset(batch)
            try:
                answers = await self._call({key: item for key, (item, _) in batch.items()})
            except Exception as error:  # each of those who wait raises it as its own
                for _, answer in batch.values():
                    answer.set_exception(error)
                    answer.exception()  # seen, where nobody waits for it any more
            else:
                for key, (_, answer) in batch.items():
                    answer.set_result(answers.get(key))
            self._under_way = frozenset()
