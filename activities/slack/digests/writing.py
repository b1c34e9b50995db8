"""Turns many notifications to one channel into one message that is updated again and again.

Promises that a notification counts as delivered once Slack has accepted a message that lists it; that one call covers
all notifications that wait; and about one call a second for a channel, so that a flood is told as fast as Slack takes
it. Must not know when a notification belongs in a digest.
"""

import asyncio
import time
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError
from temporalio.exceptions import ApplicationError

from activities.database.batched_lookup import BatchedLookup
from activities.effects.errors import RATE_LIMITED, is_permanent, rate_limited
from activities.effects.optional import unless_slow
from activities.effects.recent import Recent
from activities.slack.digests.message import DigestEntry, render
from activities.slack.digests.store import Digest, DigestStore
from activities.slack.errors import (
    DELETED,
    REMEDIES,
    SlackUnavailableError,
    UnreadableAnswerError,
    code_of,
    explained,
    is_rate_limit,
)
from activities.slack.rendering.text import Links
from activities.slack.workspace import MessagePlace, Workspace
from policies.document.targets import Target

EVERY = 1.0
"""Seconds between two calls for one channel: as often as Slack allows posting."""

WRITER_FOR = 15.0
"""Seconds after which another worker goes on for one that has died; longer than Slack's client waits for an answer."""

_WORTH_WAITING = 3.0
"""The most seconds that a notification waits in the worker; for longer the server waits, and occupies none of its
slots."""

STORE_WITHIN, _TURN_WITHIN, _UNWELL_FOR = 5.0, 20.0, 30.0
"""Seconds. Longer than for a message of its own: in a flood the database is slow, but a digest is what ends the
flood."""


