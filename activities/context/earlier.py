"""Baton's own source: the customer's other conversations, open or closed not long ago.

Promises the open ones first, then those that changed last, all by one query. A conversation is known here once its
first lines are in the ledger: with its first deadline, its 25th line or its end, whichever comes first. Must not know
who asks.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import RowMapping, case, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.context.port import Subject
from activities.database.statements import read
from activities.ledger.customer_tables import customer_conversations, key_of
from policies.handoff.gist import is_the_same
from policies.state.context import EARLIER, Context, Earlier, Volume

_TABLE = customer_conversations.c
_OVER = ("resolved", "merged")
_LATELY = timedelta(days=30)
_LOOKED_THROUGH = 100
"""The most conversations of a customer that are compared with the present one."""


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
        since, before = subject.asked_at - _LATELY, subject.asked_at - 2 * _LATELY
        began = _TABLE.opened_at
        lately = func.count(case((began >= since, 1))).over()
        earlier = func.count(case(((began >= before) & (began < since), 1))).over()
        query = (
            select(customer_conversations, lately.label("lately"), earlier.label("before"))
            .where(_TABLE.customer_id == key_of(subject.customer.id))
            .where(_TABLE.conversation_id != subject.conversation_id)
            .order_by(_TABLE.status.in_(_OVER), _TABLE.changed_at.desc(), _TABLE.conversation_id)
            .limit(_LOOKED_THROUGH)
        )
        rows = await read(self._store, query)
        if not rows:
            return Context()
        return Context(earlier=_shown(rows, subject), volume=Volume.model_validate(dict(rows[0])))


def _shown(rows: Sequence[RowMapping], subject: Subject) -> tuple[Earlier, ...]:
    """Return the conversations for a briefing; one about the same problem takes the place of the last that is not."""
    about = (subject.subject, subject.asked)
    found = [
        Earlier.model_validate({**row, "is_same": any(is_the_same(row["subject"], text) for text in about)})
        for row in rows
    ]
    first = found[:EARLIER]
    same = next((each for each in found[EARLIER:] if each.is_same), None)
    if same is not None and not any(each.is_same for each in first):
        first[-1] = same
    return tuple(first)
