"""The messages that were sent to Slack, or would have been: one row for each idempotency key, with the message's place.

Promises that a key is kept once, and that a channel which keeps its messages here, too, gets back only its own. Must
not send anything.
"""

from collections.abc import Mapping
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.batched_lookup import BatchedLookup
from activities.database.statements import read, records, write
from activities.database.tables import insert_into, slack_outbox
from activities.effects.accepted import server_now
from activities.slack.rendering.text import Blocks
from activities.slack.workspace import MessagePlace
from policies.document.channels import OF_PEOPLE
from policies.document.targets import Target

_TABLE = slack_outbox.c


class RecordedMessage(BaseModel):
    """A message as people see it, or would see it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    target: str
    text: str
    blocks: Blocks
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

    async def _look_up(self, keys: Mapping[str, None]) -> Mapping[str, MessagePlace]:
        query = select(_TABLE.key, _TABLE.channel, _TABLE.ts).where(_TABLE.key.in_(list(keys)))
        return {row["key"]: MessagePlace(row["channel"], row["ts"]) for row in await read(self._engine, query)}

    async def keep(
        self, key: str, target: str, text: str, blocks: Blocks, *, place: MessagePlace | None = None, run: str = ""
    ) -> bool:
        """Keep a message. Return False where its key is there already."""
        message = {"key": key, "target": target, "text": text, "blocks": blocks, "at": server_now(), "run": run}
        where = {"channel": place.channel, "ts": place.ts} if place else {}
        keeping = insert_into(slack_outbox, self._engine).values(**message, **where).on_conflict_do_nothing()
        return await write(self._engine, keeping) > 0

    async def of_run(self, run: str) -> list[SentMessage]:
        """Return the messages by which one run of a ladder has called people on this channel, the oldest first."""
        query = select(slack_outbox).where(_TABLE.run == run).order_by(_TABLE.ts, _TABLE.at)
        sent = await records(self._engine, SentMessage, query)
        return [message for message in sent if Target.of(message.target).channel == self._channel]

    async def listed(self, run: str) -> int:
        """Return how many members of an incident a thread lists: the number at the end of the latest key of `run`."""
        keys = await read(self._engine, select(_TABLE.key).where(_TABLE.run == run))
        return max((int(row["key"].rpartition("-")[2]) for row in keys), default=0)

    async def shows(self, key: str, outcome: str) -> None:
        """Remember which outcome a message shows, so that a retry need not change it again."""
        await write(self._engine, update(slack_outbox).where(_TABLE.key == key).values(outcome=outcome))

    async def number_since(self, target: str, since: datetime, *, calls_only: bool) -> int:
        """Return how many messages a target has had; with `calls_only`, only those that call people."""
        wanted = [_TABLE.target == target, _TABLE.at > since, *([_TABLE.run != ""] if calls_only else [])]
        (counted,) = await read(self._engine, select(func.count().label("number")).where(*wanted))
        return counted["number"]

    async def messages(self) -> list[RecordedMessage]:
        """Return all messages kept, the oldest first."""
        return await records(self._engine, RecordedMessage, select(slack_outbox).order_by(_TABLE.at, _TABLE.key))
