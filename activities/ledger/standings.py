"""The last recorded state of each conversation, with which a new run begins where the old one is lost.

Promises one row a conversation, and that a batch which comes late or again changes nothing newer. Must not know what a
situation says, except whether it is resolved.
"""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Index, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.database.audit_tables import audit_marks
from activities.database.tables import Instant, Words, insert_into, ledger, metadata, storable, to_its_end
from policies.contract.messages import is_numbered

_SEEN = 1_000
_WORKFLOW_ID = "conversation/"
_LARGEST = 1_000_000
"""The most bytes of a state that a new run gets from its first activity. The server takes two megabytes there."""

standings = Table(
    "standings",
    metadata,
    Column("conversation_id", Words, primary_key=True),
    Column("is_open", Boolean, nullable=False),
    # The situation, with the name of the conversation's policy.
    Column("situation", JSON, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index("standings_open", "is_open", "changed_at"),
)


class Standings:
    """The table `standings`; empty where there is no database."""

    def __init__(self, store: AsyncEngine | None) -> None:
        self._store = store

    @to_its_end
    async def of(self, conversation_id: str) -> tuple[dict[str, Any], datetime] | None:
        """Return how a conversation stood, and since when; None where nothing is known or it was resolved."""
        if self._store is None:
            return None
        columns = standings.c.situation, standings.c.changed_at
        mine = standings.c.conversation_id == conversation_id, standings.c.is_open
        async with self._store.connect() as connection:
            found = (await connection.execute(select(*columns).where(*mine))).first()
        return (dict(found[0]), found[1]) if found else None

    @to_its_end
    async def events(self, conversation_id: str) -> list[str]:
        """Return the ids of a conversation's latest events, so that none counts twice. Baton's own are left out."""
        if self._store is None:
            return []
        mine = ledger.c.conversation_id == conversation_id, ledger.c.event_id != ""
        query = select(ledger.c.event_id).where(*mine).order_by(ledger.c.seq.desc()).limit(_SEEN)
        async with self._store.connect() as connection:
            found = dict.fromkeys((await connection.execute(query)).scalars())
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


def stands(
    store: AsyncEngine, conversation_id: str, situation: dict[str, Any], at: datetime
) -> sqlite.Insert | postgresql.Insert:
    """Return the statement that remembers how a conversation stands at an instant."""
    fields = {"situation": situation, "is_open": situation["status"] != "resolved", "changed_at": at}
    inserting = insert_into(standings, store).values(conversation_id=conversation_id, **fields)
    is_newer = inserting.excluded.changed_at >= standings.c.changed_at
    return inserting.on_conflict_do_update(index_elements=["conversation_id"], set_=fields, where=is_newer)
