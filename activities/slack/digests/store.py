"""Stores which notifications are in which digest, and which worker may change a channel's digests now.

Promises that a key is an entry once and in one digest only, whichever process dies when; and that one worker at a time
changes the digests of a channel. Must not send anything.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Float, delete, insert, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.database.tables import insert_into, to_its_end
from activities.slack.digests.message import ENTRIES, DigestEntry, room
from activities.slack.rendering.text import Links
from activities.slack.tables import slack_digest_entries, slack_digests, slack_writers
from activities.slack.workspace import MessagePlace

_BEGUN_WITHIN = timedelta(minutes=10)
"""The age up to which a digest takes new entries. Changing a message alerts nobody, so later entries begin a new
one."""

_ENTRY = slack_digest_entries.c
_DIGEST = slack_digests.c


class Digest(BaseModel):
    """One message that lists many notifications."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    target: str
    number: int
    begun_at: AwareDatetime
    channel: str = ""
    ts: str = ""
    is_tried: bool = False
    is_closed: bool = False

    @property
    def place(self) -> MessagePlace | None:
        """The digest's place; None where it has not been posted, or its place was not recorded."""
        return MessagePlace(self.channel, self.ts) if self.ts else None


class DigestStore:
    """The tables of digests in `activities.slack.tables`."""

    def __init__(self, engine: AsyncEngine, links: Links) -> None:
        self._engine = engine
        self._links = links

    @to_its_end
    async def has(self, key: str) -> bool:
        """Return whether the notification is an entry, shown or not."""
        async with self._engine.connect() as connection:
            return (await connection.execute(select(_ENTRY.key).where(_ENTRY.key == key))).first() is not None

    @to_its_end
    async def add(self, entries: Mapping[str, DigestEntry]) -> Mapping[str, None]:
        """Make the notifications entries, except those that are entries already."""
        adding = insert_into(slack_digest_entries, self._engine).on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            await connection.execute(adding, [dict(entry) for entry in entries.values()])
        return {}

    @to_its_end
    async def take_back(self, key: str) -> bool:
        """Remove an entry that is in no digest. Return False where a digest lists it, and it stays."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(slack_digest_entries).where(_ENTRY.key == key, _ENTRY.digest == ""))
            return (await connection.execute(select(_ENTRY.key).where(_ENTRY.key == key))).first() is None

    @to_its_end
    async def withdraw(self, keys: Iterable[str]) -> None:
        """Forget entries that people have not seen: Slack has refused them for good, and others were told instead."""
        async with self._engine.begin() as connection:
            unseen = _ENTRY.key.in_(list(keys)), _ENTRY.shown.is_(False)
            await connection.execute(delete(slack_digest_entries).where(*unseen))

    @to_its_end
    async def shown(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the keys that people can see now, each with its place."""
        query = (
            select(_ENTRY.key, _DIGEST.channel, _DIGEST.ts)
            .join(slack_digests, _DIGEST.id == _ENTRY.digest)
            .where(_ENTRY.key.in_(list(keys)), _ENTRY.shown.is_(True))
        )
        async with self._engine.connect() as connection:
            return {row.key: str(MessagePlace(row.channel, row.ts)) for row in await connection.execute(query)}

    @to_its_end
    async def set_outcome(self, run: str, text: str) -> list[tuple[str, str]]:
        """Write the outcome on a run's entries. Return the target and key of all of them."""
        of_run = _ENTRY.run == run
        changing = update(slack_digest_entries).where(of_run, _ENTRY.outcome != text)
        async with self._engine.begin() as connection:
            await connection.execute(changing.values(outcome=text, shown=False))
            found = await connection.execute(select(_ENTRY.target, _ENTRY.key).where(of_run))
            return [(row.target, row.key) for row in found]

    @to_its_end
    async def may_write(self, target: str, holder: str, seconds: float) -> bool:
        """Ask for the right to change a channel's digests, or keep it. Other workers get it after `seconds`."""
        now, table = self._now(), slack_writers
        asking = insert_into(table, self._engine).values(target=target, holder=holder, until=now + seconds)
        free = or_(table.c.holder == holder, table.c.until < now)
        taking = asking.on_conflict_do_update(
            index_elements=[table.c.target], set_={"holder": holder, "until": now + seconds}, where=free
        )
        async with self._engine.begin() as connection:
            return (await connection.execute(taking)).rowcount > 0

    @to_its_end
    async def next_to_show(self, target: str) -> tuple[Digest, list[DigestEntry]] | None:
        """Return the next digest to show, with its entries, calls first; None where all are shown.

        Only the worker that may write to the channel may ask.
        """
        async with self._engine.begin() as connection:
            waiting = await _entries(connection, _waiting(target).limit(ENTRIES))
            new = [entry for entry in waiting if not entry.digest]
            if new:
                digest, there = await self._with_room(connection, target, new)
                new = new[: room(there, new, self._links)]
                joining = update(slack_digest_entries).where(_ENTRY.key.in_([entry.key for entry in new]))
                await connection.execute(joining.values(digest=digest.id))
                return digest, [*there, *new]
            if not waiting:
                return None
            changed = await _digest(connection, _DIGEST.id == waiting[0].digest)
            assert changed is not None
            return changed, await _entries(connection, _of(changed))

    async def _with_room(
        self, connection: AsyncConnection, target: str, new: Sequence[DigestEntry]
    ) -> tuple[Digest, list[DigestEntry]]:
        latest = await _digest(connection, _DIGEST.target == target)
        if latest is not None and not latest.is_closed and new[0].at - latest.begun_at < _BEGUN_WITHIN:
            there = await _entries(connection, _of(latest))
            if room(there, new[:1], self._links):
                return latest, there
        number = latest.number + 1 if latest else 1
        begun = Digest(id=f"{target}/digest-{number}", target=target, number=number, begun_at=new[0].at)
        await connection.execute(insert(slack_digests).values(**dict(begun)))
        return begun, []

    @to_its_end
    async def change(self, digest: Digest, **values: Any) -> None:
        """Record where the digest was posted, or that a worker `is_tried` to: it is looked for first from now on."""
        async with self._engine.begin() as connection:
            await connection.execute(update(slack_digests).where(_DIGEST.id == digest.id).values(**values))

    @to_its_end
    async def is_shown(self, entries: Sequence[DigestEntry]) -> None:
        """Record that people see these entries now, with the outcomes given here."""
        by_outcome: dict[str, list[str]] = defaultdict(list)
        for entry in entries:
            if not entry.shown:
                by_outcome[entry.outcome].append(entry.key)
        async with self._engine.begin() as connection:
            for outcome, keys in by_outcome.items():
                as_read = _ENTRY.key.in_(keys), _ENTRY.outcome == outcome
                await connection.execute(update(slack_digest_entries).where(*as_read).values(shown=True))

    @to_its_end
    async def close(self, digest: Digest) -> None:
        """Record that the digest can no longer be changed: its entries that are not shown go into another one."""
        async with self._engine.begin() as connection:
            await connection.execute(update(slack_digests).where(_DIGEST.id == digest.id).values(is_closed=True))
            left = _ENTRY.digest == digest.id, _ENTRY.shown.is_(False)
            await connection.execute(update(slack_digest_entries).where(*left).values(digest=""))

    def _now(self) -> ColumnElement[float]:
        # The database's clock: the workers' own clocks may differ, and the server's jumps ahead in tests and
        # demonstrations.
        is_sqlite = self._engine.dialect.name == "sqlite"
        sqlite, postgresql = "(julianday('now') - 2440587.5) * 86400.0", "extract(epoch from clock_timestamp())"
        return literal_column(sqlite if is_sqlite else postgresql, Float())


def _waiting(target: str) -> Any:
    unseen = slack_digest_entries.select().where(_ENTRY.target == target, _ENTRY.shown.is_(False))
    return unseen.order_by(_ENTRY.digest != "", _ENTRY.is_page.desc(), _ENTRY.at, _ENTRY.key)


def _of(digest: Digest) -> Any:
    return slack_digest_entries.select().where(_ENTRY.digest == digest.id).order_by(_ENTRY.at, _ENTRY.key)


async def _entries(connection: AsyncConnection, query: Any) -> list[DigestEntry]:
    return [DigestEntry.model_validate(dict(row)) for row in (await connection.execute(query)).mappings()]


async def _digest(connection: AsyncConnection, where: ColumnElement[bool]) -> Digest | None:
    query = slack_digests.select().where(where).order_by(_DIGEST.number.desc()).limit(1)
    row = (await connection.execute(query)).mappings().first()
    return Digest.model_validate(dict(row)) if row else None
