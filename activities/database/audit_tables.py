"""What the audit remembers from pass to pass, as a table beside the others."""

from sqlalchemy import Column, Index, Table

from activities.database.tables import Instant, Words, metadata

audit_marks = Table(
    "audit_marks",
    metadata,
    Column("run_id", Words, primary_key=True),
    # `terminated`: reported once. `restarted`: begun again from the ledger.
    Column("kind", Words, primary_key=True),
    Column("workflow_id", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Index("audit_marks_at", "at"),
)
