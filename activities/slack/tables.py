"""The tables of digests and of the notifications that are in one, or wait to be."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, Table, false, text

from activities.database.tables import Instant, Words, metadata

_EMPTY = text("''")

slack_digests = Table(
    "slack_digests",
    metadata,
    Column("id", Words, primary_key=True),
    Column("target", Words, nullable=False),
    Column("number", Integer, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("channel", Words, nullable=False, server_default=_EMPTY),
    Column("ts", Words, nullable=False, server_default=_EMPTY),
    # A worker began to post the digest, and may have died before it wrote down where it is.
    Column("is_tried", Boolean, nullable=False, server_default=false()),
    Column("is_closed", Boolean, nullable=False, server_default=false()),
    Index("slack_digests_target", "target", "number"),
)

slack_digest_entries = Table(
    "slack_digest_entries",
    metadata,
    Column("key", Words, primary_key=True),
    Column("target", Words, nullable=False),
    Column("conversation_id", Words, nullable=False),
    Column("run", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("is_page", Boolean, nullable=False),
    Column("headline", Words, nullable=False),
    Column("who", Words, nullable=False),
    Column("because", Words, nullable=False),
    Column("outcome", Words, nullable=False, server_default=_EMPTY),
    Column("digest", Words, nullable=False, server_default=_EMPTY),
    Column("shown", Boolean, nullable=False, server_default=false()),
    Index("slack_digest_entries_digest", "digest"),
    Index("slack_digest_entries_target", "target", "shown"),
    Index("slack_digest_entries_run", "run"),
)

slack_writers = Table(
    "slack_writers",
    metadata,
    Column("target", Words, primary_key=True),
    Column("holder", Words, nullable=False),
    # Seconds since 1970 by the database's clock, which all workers share.
    Column("until", Float(53), nullable=False),
)
"""The worker that may change the digests of a channel now."""
