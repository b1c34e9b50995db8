"""The ledger's lines: every decision and effect of every conversation, append-only, for reports and explanations.

Promises that recording the same batch again changes nothing, and one transaction for a whole batch, quick enough for a
local activity. Must not know what the entries mean, except for the parts that some entries carry: a whole message, for
the transcript; how the conversation stands, for the list of the customer's conversations; and people's answers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.catalog import Begun, TakenIn
from activities.database.statements import newest, read, records
from activities.database.tables import insert_into, judgements, ledger, storable, to_its_end
from activities.ledger.customer_tables import customer_conversations, key_of
from activities.ledger.feedback import feedback, rows_of
from activities.ledger.judgements import JUDGED
from activities.ledger.standings import row_of, standing_of_lost, standings
from policies.contract.messages import is_numbered
from policies.running.ours import OURS
from policies.state.events import Attachment
from policies.state.limits import SEEN_DAYS, SEEN_LIMIT
from policies.state.seen import Seen

_OF_JUDGED = {"seq", "recorded_at", "body"}


class LedgerEntry(BaseModel):
    """One line. `recorded_at` is the workflow's time of the decision; `occurred_at` is the event's time outside."""

    model_config = ConfigDict(frozen=True)

    seq: int
    recorded_at: AwareDatetime
    occurred_at: AwareDatetime
    kind: str
    because: str
    rule: str = ""
    clock: str = ""
    due_at: AwareDatetime | None = None
    accepted_at: AwareDatetime | None = None
    lateness_ms: int | None = None
    effect_key: str = ""
    team: str = ""
    body: dict[str, Any] = {}
    event_id: str = ""


class LedgerBatch(BaseModel):
    """Lines of one conversation. Some may be on record already: sending them again is harmless.

    `standing` is how the conversation stands at the last of them.
    """

    model_config = ConfigDict(frozen=True)

    conversation_id: str
    entries: list[LedgerEntry]
    standing: dict[str, Any] | None = None


class SaidLine(BaseModel):
    """One message of a transcript: the `body` of its line, and when it was said."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_id: str
    author: str
    author_id: str = ""
    text: str = ""
    public: bool = True
    automatic: bool = False
    occurred_at: AwareDatetime
    attachments: Annotated[tuple[Attachment, ...], Field(exclude_if=lambda attachments: not attachments)] = ()


LINES = TypeAdapter(list[SaidLine])
ACCEPTED = "effect_accepted"
"""The kind of a line about an effect that an outside system has accepted, with the words that it brought."""


def said_in(entries: Iterable[LedgerEntry]) -> list[SaidLine]:
    """Return the messages among lines of the ledger."""
    lines = (_line(each.kind, each.body, each.occurred_at, each.effect_key) for each in entries)
    return [line for line in lines if line is not None]


def _line(kind: str, body: Mapping[str, Any], at: datetime, effect_key: str) -> SaidLine | None:
    """Return the message that a line of the ledger holds, also a reply of Baton's; None where it holds none."""
    if kind == "message" and "event_id" in body:
        return SaidLine.model_validate({**body, "occurred_at": at})
    if kind == ACCEPTED and body.get("told", {}).get("to") == "customer":
        said = {"event_id": effect_key, "author": OURS, "text": body.get("text", ""), "automatic": True}
        return SaidLine.model_validate({**said, "occurred_at": at})
    return None


def together(*several: Iterable[SaidLine]) -> list[SaidLine]:
    """Return each message once, in the order in which they were said.

    A helpdesk may report a reply of Baton's as a message of the author `baton`: that is the same reply.
    """
    said = {(line.event_id, line.occurred_at, line.text): line for lines in several for line in lines}
    reported = Counter(" ".join(line.text.split()) for line in said.values() if line.author_id == OURS)
    once: list[SaidLine] = []
    for line in sorted(said.values(), key=lambda line: line.occurred_at):
        words = " ".join(line.text.split())
        if line.author == OURS and reported[words]:
            reported[words] -= 1
        else:
            once.append(line)
    return once


