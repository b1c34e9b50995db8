"""The table in which the audit remembers ended and restarted runs from pass to pass."""

from sqlalchemy import Column, Index, Table

from activities.database.tables import InstantColumn, WordsColumn, metadata

audit_marks = Table(
    "audit_marks",
    metadata,
    Column("run_id", WordsColumn, primary_key=True),
    # The kinds: `terminated`, a person ended the run, and this was reported once; `restarted`, the conversation began
    # again from the ledger; `unstuck`, the audit reset an open run.
    Column("kind", WordsColumn, primary_key=True),
    Column("workflow_id", WordsColumn, nullable=False),
    Column("at", InstantColumn, nullable=False),
    Index("audit_marks_at", "at"),
)
