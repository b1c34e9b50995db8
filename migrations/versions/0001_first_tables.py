"""The tables of the ledger, the built-in helpdesk and the Slack outbox."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Create all tables of Baton's first release."""
    _create_ledger()
    _create_desk()
    op.create_table(
        "slack_outbox",
        _text("key"),
        _text("target"),
        _text("text"),
        sa.Column("blocks", sa.JSON(), nullable=False),
        _instant("at"),
        sa.PrimaryKeyConstraint("key"),
    )


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        _text("conversation_id"),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        _instant("recorded_at"),
        _instant("occurred_at"),
        _text("kind"),
        _text("rule"),
        _text("because"),
        _text("clock"),
        _instant("due_at", nullable=True),
        _instant("accepted_at", nullable=True),
        sa.Column("lateness_ms", sa.BigInteger(), nullable=True),
        _text("effect_key"),
        _text("team"),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "seq"),
    )


def _create_desk() -> None:
    op.create_table(
        "desk_conversations",
        _text("conversation_id"),
        _text("team"),
        _text("team_name"),
        _text("assignee"),
        _text("status"),
        _text("priority"),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_table(
        "desk_tags",
        _text("conversation_id"),
        _text("tag"),
        sa.ForeignKeyConstraint(["conversation_id"], ["desk_conversations.conversation_id"]),
        sa.PrimaryKeyConstraint("conversation_id", "tag"),
    )
    op.create_table(
        "desk_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("conversation_id"),
        _text("key"),
        _text("kind"),
        _text("body"),
        _text("because"),
        _instant("created_at"),
        sa.ForeignKeyConstraint(["conversation_id"], ["desk_conversations.conversation_id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", name="desk_notes_key"),
    )
    op.create_index("ix_desk_notes_conversation_id", "desk_notes", ["conversation_id"])
    op.create_table(
        "desk_done",
        _text("key"),
        _text("conversation_id"),
        _text("kind"),
        _instant("at"),
        sa.PrimaryKeyConstraint("key"),
    )
