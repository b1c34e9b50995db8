"""The built-in helpdesk, in Baton's own tables: complete enough to run a team, or to try Baton without any helpdesk.

Promises that each key changes something once, however many attempts and processes bring it: the key is written in the
transaction of the change, so a late repeat of an old assignment finds its key and leaves the newer one alone.
"""

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Executable, Select, Table, case, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.statements import records
from activities.database.tables import (
    desk_attachments,
    desk_bugs,
    desk_conversations,
    desk_done,
    desk_notes,
    desk_tags,
    insert_into,
    to_its_end,
)
from activities.desk.port import Done
from activities.effects.accepted import server_now
from policies.state.effects import (
    AddInternalNote,
    AddTag,
    AnyEffect,
    Assign,
    AttachTranscript,
    RemoveTag,
    ReportBug,
    SendReply,
    SetAssistant,
    SetPriority,
    SetStatus,
)


class DeskConversation(BaseModel):
    """The state of a conversation in the helpdesk."""

    model_config = ConfigDict(frozen=True)

    conversation_id: str
    team: str
    team_name: str
    assignee: str
    status: str
    priority: str
    is_assistant_muted: bool = False
    tags: tuple[str, ...]
    updated_at: AwareDatetime


class DeskNote(BaseModel):
    """A text that Baton wrote: an internal `note`, or a `reply` that the customer saw."""

    model_config = ConfigDict(frozen=True)

    key: str
    kind: str
    body: str
    because: str
    created_at: AwareDatetime


class DeskBug(BaseModel):
    """A bug report for engineering, made from a conversation."""

    model_config = ConfigDict(frozen=True)

    key: str
    conversation_id: str
    title: str
    steps: str
    impact: str
    links: tuple[str, ...]
    created_at: AwareDatetime


class DeskAttachment(BaseModel):
    """A text that Baton attached, such as a transcript."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    text: str
    created_at: AwareDatetime


class SqlDesk:
    """A `Desk` on SQLite or PostgreSQL."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def assign(self, effect: Assign) -> Done:
        """Set the team and the assignee. An effect without an assignee removes the present one."""
        return await self._once(effect, team=effect.team, team_name=effect.team_name, assignee=effect.assignee)

    async def add_internal_note(self, effect: AddInternalNote) -> Done:
        """Add a note that only agents see."""
        return await self._once(effect, _writing(effect, "note"))

    async def send_reply(self, effect: SendReply) -> Done:
        """Add a reply that the customer would see."""
        return await self._once(effect, _writing(effect, "reply"))

    async def add_tag(self, effect: AddTag) -> Done:
        """Add a tag; nothing changes where the conversation has it already."""
        tagging = insert_into(desk_tags, self._engine).values(conversation_id=effect.conversation_id, tag=effect.tag)
        return await self._once(effect, tagging.on_conflict_do_nothing())

    async def remove_tag(self, effect: RemoveTag) -> Done:
        """Remove a tag; nothing changes where the conversation does not have it."""
        tagged = (desk_tags.c.conversation_id == effect.conversation_id) & (desk_tags.c.tag == effect.tag)
        return await self._once(effect, delete(desk_tags).where(tagged))

    async def set_priority(self, effect: SetPriority) -> Done:
        """Set the conversation's priority."""
        return await self._once(effect, priority=effect.priority)

    async def set_status(self, effect: SetStatus) -> Done:
        """Set the conversation's status."""
        return await self._once(effect, status=effect.status)

    async def set_assistant(self, effect: SetAssistant) -> Done:
        """Set whether the assistant is muted; its program reads that here, or in the `state` query."""
        return await self._once(effect, is_assistant_muted=effect.is_muted)

    async def attach(self, effect: AttachTranscript, text: str) -> Done:
        """Attach a text beside the notes."""
        return await self._once(effect, _adding(desk_attachments, effect, name=effect.name, text=text))

    async def attachments(self, conversation_id: str) -> list[DeskAttachment]:
        """Return the texts attached to a conversation, the oldest first."""
        return await records(self._engine, DeskAttachment, _of(desk_attachments, conversation_id))

    async def report_bug(self, effect: ReportBug) -> Done:
        """Write a bug report; the conversation it comes from goes on."""
        told = effect.model_dump(include={"title", "steps", "impact", "links"})
        return await self._once(effect, _adding(desk_bugs, effect, **told))

    async def bugs(self, conversation_id: str) -> list[DeskBug]:
        """Return the bugs reported from a conversation, the oldest first."""
        return await records(self._engine, DeskBug, _of(desk_bugs, conversation_id))

    @to_its_end
    async def conversation(self, conversation_id: str) -> DeskConversation | None:
        """Return the state of a conversation; None where no effect has reached the helpdesk yet."""
        standing = select(desk_conversations).where(desk_conversations.c.conversation_id == conversation_id)
        tagged = select(desk_tags.c.tag).where(desk_tags.c.conversation_id == conversation_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(standing)).mappings().one_or_none()
            tags = sorted((await connection.execute(tagged)).scalars())
        return DeskConversation(**row, tags=tuple(tags)) if row else None

    async def notes(self, conversation_id: str) -> list[DeskNote]:
        """Return a conversation's notes and replies, the oldest first."""
        return await records(self._engine, DeskNote, _of(desk_notes, conversation_id))

    @to_its_end
    async def _once(self, effect: AnyEffect, *changes: Executable, **fields: Any) -> Done:
        """Make the changes, unless the effect's key is there already; a simultaneous repeat waits, then does nothing.

        Where a conversation begins again under the same id, the assistant is no longer muted.
        """
        now, table = server_now(), desk_conversations.c
        is_the_same = table.life.in_((effect.life, ""))
        muted = fields.get("is_assistant_muted", case((is_the_same, table.is_assistant_muted), else_=False))
        done = insert_into(desk_done, self._engine).values(
            key=effect.key, conversation_id=effect.conversation_id, kind=effect.kind, at=now
        )
        standing = insert_into(desk_conversations, self._engine).values(
            conversation_id=effect.conversation_id, updated_at=now, life=effect.life, **fields
        )
        ref = f"desk/{effect.conversation_id}"
        async with self._engine.begin() as connection:
            claimed = await connection.execute(done.on_conflict_do_nothing())
            if claimed.rowcount == 0:
                return Done(ref, repeated=True)
            await connection.execute(
                standing.on_conflict_do_update(
                    index_elements=["conversation_id"],
                    set_={"updated_at": now, "life": effect.life, **fields, "is_assistant_muted": muted},
                )
            )
            for change in changes:
                await connection.execute(change)
        return Done(ref)


def _writing(effect: AddInternalNote | SendReply, kind: str) -> Executable:
    return _adding(desk_notes, effect, kind=kind, body=effect.body, because=effect.because)


def _adding(table: Table, effect: AnyEffect, **fields: Any) -> Executable:
    """Return the statement that adds one of the conversation's notes, bugs or attachments."""
    key = {"conversation_id": effect.conversation_id, "key": effect.key}
    return insert(table).values(**key, created_at=server_now(), **fields)


def _of(table: Table, conversation_id: str) -> Select[Any]:
    """Return the query for a conversation's notes, bugs or attachments, the oldest first."""
    return select(table).where(table.c.conversation_id == conversation_id).order_by(table.c.id)
