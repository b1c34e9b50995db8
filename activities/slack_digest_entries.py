"""Notifications on their way into the digests: written many at once, as they come.

Promises that whoever waits hears when theirs is written, and that one call of the database serves everybody who came
while the one before it was under way: in a flood each call costs the same few milliseconds, however many it is for.
Must not know what a digest looks like.
"""

import asyncio

from activities.slack_digest_message import Entry
from activities.slack_digest_store import DigestStore

_AT_ONCE = 200


class Entries:
    """Those that wait to be written, in the order in which they came."""

    def __init__(self, store: DigestStore) -> None:
        self._store = store
        self._waiting: dict[str, tuple[Entry, asyncio.Future[None]]] = {}
        self._writing: asyncio.Task[None] | None = None

    async def add(self, entry: Entry) -> None:
        """Returns once it is written. Raises what the database raised."""
        if entry.key not in self._waiting:
            self._waiting[entry.key] = entry, asyncio.get_running_loop().create_future()
        written = self._waiting[entry.key][1]
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await asyncio.shield(written)

    def forget(self, key: str) -> bool:
        """Whether it still waited, and will not be written; one that is under way will be, perhaps."""
        return self._waiting.pop(key, None) is not None

    async def _write(self) -> None:
        while self._waiting:
            keys = list(self._waiting)[:_AT_ONCE]
            batch = [self._waiting.pop(key) for key in keys]
            try:
                await self._store.add([entry for entry, _ in batch])
            except Exception as error:  # each of those who wait raises it as its own
                for _, written in batch:
                    written.set_exception(error)
                    written.exception()  # seen, where nobody waits for it any more
            else:
                for _, written in batch:
                    written.set_result(None)
