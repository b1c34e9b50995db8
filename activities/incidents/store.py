"""Decides which calls are one incident, and remembers its members and those that have left it.

Promises the same answer each time a run of a ladder asks again while its incident is open; that calls of one cause are
judged one after another, whatever the number of workers; and that members of an incident are numbered without a gap.
Must not tell people.
"""

import json
import re
from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import ColumnElement, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.database.statements import read, records, write
from activities.database.tables import insert_into, to_its_end
from activities.incidents.tables import incidents, storm_calls, storm_causes
from policies.state.effects import StormTerms
from policies.state.events import Member

FIRST = 20
"""The number of members that the message of an incident shows itself."""

_CALL, _CAUSE, _INCIDENT = storm_calls.c, storm_causes.c, incidents.c


class StoredCall(BaseModel):
    """A call that is about to go out: the ladder's run, the customer's name (`who`), and the message's headline."""

    model_config = ConfigDict(frozen=True)

    run: str
    conversation_id: str
    page: str
    called_at: AwareDatetime
    headline: str
    who: str


class MemberCall(StoredCall):
    """A call that is a member of an incident. `left_why`: why it no longer needs the incident; empty while it does."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    incident: str
    number: int
    informed: bool
    left_why: str
    released: bool

    @property
    def member(self) -> Member:
        """The member in the form that lists show."""
        return Member(conversation_id=self.conversation_id, headline=self.headline, who=self.who)


class StoredIncident(BaseModel):
    """One incident, open or ended."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    policy: str
    escalation: str
    rule: str
    opened_at: AwareDatetime
    total: int
    left: int = 0
    ended_at: AwareDatetime | None
    ended_by: str


class IncidentStore:
    """The tables of `activities.incidents.tables`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @to_its_end
    async def call(self, call: StoredCall, terms: StormTerms) -> str:
        """Record a call. Return the open incident that it should join; empty where it goes out by itself."""
        cause = json.dumps([terms.policy, terms.escalation, terms.cause], ensure_ascii=False)
        async with self._engine.begin() as connection:
            await self._take_turn(connection, cause)
            opened = (await connection.execute(select(_CAUSE.open).where(_CAUSE.cause == cause))).scalar_one()
            known = (await connection.execute(select(storm_calls).where(_CALL.run == call.run))).mappings().first()
            if known is not None and known["incident"]:
                return opened if opened == known["incident"] and not known["left_why"] else ""
            if known is None:
                await connection.execute(insert(storm_calls).values(cause=cause, **dict(call)))
            if opened or not await _is_storm(connection, cause, terms, call.called_at):
                return str(opened)
            return await _open(connection, cause, terms, call)

    async def _take_turn(self, connection: AsyncConnection, cause: str) -> None:
        """Lock the cause until the transaction ends, so that other calls of it wait; on SQLite every writer waits."""
        adding = insert_into(storm_causes, self._engine).values(cause=cause)
        await connection.execute(adding.on_conflict_do_update(index_elements=["cause"], set_={"cause": cause}))

    @to_its_end
    async def enter(self, incident: str, runs: Collection[str]) -> bool:
        """Make calls members of the incident. Return False where it has ended."""
        async with self._engine.begin() as connection:
            is_open = update(incidents).where(_INCIDENT.id == incident, _INCIDENT.ended_at.is_(None))
            if (await connection.execute(is_open.values(id=incident))).rowcount == 0:
                return False
            mine = _CALL.run.in_(list(runs))
            query = select(_CALL.run).where(mine, _CALL.incident == "").order_by(_CALL.called_at, _CALL.run)
            await _number(connection, incident, list((await connection.execute(query)).scalars()), informed=True)
            known = update(storm_calls).where(mine, _CALL.incident == incident)
            await connection.execute(known.values(informed=True))
            return True

    async def leave(self, incident: str, run: str, why: str) -> None:
        """Record that a call no longer needs the incident, and why."""
        member = _CALL.run == run, _CALL.incident == incident, _CALL.left_why == ""
        await write(self._engine, update(storm_calls).where(*member).values(left_why=why or "-"))

    async def incident_of(self, run: str) -> str:
        """Return the incident that a call is a member of and has not left; empty where there is none."""
        found = await read(self._engine, select(_CALL.incident).where(_CALL.run == run, _CALL.left_why == ""))
        return found[0]["incident"] if found else ""

    async def end(self, incident: str, by: str, at: datetime) -> None:
        """Close the incident to further calls."""
        is_open = update(incidents).where(_INCIDENT.id == incident, _INCIDENT.ended_at.is_(None))
        joined = update(storm_causes).where(_CAUSE.open == incident)
        await write(self._engine, is_open.values(ended_at=at, ended_by=by), joined.values(open=""))

    async def mark(self, runs: Collection[str], **flags: bool) -> None:
        """Record that these members have been told of the incident (`informed`) or of its end (`released`)."""
        await write(self._engine, update(storm_calls).where(_CALL.run.in_(list(runs))).values(**flags))

    async def incident(self, incident: str) -> StoredIncident | None:
        """Return the incident of that id; None where there is none."""
        return next(iter(await self._incidents(_INCIDENT.id == incident)), None)

    async def incidents(self, *, only_open: bool = False, limit: int = 50) -> list[StoredIncident]:
        """Return the latest incidents, the newest first."""
        where = [_INCIDENT.ended_at.is_(None)] if only_open else []
        return await self._incidents(*where, limit=limit)

    async def members(self, incident: str, first: int = 1, last: int | None = None) -> list[MemberCall]:
        """Return the members numbered from `first` to `last`, in order."""
        upto = [_CALL.number <= last] if last is not None else []
        return await self._members(_CALL.incident == incident, _CALL.number >= first, *upto)

    async def uninformed(self, incident: str, limit: int) -> list[MemberCall]:
        """Return members whose own calls went out before the incident began, and who don't know of it."""
        unknowing = _CALL.informed.is_(False), _CALL.left_why == ""
        return await self._members(_CALL.incident == incident, *unknowing, limit=limit)

    async def unreleased(self, incident: str, limit: int) -> list[MemberCall]:
        """Return members that still wait for the incident and don't know that it is over."""
        waiting = _CALL.released.is_(False), _CALL.left_why == ""
        return await self._members(_CALL.incident == incident, *waiting, limit=limit)

    async def _incidents(self, *where: ColumnElement[bool], limit: int = 1) -> list[StoredIncident]:
        left = select(func.count()).where(_CALL.incident == _INCIDENT.id, _CALL.left_why != "").scalar_subquery()
        query = select(incidents, left.label("left")).where(*where).order_by(_INCIDENT.opened_at.desc(), _INCIDENT.id)
        return await records(self._engine, StoredIncident, query.limit(limit))

    async def _members(self, *where: ColumnElement[bool], limit: int | None = None) -> list[MemberCall]:
        query = select(storm_calls).where(*where).order_by(_CALL.number).limit(limit)
        return await records(self._engine, MemberCall, query)