class Ledger:
    """The ledger's table, whose rows never change, and the table of each customer's conversations."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = insert_into(ledger, engine).on_conflict_do_nothing()
        self._judge = insert_into(judgements, engine).on_conflict_do_nothing()
        self._keep_answers = newest(feedback, engine, "seq")
        self._stand = newest(standings, engine, "changed_at")
        self._list = newest(customer_conversations, engine, "changed_at")

    @activity.defn(name="ledger.record")
    @to_its_end
    async def record(self, batch: LedgerBatch) -> int:
        """Record the batch. Return how many of its lines are on record now, by this call or by an earlier one."""
        if batch.entries:
            of = {"conversation_id": batch.conversation_id}
            rows = [{**of, **dict(entry)} for entry in batch.entries if entry.kind != JUDGED]
            judged = [entry.model_dump(include=_OF_JUDGED) | of for entry in batch.entries if entry.kind == JUDGED]
            standing = [entry for entry in batch.entries if "customer" in entry.body]
            answers = rows_of(batch.conversation_id, ((entry.seq, entry.body) for entry in batch.entries))
            async with self._engine.begin() as connection:
                if rows:
                    await connection.execute(self._insert, rows)
                if judged:
                    await connection.execute(self._judge, judged)
                if standing:
                    await connection.execute(self._list, _listed(batch.conversation_id, standing[-1]))
                if batch.standing:
                    row = row_of(batch.conversation_id, batch.standing, batch.entries[-1].recorded_at)
                    await connection.execute(self._stand, row)
                if answers:
                    await connection.execute(self._keep_answers, answers)
        return len(batch.entries)

    async def of_kinds(self, kinds: Sequence[str], since: datetime | None = None) -> list[tuple[str, LedgerEntry]]:
        """Return the lines of these kinds of every conversation, in the order of conversations and decisions."""
        query = select(ledger).where(ledger.c.kind.in_(kinds)).order_by(ledger.c.conversation_id, ledger.c.seq)
        if since is not None:
            query = query.where(ledger.c.recorded_at >= since)
        return [
            (row["conversation_id"], LedgerEntry.model_validate(dict(row))) for row in await read(self._engine, query)
        ]

    async def entries(self, conversation_id: str) -> list[LedgerEntry]:
        """Return all lines of one conversation, in the order it was decided."""
        query = select(ledger).where(ledger.c.conversation_id == conversation_id).order_by(ledger.c.seq)
        return await records(self._engine, LedgerEntry, query)

    async def transcript(self, conversation_id: str) -> list[SaidLine]:
        """Return every message and every reply of Baton's on record, each once, in the order in which they were said.

        A message that a run read again after a reset is on record twice. The event id alone does not show that: Baton
        numbers the messages that come without an id, and uses the same numbers again where a conversation's id is used
        again.
        """
        query = (
            select(ledger.c.kind, ledger.c.occurred_at, ledger.c.body, ledger.c.effect_key)
            .where(ledger.c.conversation_id == conversation_id, ledger.c.kind.in_(("message", ACCEPTED)))
            .order_by(ledger.c.occurred_at, ledger.c.seq)
        )
        rows = await read(self._engine, query)
        lines = (_line(row["kind"], row["body"], row["occurred_at"], row["effect_key"]) for row in rows)
        return together([line for line in lines if line is not None])

    @to_its_end
    async def taken_in(self, begun: Begun) -> TakenIn:
        """Return which of these events are on record, and all events recorded in the last 14 days, at most 20,000.

        Ids that Baton numbered itself are left out of the latter, because the next run uses the same numbers again. The
        result also has the state on record, where the earlier run was lost while the conversation was open.
        """
        asked = {storable(event_id): event_id for event_id in begun.event_ids if event_id}
        of = [ledger.c.conversation_id == begun.conversation_id, ledger.c.event_id != ""]
        of += [ledger.c.recorded_at < begun.before] if begun.before else []
        named, since = ledger.c.event_id.in_(list(asked)), datetime.now(UTC) - timedelta(days=SEEN_DAYS)
        columns = select(ledger.c.event_id, ledger.c.recorded_at).order_by(ledger.c.seq.desc())
        known = columns.where(*of, named | (ledger.c.recorded_at > since)).limit(SEEN_LIMIT)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(known)).all()
            # At the limit the oldest ids are missing, and one of them may have been asked about. Most conversations
            # stay below it and cost one question.
            older = (await connection.execute(columns.where(*of, named))).all() if len(rows) == SEEN_LIMIT else []
            known_ids: set[str] = {row[0] for row in (*rows, *older)}
            found = asked.keys() & known_ids
            is_again = begun.before is None and not begun.is_imported
            standing = await standing_of_lost(connection, begun.conversation_id) if is_again else None
        earlier = Seen()
        for event_id, recorded_at in reversed(rows):
            if recorded_at > since and not is_numbered(storable(begun.conversation_id), event_id):
                earlier = earlier.add(event_id, recorded_at)
        return TakenIn(tuple(sorted({asked[event_id] for event_id in found})), earlier, standing)


def _listed(conversation_id: str, entry: LedgerEntry) -> dict[str, Any]:
    """Return the row of a conversation in the list of its customer's, as a line of the ledger tells it."""
    known = entry.body
    return {
        "conversation_id": conversation_id,
        "customer_id": key_of(known["customer"]["id"]),
        **{name: known[name] for name in ("subject", "channel", "status")},
        "opened_at": datetime.fromisoformat(known["opened_at"]),
        "changed_at": entry.recorded_at,
    }
