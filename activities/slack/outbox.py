"""The messages that were sent to Slack, or would have been: one row for each idempotency key, with the message's place.

Promises that a key is kept once, and that a channel which keeps its messages here, too, gets back only its own. Must
not send anything.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.batched_lookup import BatchedLookup
from activities.database.tables import insert_into, slack_outbox, to_its_end
from activities.effects.accepted import server_now
from activities.slack.workspace import MessagePlace
from policies.document.channels import OF_PEOPLE
from policies.document.targets import Target

Blocks = list[dict[str, Any]]


class RecordedMessage(BaseModel):
    """A message as people see it, or would see it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    target: str
    text: str
    blocks: list[dict[str, Any]]
    at: AwareDatetime


class SentMessage(RecordedMessage):
    """A message that is on Slack, with the `blocks` it was posted with and the key of the `outcome` it shows now."""

    channel: str
    ts: str
    outcome: str

    @property
    def place(self) -> MessagePlace:
        """The message's place; without a channel where the message was only recorded."""
        return MessagePlace(self.channel, self.ts)


class SlackOutbox:
    """The table `slack_outbox`, as one channel sees it."""

    def __init__(self, engine: AsyncEngine, channel: str = OF_PEOPLE) -> None:
        self._engine = engine
        self._channel = channel
        self._places = BatchedLookup(self._look_up)

    async def place(self, key: str) -> MessagePlace | None:
        """Return the place of the message with that key; None where none was kept."""
        return await self._places.ask(key, None)

    @to_its_end
    async def _look_up(self, keys: Mapping[str, None]) -> Mapping[str, MessagePlace]:
        table = slack_outbox.c
        query = select(table.key, table.channel, table.ts).where(table.key.in_(list(keys)))
        async with self._engine.connect() as connection:
            return {row.key: MessagePlace(row.channel, row.ts) for row in await connection.execute(query)}

    @to_its_end
    async def keep(
        self, key: str, target: str, text: str, blocks: Blocks, *, place: MessagePlace | None = None, run: str = ""
    ) -> bool:
        """Keep a message. Return False where its key is there already."""
        message = {"key": key, "target": target, "text": text, "blocks": blocks, "at": server_now(), "run": run}
        where = {"channel": place.channel, "ts": place.ts} if place else {}
        keeping = insert_into(slack_outbox, self._engine).values(**message, **where).on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            return (await connection.execute(keeping)).rowcount > 0

    @to_its_end
    async def of_run(self, run: str) -> list[SentMessage]:
        """Return the messages by which one run of a ladder has called people on this channel, the oldest first."""
        query = select(slack_outbox).where(slack_outbox.c.run == run).order_by(slack_outbox.c.ts, slack_outbox.c.at)
        async with self._engine.connect() as connection:
            sent = [SentMessage.model_validate(dict(row)) for row in (await connection.execute(query)).mappings()]
        return [message for message in sent if Target.of(message.target).channel == self._channel]

    @to_its_end
    async def listed(self, run: str) -> int:
        """Return how many members of an incident a thread lists: the number at the end of the latest key of `run`."""
        query = select(slack_outbox.c.key).where(slack_outbox.c.run == run)
        async with self._engine.connect() as connection:
            keys = (await connection.execute(query)).scalars()
            return max((int(key.rpartition("-")[2]) for key in keys), default=0)

    @to_its_end
    async def shows(self, key: str, outcome: str) -> None:
        """Remember which outcome a message shows, so that a retry need not change it again."""
        changing = update(slack_outbox).where(slack_outbox.c.key == key).values(outcome=outcome)
        async with self._engine.begin() as connection:
            await connection.execute(changing)

    @to_its_end
    async def number_since(self, target: str, since: datetime, *, pages_only: bool) -> int:
        """Return how many messages a target has had; with `pages_only`, only those that call people."""
        query = select(func.count()).where(slack_outbox.c.target == target, slack_outbox.c.at > since)
        if pages_only:
            query = query.where(slack_outbox.c.run != "")
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).scalar_one()

    @to_its_end
    async def messages(self) -> list[RecordedMessage]:
        """Return all messages kept, the oldest first."""
        query = select(slack_outbox).order_by(slack_outbox.c.at, slack_outbox.c.key)
        async with self._engine.connect() as connection:
            return [RecordedMessage.model_validate(dict(row)) for row in (await connection.execute(query)).mappings()]
