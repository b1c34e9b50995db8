"""The table of each customer's conversations: one row a conversation, as the ledger recorded it last."""

from sqlalchemy import Column, Index, Table

from activities.database.tables import EMPTY, InstantColumn, WordsColumn, metadata, texts

_LONGEST = 200
"""The most characters of a customer's id that are compared; an index can't hold texts of any length."""

customer_conversations = Table(
    "customer_conversations",
    metadata,
    Column("conversation_id", WordsColumn, primary_key=True),
    Column("customer_id", WordsColumn, nullable=False),
    *texts("subject", "channel", server_default=EMPTY),
    Column("status", WordsColumn, nullable=False),
    Column("opened_at", InstantColumn, nullable=False),
    Column("changed_at", InstantColumn, nullable=False),
    Index("customer_conversations_customer", "customer_id", "changed_at"),
)


def key_of(customer_id: str) -> str:
    """Return the beginning of a customer's id, by which the customer's conversations are found."""
    return customer_id[:_LONGEST]
