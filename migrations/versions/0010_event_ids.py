"""The event that each line of the ledger is about: an event that comes again after the conversation closed is known."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_OF_MESSAGES = {
    "sqlite": "UPDATE ledger SET event_id = COALESCE(json_extract(body, '$.event_id'), '') WHERE kind = 'message'",
    "postgresql": "UPDATE ledger SET event_id = COALESCE(body ->> 'event_id', '') WHERE kind = 'message'",
}


def upgrade() -> None:
    """Older workers write lines without it. Lines of messages have the id in their body already."""
    op.add_column("ledger", sa.Column("event_id", sa.Text(), nullable=False, server_default=""))
    op.execute(_OF_MESSAGES[op.get_bind().dialect.name])
