"""The automatic replies that customers had within a day, so that no rule sends one twice."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the table. Older workers claim nothing: their rules reply in each conversation."""
    op.create_table(
        "automatic_replies",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("claim", "key")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("claim"),
    )
    op.create_index("automatic_replies_at", "automatic_replies", ["at"])
