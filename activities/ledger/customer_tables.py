"""The table of each customer's conversations: one row a conversation, as the ledger recorded it last."""

from sqlalchemy import Column, Index, Table

from activities.database.tables import EMPTY, Instant, Words, metadata, texts

_LONGEST = 200
"""The most characters of a customer's id that are compared; an index can't hold texts of any length."""

customer_conversations = Table(
    "customer_conversations",
    metadata,
    Column("conversation_id", Words, primary_key=True),
    Column("customer_id", Words, nullable=False),
    *texts("subject", "channel", server_default=EMPTY),
    Column("status", Words, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index("customer_conversations_customer", "customer_id", "changed_at"),
)


def key_of(customer_id: str) -> str:
    """Return the beginning of a customer's id, by which the customer's conversations are found."""
    return customer_id[:_LONGEST]
