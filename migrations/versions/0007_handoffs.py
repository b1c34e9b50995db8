"""The traces of a handoff in the built-in helpdesk: whether the assistant is muted, and the attached texts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add both. Older workers mute no assistant and attach nothing."""
    muted = sa.Column("is_assistant_muted", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("desk_conversations", muted)
    op.add_column("desk_conversations", sa.Column("life", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "desk_attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("conversation_id", "key", "name", "text")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["desk_conversations.conversation_id"]),
        sa.UniqueConstraint("key", name="desk_attachments_key"),
    )
    op.create_index("ix_desk_attachments_conversation_id", "desk_attachments", ["conversation_id"])
