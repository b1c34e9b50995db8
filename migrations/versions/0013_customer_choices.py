"""The choices that customers want to be remembered in their later conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the table. Older workers remember nothing."""
    op.create_table(
        "customer_choices",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("customer", "name", "value")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("chosen_at", "until")),
        sa.PrimaryKeyConstraint("customer", "name"),
    )
    op.create_index("customer_choices_until", "customer_choices", ["until"])
