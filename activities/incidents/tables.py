"""The tables of incidents, and of calls that may become one."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, false, text

from activities.database.tables import EMPTY, InstantColumn, WordsColumn, metadata, texts

_NONE = text("0")

storm_causes = Table(
    "storm_causes",
    metadata,
    Column("cause", WordsColumn, primary_key=True),
    # The open incident that new calls of this cause join; empty where there is none.
    Column("open", WordsColumn, nullable=False, server_default=EMPTY),
    Column("number", Integer, nullable=False, server_default=_NONE),
)

storm_calls = Table(
    "storm_calls",
    metadata,
    Column("run", WordsColumn, primary_key=True),
    *texts("cause", "conversation_id", "page"),
    Column("called_at", InstantColumn, nullable=False),
    *texts("headline", "who"),
    Column("incident", WordsColumn, nullable=False, server_default=EMPTY),
    Column("number", Integer, nullable=False, server_default=_NONE),
    # True once the conversation has been told that it is part of the incident.
    Column("informed", Boolean, nullable=False, server_default=false()),
    Column("left_why", WordsColumn, nullable=False, server_default=EMPTY),
    # True once the conversation has been told that the incident is over.
    Column("released", Boolean, nullable=False, server_default=false()),
    Index("storm_calls_cause", "cause", "called_at"),
    Index("storm_calls_incident", "incident", "number"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", WordsColumn, primary_key=True),
    *texts("cause", "policy", "escalation", "rule"),
    Column("opened_at", InstantColumn, nullable=False),
    Column("total", Integer, nullable=False, server_default=_NONE),
    Column("ended_at", InstantColumn),
    Column("ended_by", WordsColumn, nullable=False, server_default=EMPTY),
    Index("incidents_opened", "opened_at"),
)
