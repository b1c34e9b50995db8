"""The conversations of each customer, shown to the agent who gets another one of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table. Conversations that began under older workers enter it when their customer is named anew."""
    op.create_table(
        "customer_conversations",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("conversation_id", "customer_id")),
        *(sa.Column(name, sa.Text(), nullable=False, server_default="") for name in ("subject", "channel")),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_index("customer_conversations_customer", "customer_conversations", ["customer_id", "changed_at"])
