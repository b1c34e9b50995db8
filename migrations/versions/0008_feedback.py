"""The answers of people who were asked how a conversation went, each with the reason and the rule it is about."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table. Older workers keep such answers only in the ledger, as words."""
    texts = ("note", "reason", "rule", "team", "from_team", "call", "answered_by", "policy")
    op.create_table(
        "feedback",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "conversation_id", "by", "question")),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Float()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        *(sa.Column(name, sa.Integer()) for name in ("tier", "score")),
        sa.Column("moved_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("feedback_at", "feedback", ["at"])
