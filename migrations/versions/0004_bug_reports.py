"""The bug reports for engineering, made from conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table. Older workers report no bugs."""
    op.create_table(
        "desk_bugs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Text(), sa.ForeignKey("desk_conversations.conversation_id"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "title", "steps", "impact")),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", name="desk_bugs_key"),
    )
    op.create_index("ix_desk_bugs_conversation_id", "desk_bugs", ["conversation_id"])
