"""The port to a helpdesk: the methods that Baton calls on any helpdesk, and the activities that call them.

A new helpdesk is one folder beside this module, with one class that has these ten methods, and one row in
`worker.process.desks`. Each method has to make sure that the same `effect.key` has one visible result however often it
arrives, and that a late repeat does not undo a later change; and that it ends within the attempt's time, also where the
helpdesk hangs. It raises `permanent` where no retry can help, `rate_limited` where the helpdesk asks to wait, and lets
every other exception escape.
"""

from collections.abc import Callable
from inspect import getmembers, iscoroutinefunction
from typing import Any, NamedTuple, Protocol, assert_never

from temporalio import activity

from activities.effects.accepted import Accepted, Attempt
from policies.state.effects import (
    AddInternalNote,
    AddTag,
    AnyDeskEffect,
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
    """The place of the result in the helpdesk, and whether it had been there before."""

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
    """The same activities for every helpdesk, so that workflows need not know which one there is."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @activity.defn(name="desk.assign")
    async def assign(self, effect: Assign) -> Accepted:
        """Make a team responsible, and an agent the assignee where one is known."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.assign(effect))

    @activity.defn(name="desk.add_internal_note")
    async def add_internal_note(self, effect: AddInternalNote) -> Accepted:
        """Write a note that agents see and the customer does not."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.add_internal_note(effect))

    @activity.defn(name="desk.send_reply")
    async def send_reply(self, effect: SendReply) -> Accepted:
        """Send the customer a message in Baton's name."""
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
        """Set the conversation's priority."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.set_priority(effect))

    @activity.defn(name="desk.set_status")
    async def set_status(self, effect: SetStatus) -> Accepted:
        """Set the conversation's status."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.set_status(effect))

    @activity.defn(name="desk.set_assistant")
    async def set_assistant(self, effect: SetAssistant) -> Accepted:
        """Mute the assistant, or let it answer again."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.set_assistant(effect))

    @activity.defn(name="desk.report_bug")
    async def report_bug(self, effect: ReportBug) -> Accepted:
        """Report a bug to engineering."""
        attempt = Attempt()
        return attempt.accepted(*await self._desk.report_bug(effect))

    def all(self) -> list[Callable[..., Any]]:
        """Return all activities, for the worker that hosts them."""
        return [method for _, method in getmembers(self, iscoroutinefunction)]


def activity_for(effect: AnyDeskEffect) -> Callable[..., Any]:
    """Return the activity that performs the effect."""
    match effect:
        case Assign():
            return DeskActivities.assign
        case AddInternalNote():
            return DeskActivities.add_internal_note
        case SendReply():
            return DeskActivities.send_reply
        case AddTag():
            return DeskActivities.add_tag
        case RemoveTag():
            return DeskActivities.remove_tag
        case SetPriority():
            return DeskActivities.set_priority
        case SetStatus():
            return DeskActivities.set_status
        case SetAssistant():
            return DeskActivities.set_assistant
        case ReportBug():
            return DeskActivities.report_bug
        case _:
            assert_never(effect)
