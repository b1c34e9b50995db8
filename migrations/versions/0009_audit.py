"""The marks of the audit, and the last state of each conversation that the ledger was told."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create both tables. Older workers write neither; their lost conversations can only be reset, not begun again."""
    op.create_table(
        "audit_marks",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("run_id", "kind", "workflow_id")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "kind"),
    )
    op.create_index("audit_marks_at", "audit_marks", ["at"])
    op.create_table(
        "standings",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("situation", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_index("standings_open", "standings", ["is_open", "changed_at"])