class Digests:
    """The digests of all channels, as one worker writes them."""

    def __init__(
        self,
        workspace: Workspace,
        store: DigestStore,
        links: Links,
        *,
        every: float = EVERY,
        writer_for: float = WRITER_FOR,
        store_within: float = STORE_WITHIN,
    ) -> None:
        self._workspace = workspace
        self._store = store
        self._links = links
        self._entries = BatchedLookup(store.add)
        self._me = str(uuid4())
        self._unwell_until = 0.0
        self._written_at = -_UNWELL_FOR
        self._chosen = Recent[None]()
        self._failed = Recent[None]()
        self._every = every
        self._writer_for = writer_for
        self._store_within = store_within
        self._waiting: dict[str, dict[str, asyncio.Future[str]]] = defaultdict(dict)
        self._writing: dict[str, asyncio.Task[None]] = {}
        self._not_before: dict[str, float] = {}

    @property
    def is_well(self) -> bool:
        """True where the database has answered lately: a digest needs it, and no notification should wait for that."""
        return time.monotonic() >= self._unwell_until

    async def has(self, key: str) -> bool:
        """Return whether an earlier attempt chose a digest for that notification, and it stays there.

        While the database is unwell, the entry is taken back instead, and the notification goes out by itself: a write
        that was given up as too slow may have succeeded, and a later digest would list it, too.
        """
        # In a flood the database may be slow, and most retries come to the worker that made the first attempt.
        if key in self._chosen:
            return self.is_well or not await unless_slow(self._take_back(key), True, within=self._store_within)
        return await unless_slow(self._store.has(key), False)

    async def _take_back(self, key: str) -> bool:
        self._entries.forget(key)
        if self._entries.is_under_way(key):
            return False  # an entry that is being written can't be taken back
        is_taken_back = await self._store.take_back(key)
        if is_taken_back:
            self._chosen.pop(key, None)
            for waiting in self._waiting.values():
                waiting.pop(key, None)
        return is_taken_back

    async def add(self, entry: DigestEntry) -> str:
        """Have a digest list the notification. Return the digest's place once people see it there."""
        self._chosen[entry.key] = None
        try:
            async with asyncio.timeout(self._store_within):
                await self._entries.ask(entry.key, entry)
        except (TimeoutError, SQLAlchemyError, OSError) as error:
            if not isinstance(error, TimeoutError) or time.monotonic() - self._written_at > _UNWELL_FOR:
                self._unwell_until = time.monotonic() + _UNWELL_FOR  # dead, not just slow
            if self._entries.forget(entry.key) or not isinstance(error, TimeoutError):
                self._chosen.pop(entry.key, None)  # certainly not written, so it may go out by itself
            raise _explained(error) from error
        self._unwell_until, self._written_at = 0.0, time.monotonic()
        return await self._seen(entry.target, entry.key)

    async def set_outcome(self, run: str, text: str) -> list[str]:
        """Have the digests show the outcome of a run's notifications. Return their places."""
        try:
            found = await self._store.set_outcome(run, text)
        except (SQLAlchemyError, OSError) as error:
            raise _explained(error) from error
        return await asyncio.gather(*(self._seen(target, key) for target, key in found))

    def posted_to(self, target: str) -> None:
        """Record that a message of its own has just gone to a channel, so that Slack would refuse another call now."""
        self._wait_at_least(target, self._every)

    async def _seen(self, target: str, key: str) -> str:
        waiting = self._waiting[target]
        if key not in waiting:
            waiting[key] = asyncio.get_running_loop().create_future()
        if target not in self._writing:
            self._writing[target] = asyncio.create_task(self._write(target))
        # A caller that gives up cancels nothing for the other callers, nor for its own next attempt.
        return await asyncio.shield(waiting[key])

    async def _write(self, target: str) -> None:
        """Write until no notification waits. An error is raised for every notification that waits."""
        waiting = self._waiting[target]
        while waiting:
            has_answered = True
            try:
                await self._pause(target)
                async with asyncio.timeout(_TURN_WITHIN):
                    await self._turn(target)
                    shown = await self._store.shown(list(waiting))
                for key, where in shown.items():
                    if (future := waiting.pop(key, None)) is not None:
                        future.set_result(where)
            except Exception as error:  # every caller that waits gets it
                if isinstance(error, TimeoutError):
                    self._unwell_until = time.monotonic() + _UNWELL_FOR
                await self._fail(target, error)
                # Otherwise a call of ours may still be on its way to Slack, and other workers had better wait.
                has_answered = isinstance(error, ApplicationError)
            if has_answered and not waiting:
                with suppress(SQLAlchemyError, OSError):
                    await self._store.may_write(target, self._me, seconds=0)
        del self._writing[target]

    async def _turn(self, target: str) -> None:
        """Make one call to Slack, if it is this worker's turn; another worker's call may cover these notifications."""
        if not await self._store.may_write(target, self._me, self._writer_for):
            return
        found = await self._store.next_to_show(target)
        if found is None:
            return
        digest, entries = found
        name = Target.of(target).name
        try:
            with explained(target):
                is_shown = await self._show(name, digest, entries)
        except ApplicationError as error:
            if error.type != RATE_LIMITED:
                raise
            asked = (error.next_retry_delay or timedelta(seconds=self._every)).total_seconds()
            self._wait_at_least(target, asked)
            if asked > _WORTH_WAITING:
                raise
            return
        await (self._store.is_shown(entries) if is_shown else self._store.close(digest))

    async def _show(self, name: str, digest: Digest, entries: list[DigestEntry]) -> bool:
        """Show the digest. Return False where its message is gone or stuck, so that another must be begun."""
        text, blocks = render(entries, self._links)
        place = digest.place or await self._left_behind(name, digest)
        if place is None:
            await self._store.change(digest, is_tried=True)
            place = await self._workspace.post(name, text, blocks, digest.id)
            await self._store.change(digest, **place._asdict())
            return True
        try:
            await self._workspace.change(place, text, blocks)
        except (SlackApiError, UnreadableAnswerError) as error:
            code = code_of(error) if isinstance(error, SlackApiError) else ""
            if code in DELETED:
                return False
            if code in REMEDIES or (isinstance(error, SlackApiError) and is_rate_limit(error)):
                raise
            # A digest that could not be changed twice in a row is given up, and a new one lists its entries.
            if digest.id in self._failed:
                return False
            self._failed[digest.id] = None
            raise
        self._failed.pop(digest.id, None)
        return True

    async def _left_behind(self, name: str, digest: Digest) -> MessagePlace | None:
        """Return the place of a digest that an earlier worker posted without recording it; None for none."""
        place = await self._workspace.find(name, digest.id) if digest.is_tried else None
        if place is not None:
            await self._store.change(digest, **place._asdict())
        return place

    async def _pause(self, target: str) -> None:
        seconds = self._not_before.get(target, 0) - time.monotonic()
        if seconds > _WORTH_WAITING:
            raise rate_limited("Slack", timedelta(seconds=round(seconds, 1)))
        await asyncio.sleep(max(seconds, 0))
        self._wait_at_least(target, self._every)

    def _wait_at_least(self, target: str, seconds: float) -> None:
        self._not_before[target] = max(self._not_before.get(target, 0), time.monotonic() + seconds)

    async def _fail(self, target: str, error: Exception) -> None:
        waiting = self._waiting[target]
        if is_permanent(error):
            with suppress(SQLAlchemyError, OSError):
                await self._store.withdraw(list(waiting))
        told = _explained(error) if isinstance(error, (SQLAlchemyError, OSError)) else error
        for future in waiting.values():
            future.set_exception(told)
            future.exception()  # marks the error as retrieved; callers may have gone
        waiting.clear()


def _explained(error: Exception) -> SlackUnavailableError:
    return SlackUnavailableError(f"The database that keeps the digests cannot be reached ({error})")
