"""The last recorded state of each conversation, with which a new run begins where the old one is lost.

Promises one row a conversation, and that a batch which comes late or again changes nothing newer. Must not know what a
situation says, except whether it is resolved.
"""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Index, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.database.audit_tables import audit_marks
from activities.database.statements import read
from activities.database.tables import InstantColumn, WordsColumn, ledger, metadata, storable
from policies.contract.messages import is_numbered

_SEEN = 1_000
_WORKFLOW_ID = "conversation/"
_LARGEST = 1_000_000
"""The most bytes of a state that a new run gets from its first activity. The server takes two megabytes there."""

standings = Table(
    "standings",
    metadata,
    Column("conversation_id", WordsColumn, primary_key=True),
    Column("is_open", Boolean, nullable=False),
    # The situation, with the name of the conversation's policy.
    Column("situation", JSON, nullable=False),
    Column("changed_at", InstantColumn, nullable=False),
    Index("standings_open", "is_open", "changed_at"),
)


class Standings:
    """The table `standings`; empty where there is no database."""

    def __init__(self, store: AsyncEngine | None) -> None:
        self._store = store

    async def of(self, conversation_id: str) -> tuple[dict[str, Any], datetime] | None:
        """Return how a conversation stood, and since when; None where nothing is known or it was resolved."""
        if self._store is None:
            return None
        columns = standings.c.situation, standings.c.changed_at
        mine = standings.c.conversation_id == conversation_id, standings.c.is_open
        found = await read(self._store, select(*columns).where(*mine))
        return (dict(found[0]["situation"]), found[0]["changed_at"]) if found else None

    async def events(self, conversation_id: str) -> list[str]:
        """Return the ids of a conversation's latest events, so that none counts twice. Baton's own are left out."""
        if self._store is None:
            return []
        mine = ledger.c.conversation_id == conversation_id, ledger.c.event_id != ""
        query = select(ledger.c.event_id).where(*mine).order_by(ledger.c.seq.desc()).limit(_SEEN)
        found = dict.fromkeys(row["event_id"] for row in await read(self._store, query))
        return [event_id for event_id in found if not is_numbered(storable(conversation_id), event_id)]


async def standing_of_lost(connection: AsyncConnection, conversation_id: str) -> dict[str, Any] | None:
    """Return the state of a conversation whose run was lost; None where it is closed or a person terminated it.

    None also where the state is larger than a new run can be given.
    """
    since = standings.c.changed_at
    dropped = select(audit_marks.c.run_id).where(
        audit_marks.c.workflow_id == f"{_WORKFLOW_ID}{conversation_id}",
        audit_marks.c.kind == "terminated",
        audit_marks.c.at >= since,
    )
    mine = standings.c.conversation_id == conversation_id, standings.c.is_open, ~dropped.exists()
    found: dict[str, Any] | None = (await connection.execute(select(standings.c.situation).where(*mine))).scalar()
    return found if found is not None and len(json.dumps(found)) <= _LARGEST else None


def row_of(conversation_id: str, situation: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return the row that remembers how a conversation stands at an instant."""
    is_open = situation["status"] != "resolved"
    return {"conversation_id": conversation_id, "situation": situation, "is_open": is_open, "changed_at": at}