def _single(cause: str, terms: StormTerms, at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the condition for calls of the cause that are in no incident and near in time, earlier or later."""
    near = _CALL.called_at > at - terms.within, _CALL.called_at < at + terms.within
    return _CALL.cause == cause, _CALL.incident == "", *near


async def _is_storm(connection: AsyncConnection, cause: str, terms: StormTerms, at: datetime) -> bool:
    query = select(func.count(_CALL.conversation_id.distinct())).where(*_single(cause, terms, at))
    return (await connection.execute(query)).scalar_one() >= terms.conversations


async def _open(connection: AsyncConnection, cause: str, terms: StormTerms, call: StoredCall) -> str:
    """Open an incident, with the earlier calls of the same cause as its first members. Return its id."""
    query = select(_CAUSE.number).where(_CAUSE.cause == cause)
    number = (await connection.execute(query)).scalar_one() + 1
    name = re.sub(r"[^a-z0-9]+", "-", terms.escalation.lower()).strip("-")
    incident = f"incident-{name}-{sha256(cause.encode(errors='replace')).hexdigest()[:6]}-{number}"
    opening: dict[str, Any] = {"id": incident, "cause": cause, "opened_at": call.called_at}
    named = {"policy": terms.policy, "escalation": terms.escalation, "rule": terms.cause}
    await connection.execute(insert(incidents).values(**opening, **named))
    opened = update(storm_causes).where(_CAUSE.cause == cause)
    await connection.execute(opened.values(open=incident, number=number))
    others = _CALL.run != call.run, *_single(cause, terms, call.called_at)
    earlier = await connection.execute(select(_CALL.run).where(*others).order_by(_CALL.called_at, _CALL.run))
    await _number(connection, incident, list(earlier.scalars()), informed=False)
    return incident


async def _number(connection: AsyncConnection, incident: str, runs: Sequence[str], *, informed: bool) -> None:
    """Make these calls the next members, in this order."""
    if not runs:
        return
    total = (await connection.execute(select(_INCIDENT.total).where(_INCIDENT.id == incident))).scalar_one()
    joining = update(storm_calls).where(_CALL.run == bindparam("of_run"))
    joining = joining.values(incident=incident, informed=informed, number=bindparam("as_number"))
    rows = [{"of_run": run, "as_number": number} for number, run in enumerate(runs, start=total + 1)]
    await connection.execute(joining, rows)
    grown = update(incidents).where(_INCIDENT.id == incident)
    await connection.execute(grown.values(total=total + len(runs)))
