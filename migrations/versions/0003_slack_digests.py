"""The digests in Slack, and the messages that belong to one run of an escalation ladder."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _text(name: str, **how: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, **how)


def _flag(name: str, **how: Any) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, **how)


def _instant(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    """Add both. Older workers go on, because the columns that they don't write have a default."""
    for name in ("run", "outcome"):
        op.add_column("slack_outbox", _text(name, server_default=""))
    op.create_index("slack_outbox_run", "slack_outbox", ["run"])
    op.create_index("slack_outbox_target", "slack_outbox", ["target", "at"])
    _create_digests()
    _create_entries()
    op.create_table(
        "slack_writers",
        _text("target"),
        _text("holder"),
        sa.Column("until", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("target"),
    )


def _create_digests() -> None:
    op.create_table(
        "slack_digests",
        _text("id"),
        _text("target"),
        sa.Column("number", sa.Integer(), nullable=False),
        _instant("begun_at"),
        _text("channel", server_default=""),
        _text("ts", server_default=""),
        _flag("is_tried", server_default=sa.false()),
        _flag("is_closed", server_default=sa.false()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("slack_digests_target", "slack_digests", ["target", "number"])


def _create_entries() -> None:
    op.create_table(
        "slack_digest_entries",
        _text("key"),
        *(_text(name) for name in ("target", "conversation_id", "run")),
        _instant("at"),
        _flag("is_page"),
        *(_text(name) for name in ("headline", "who", "because")),
        *(_text(name, server_default="") for name in ("outcome", "digest")),
        _flag("shown", server_default=sa.false()),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("slack_digest_entries_digest", "slack_digest_entries", ["digest"])
    op.create_index("slack_digest_entries_target", "slack_digest_entries", ["target", "shown"])
    op.create_index("slack_digest_entries_run", "slack_digest_entries", ["run"])
