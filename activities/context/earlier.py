"""Baton's own source: the customer's other conversations, open or closed not long ago.

Promises the open ones first, then those that changed last. A conversation is known here once its first lines are in the
ledger: with its first deadline, its 25th line or its end, whichever comes first. Must not know who asks.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.context.port import Subject
from activities.database.statements import records
from activities.ledger.customer_tables import customer_conversations, key_of
from policies.state.context import EARLIER, Context, Earlier

_TABLE = customer_conversations.c
_OVER = ("resolved", "merged")


class EarlierConversations:
    """The customer's conversations, as the ledger knows them."""

    name = "earlier conversations"
    is_external = False

    def __init__(self, store: AsyncEngine, *, within: float = 0.2) -> None:
        self.within = within
        self._store = store

    async def look_up(self, subject: Subject) -> Context:
        """Return as many conversations as a briefing shows; none where the customer's id is not known."""
        if not subject.customer.id:
            return Context()
        query = (
            select(customer_conversations)
            .where(_TABLE.customer_id == key_of(subject.customer.id))
            .where(_TABLE.conversation_id != subject.conversation_id)
            .order_by(_TABLE.status.in_(_OVER), _TABLE.changed_at.desc(), _TABLE.conversation_id)
            .limit(EARLIER)
        )
        return Context(earlier=tuple(await records(self._store, Earlier, query)))
