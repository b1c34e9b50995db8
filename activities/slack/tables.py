"""The tables of digests and of the notifications that are in one, or wait to be."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, Table, false

from activities.database.tables import EMPTY, InstantColumn, WordsColumn, metadata, texts

slack_digests = Table(
    "slack_digests",
    metadata,
    Column("id", WordsColumn, primary_key=True),
    Column("target", WordsColumn, nullable=False),
    Column("number", Integer, nullable=False),
    Column("begun_at", InstantColumn, nullable=False),
    *texts("channel", "ts", server_default=EMPTY),
    # A worker began to post the digest, and may have died before it wrote down where it is.
    Column("is_tried", Boolean, nullable=False, server_default=false()),
    Column("is_closed", Boolean, nullable=False, server_default=false()),
    Index("slack_digests_target", "target", "number"),
)

slack_digest_entries = Table(
    "slack_digest_entries",
    metadata,
    Column("key", WordsColumn, primary_key=True),
    *texts("target", "conversation_id", "run"),
    Column("at", InstantColumn, nullable=False),
    Column("is_page", Boolean, nullable=False),
    *texts("headline", "who", "because"),
    *texts("outcome", "digest", server_default=EMPTY),
    Column("shown", Boolean, nullable=False, server_default=false()),
    Index("slack_digest_entries_digest", "digest"),
    Index("slack_digest_entries_target", "target", "shown"),
    Index("slack_digest_entries_run", "run"),
)

slack_writers = Table(
    "slack_writers",
    metadata,
    Column("target", WordsColumn, primary_key=True),
    Column("holder", WordsColumn, nullable=False),
    # Seconds since 1970 by the database's clock, which all workers share.
    Column("until", Float(53), nullable=False),
)
"""The worker that may change the digests of a channel now."""
