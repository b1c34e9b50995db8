"""The table of people's answers to the questions how a conversation went."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table

from activities.database.tables import Instant, Words, metadata, texts

feedback = Table(
    "feedback",
    metadata,
    # `<conversation>/<life>/<event>/<question>`: one row an answer, however often it is written.
    Column("key", Words, primary_key=True),
    Column("conversation_id", Words, nullable=False),
    # The ledger's line with the answer: a later line knows better what the answer is about.
    Column("seq", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    *texts("by", "question"),
    # 1 for yes, 0 for no, or the customer's score; NULL where there are only words.
    Column("answer", Float),
    *texts("note", "reason", "rule", "team", "from_team", "call", "answered_by", "policy"),
    Column("tier", Integer),
    Column("score", Integer),
    Column("moved_at", Instant),
    Column("version", Integer, nullable=False),
    Index("feedback_at", "at"),
)
