"""What Baton asks of a helpdesk, and the activities that ask it.

A new helpdesk is one class with these ten methods. Each must see to it that the same `effect.key` has one visible
result however often it arrives, and that a late repeat does not undo what came after; it raises `permanent` for what no
retry can cure and lets everything else escape.
"""

from typing import NamedTuple, Protocol

from temporalio import activity

from activities.effects.accepted import Accepted, Attempt
from policies.state.effects import (
    AddInternalNote,
    AddTag,
    Assign,
    AttachTranscript,
    RemoveTag,
    ReportBug,
    SendReply,
    SetAssistant,
    SetPriority,
    SetStatus,
)


class Done(NamedTuple):
    """Where to find the result in the helpdesk, and whether it had been there before."""

    ref: str
    repeated: bool = False


class Desk(Protocol):
    """One helpdesk."""

    async def assign(self, effect: Assign) -> Done: ...
    async def add_internal_note(self, effect: AddInternalNote) -> Done: ...
    async def send_reply(self, effect: SendReply) -> Done: ...
    async def add_tag(self, effect: AddTag) -> Done: ...
    async def remove_tag(self, effect: RemoveTag) -> Done: ...
    async def set_priority(self, effect: SetPriority) -> Done: ...
    async def set_status(self, effect: SetStatus) -> Done: ...
    async def set_assistant(self, effect: SetAssistant) -> Done: ...
    async def attach(self, effect: AttachTranscript, text: str) -> Done: ...
    async def report_bug(self, effect: ReportBug) -> Done: ...


class DeskActivities:
    """The same activities whichever helpdesk stands behind them, so that workflows need not know which one does."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @activity.defn(name="desk.assign")
    async def assign(self, effect: Assign) -> Accepted:
        """Make a team, and where known a person, responsible."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.assign(effect))

    @activity.defn(name="desk.add_internal_note")
    async def add_internal_note(self, effect: AddInternalNote) -> Accepted:
        """Write what agents see and the customer does not."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.add_internal_note(effect))

    @activity.defn(name="desk.send_reply")
    async def send_reply(self, effect: SendReply) -> Accepted:
        """Tell the customer something in Baton's name."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.send_reply(effect))

    @activity.defn(name="desk.add_tag")
    async def add_tag(self, effect: AddTag) -> Accepted:
        """Put a tag on the conversation."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.add_tag(effect))

    @activity.defn(name="desk.remove_tag")
    async def remove_tag(self, effect: RemoveTag) -> Accepted:
        """Take a tag off the conversation."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.remove_tag(effect))

    @activity.defn(name="desk.set_priority")
    async def set_priority(self, effect: SetPriority) -> Accepted:
        """Set how urgent the conversation is."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.set_priority(effect))

    @activity.defn(name="desk.set_status")
    async def set_status(self, effect: SetStatus) -> Accepted:
        """Set where the conversation stands."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.set_status(effect))

    @activity.defn(name="desk.set_assistant")
    async def set_assistant(self, effect: SetAssistant) -> Accepted:
        """Have the assistant keep silent, or speak again."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.set_assistant(effect))

    @activity.defn(name="desk.report_bug")
    async def report_bug(self, effect: ReportBug) -> Accepted:
        """Tell engineering what is broken."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.report_bug(effect))
