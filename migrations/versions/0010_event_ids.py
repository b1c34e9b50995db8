"""The event id of each line of the ledger, by which an event is recognised that comes again after the close."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_OF_MESSAGES = {
    "sqlite": "UPDATE ledger SET event_id = COALESCE(json_extract(body, '$.event_id'), '') WHERE kind = 'message'",
    "postgresql": "UPDATE ledger SET event_id = COALESCE(body ->> 'event_id', '') WHERE kind = 'message'",
}


def upgrade() -> None:
    """Add the column, and fill it for messages, whose lines have the id in their body. Older workers leave it empty."""
    op.add_column("ledger", sa.Column("event_id", sa.Text(), nullable=False, server_default=""))
    op.execute(_OF_MESSAGES[op.get_bind().dialect.name])
