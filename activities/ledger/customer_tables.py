"""Which conversations a customer has, as a table beside those of `tables`: one row each, as the ledger said last."""

from sqlalchemy import Column, Index, Table, text

from activities.database.tables import Instant, Words, metadata

_EMPTY = text("''")
_LONGEST = 200
"""Characters of a customer's id that tell it from others; an index can't hold any number of them."""

customer_conversations = Table(
    "customer_conversations",
    metadata,
    Column("conversation_id", Words, primary_key=True),
    Column("customer_id", Words, nullable=False),
    Column("subject", Words, nullable=False, server_default=_EMPTY),
    Column("channel", Words, nullable=False, server_default=_EMPTY),
    Column("status", Words, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index("customer_conversations_customer", "customer_id", "changed_at"),
)


def key_of(customer_id: str) -> str:
    """What a customer is found by."""
    return customer_id[:_LONGEST]
