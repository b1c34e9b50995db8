"""Automatic replies to one customer in all their conversations: one for each rule in 24 hours.

Promises that of two conversations that would reply at the same moment one does; that a repeat of the same effect finds
its own claim; and that claims older than a day are forgotten. Must not know any helpdesk.
"""

from hashlib import sha256

from sqlalchemy import Column, Index, Table, delete
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.database.statements import write
from activities.database.tables import InstantColumn, WordsColumn, insert_into, metadata
from activities.effects.errors import permanent
from policies.running.automatic_replies import ONCE_IN
from policies.state.effects import SendReply

_ATTEMPTS = 4
"""Attempts after which the reply is not sent: the database is away for longer than a moment."""
AWAY = "not sent, because the database can't be asked whether this customer had the same reply within 24 hours"

automatic_replies = Table(
    "automatic_replies",
    metadata,
    # A digest of customer and rule: no row says which customer it is about.
    Column("claim", WordsColumn, primary_key=True),
    Column("key", WordsColumn, nullable=False),
    Column("at", InstantColumn, nullable=False),
    Index("automatic_replies_at", "at"),
)


class RepliesSent:
    """The replies that customers had within a day."""

    def __init__(self, store: AsyncEngine) -> None:
        self._store = store

    async def may_send(self, effect: SendReply) -> bool:
        """Claim the reply for this effect, where it has a limit; False where another conversation has it.

        Raises where the database can't be asked, for good after a few attempts: a late automatic reply is worse than
        none.
        """
        if not effect.customer:
            return True
        try:
            return await self._claim(effect)
        except Exception:
            if activity.info().attempt < _ATTEMPTS:
                raise
            raise permanent(AWAY) from None

    async def _claim(self, effect: SendReply) -> bool:
        claim = sha256("\0".join((effect.customer, effect.rule)).encode(errors="replace")).hexdigest()
        table = automatic_replies.c
        inserting = insert_into(automatic_replies, self._store).values(claim=claim, key=effect.key, at=effect.due_at)
        mine = inserting.on_conflict_do_update(
            index_elements=["claim"], set_={"at": effect.due_at}, where=table.key == effect.key
        )
        return await write(self._store, delete(automatic_replies).where(table.at <= effect.due_at - ONCE_IN), mine) > 0
