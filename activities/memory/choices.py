"""Keeps the choices of customers in Baton's database: one row for each customer and kind of choice.

Promises that each change counts once, however often it is tried; that an older word which comes late changes nothing
newer, also after the customer had everything forgotten; and that a question is answered within a second, with nothing
where the database does not answer. A row says which customer it is about by a digest only. Must not know conversations.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Column, Index, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.database.statements import newest, read, write
from activities.database.tables import InstantColumn, WordsColumn, metadata, texts
from activities.effects.accepted import Accepted, Attempt, server_now
from policies.handoff.memory.remembering import NAMES
from policies.state.effects import ForgetChoices, RecallChoices, RememberChoices

_ANSWERED_WITHIN = 1.0
"""Seconds for an answer: a question that waits longer finds nothing, and no conversation waits for it."""
FORGOTTEN_FOR = timedelta(days=60)
"""How long an empty row says that a choice was forgotten: longer than an older choice may be on its way."""

customer_choices = Table(
    "customer_choices",
    metadata,
    # A digest of the customer's id: no row says which customer it is about.
    Column("customer", WordsColumn, primary_key=True),
    Column("name", WordsColumn, primary_key=True),
    *texts("value"),
    Column("chosen_at", InstantColumn, nullable=False),
    Column("until", InstantColumn, nullable=False),
    Index("customer_choices_until", "until"),
)


class CustomerChoices:
    """The table `customer_choices`, and the activities on it."""

    def __init__(self, store: AsyncEngine) -> None:
        self._store = store

    @activity.defn(name="memory.recall")
    async def recall(self, effect: RecallChoices) -> Accepted:
        """Return the choices that still hold; none where the database can't be asked at once."""
        attempt = Attempt()
        try:
            async with asyncio.timeout(_ANSWERED_WITHIN):
                choices = await self.of(effect.customer)
        except Exception as error:  # without an answer it is as if nothing was remembered
            activity.logger.warning("memory.not_recalled", extra={"why": type(error).__name__})
            choices = {}
        return attempt.accepted(f"{len(choices)} choices").model_copy(update={"choices": choices})

    @activity.defn(name="memory.remember")
    async def remember(self, effect: RememberChoices) -> Accepted:
        """Keep the choices, unless a later word of the customer is known."""
        attempt = Attempt()
        rows = [(name, value, effect.chosen_at, effect.until) for name, value in effect.choices]
        await self._write(effect.customer, rows)
        return attempt.accepted("kept")

    @activity.defn(name="memory.forget")
    async def forget(self, effect: ForgetChoices) -> Accepted:
        """Empty all of the customer's rows. They stay for a time, so that an older choice which is late stays out."""
        attempt = Attempt()
        rows = [(name, "", effect.due_at, effect.due_at + FORGOTTEN_FOR) for name in NAMES]
        await self._write(effect.customer, rows)
        return attempt.accepted("forgotten")

    async def of(self, customer: str) -> dict[str, str]:
        """Return a customer's choices that still hold, by their names."""
        table = customer_choices.c
        holds = table.customer == _digest(customer), table.value != "", table.until > server_now()
        rows = await read(self._store, select(table.name, table.value).where(*holds))
        return {row["name"]: row["value"] for row in rows}

    async def _write(self, customer: str, rows: Sequence[tuple[str, str, datetime, datetime]]) -> None:
        upsert = newest(customer_choices, self._store, "chosen_at")
        over = delete(customer_choices).where(customer_choices.c.until <= server_now())
        kept = (
            upsert.values(customer=_digest(customer), name=name, value=value, chosen_at=chosen_at, until=until)
            for name, value, chosen_at, until in rows
        )
        await write(self._store, over, *kept)


def _digest(customer: str) -> str:
    return sha256(customer.encode(errors="replace")).hexdigest()
