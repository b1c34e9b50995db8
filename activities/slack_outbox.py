"""What was sent to Slack, or would have been: one row a message, by its idempotency key.

Promises that a key is kept once. Must not send anything.
"""

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.accepted import server_now
from activities.tables import insert_into, slack_outbox, to_its_end
from policies.effects import Notify


class RecordedMessage(BaseModel):
    """A message as people see it, or would."""

    model_config = ConfigDict(frozen=True)

    key: str
    target: str
    text: str
    blocks: list[dict[str, Any]]
    at: AwareDatetime


class SlackOutbox:
    """The table `slack_outbox`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @to_its_end
    async def has(self, key: str) -> bool:
        """Whether a message of that key was kept."""
        query = select(slack_outbox.c.key).where(slack_outbox.c.key == key)
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).first() is not None

    @to_its_end
    async def keep(self, effect: Notify, text: str, blocks: list[dict[str, Any]]) -> bool:
        """Keep a message; False where its key is there already."""
        message = RecordedMessage(key=effect.key, target=effect.target, text=text, blocks=blocks, at=server_now())
        keeping = insert_into(slack_outbox, self._engine).values(**dict(message)).on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            return (await connection.execute(keeping)).rowcount > 0

    @to_its_end
    async def messages(self) -> list[RecordedMessage]:
        """Everything kept, the oldest first."""
        query = select(slack_outbox).order_by(slack_outbox.c.at, slack_outbox.c.key)
        async with self._engine.connect() as connection:
            return [RecordedMessage.model_validate(dict(row)) for row in (await connection.execute(query)).mappings()]
