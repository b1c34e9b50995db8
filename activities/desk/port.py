"""The port to a helpdesk: the methods that Baton calls on any helpdesk, and the activities that call them.

A new helpdesk is one folder beside this module, with one class that has these ten methods, and one row in
`worker.process.desks`. Each method has to make sure that the same `effect.key` has one visible result however often it
arrives, and that a late repeat does not undo a later change; and that it ends within the attempt's time, also where the
helpdesk hangs. It raises `permanent` where no retry can help, `rate_limited` where the helpdesk asks to wait, and lets
every other exception escape.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from inspect import getmembers, iscoroutinefunction
from typing import Any, NamedTuple, Protocol, TypeVar, assert_never

from temporalio import activity

from activities.desk.replies import RepliesSent
from activities.effects.accepted import Accepted, Attempt
from activities.trackers.port import Tracker
from policies.state.effects import (
    AddInternalNote,
    AddTag,
    AnyDeskEffect,
    Assign,
    AttachTranscript,
    DeskEffect,
    RemoveTag,
    ReportBug,
    SendReply,
    SetAssistant,
    SetPriority,
    SetStatus,
)

E = TypeVar("E", bound=DeskEffect)


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


def _activity(
    kind: type[E], change: Callable[[Desk, E], Awaitable[Done]]
) -> Callable[..., Coroutine[Any, Any, Accepted]]:
    """Return the activity for one kind of effect, which has the helpdesk change what that effect says."""

    async def perform(self: "DeskActivities", effect: E) -> Accepted:
        attempt = Attempt()
        return attempt.accepted(*await change(self.desk, effect))

    perform.__annotations__ = {"effect": kind, "return": Accepted}  # the types by which Temporal reads JSON
    return activity.defn(name=f"desk.{kind.model_fields['kind'].default}")(perform)


class DeskActivities:
    """The same activities for every helpdesk, so that workflows need not know which one there is.

    `tracker`, where there is one, takes the bug reports instead of the helpdesk.
    """

    def __init__(self, desk: Desk, replies: RepliesSent, tracker: Tracker | None = None) -> None:
        self.desk, self._replies, self._tracker = desk, replies, tracker

    assign = _activity(Assign, lambda desk, effect: desk.assign(effect))
    add_internal_note = _activity(AddInternalNote, lambda desk, effect: desk.add_internal_note(effect))
    add_tag = _activity(AddTag, lambda desk, effect: desk.add_tag(effect))
    remove_tag = _activity(RemoveTag, lambda desk, effect: desk.remove_tag(effect))
    set_priority = _activity(SetPriority, lambda desk, effect: desk.set_priority(effect))
    set_status = _activity(SetStatus, lambda desk, effect: desk.set_status(effect))
    set_assistant = _activity(SetAssistant, lambda desk, effect: desk.set_assistant(effect))

    @activity.defn(name="desk.send_reply")
    async def send_reply(self, effect: SendReply) -> Accepted:
        """Send the customer a reply, unless they had the same rule's reply within a day in another conversation."""
        attempt = Attempt()
        if not await self._replies.may_send(effect):
            return attempt.not_sent("it has sent this customer one within 24 hours, in another conversation")
        return attempt.accepted(*await self.desk.send_reply(effect))

    @activity.defn(name="desk.report_bug")
    async def report_bug(self, effect: ReportBug) -> Accepted:
        """Report a bug in engineering's tracker, else at the helpdesk."""
        attempt = Attempt()
        if self._tracker is not None:
            return await self._tracker.report(effect)
        return attempt.accepted(*await self.desk.report_bug(effect))

    @activity.defn(name="desk.perform")
    async def perform(self, effects: list[AnyDeskEffect]) -> list[Accepted]:
        """Perform effects one after another, and return the confirmations of those that were done.

        Raises where the first one fails. Stops before another one that fails, or that the attempt has no time for: it
        comes again with all attempts of its own, as the first.
        """
        attempt = Attempt()
        done = [await activity_for(effects[0])(self, effects[0])]
        try:
            async with asyncio.timeout(attempt.left):
                for effect in effects[1:]:
                    done.append(await activity_for(effect)(self, effect))
        except Exception as error:
            activity.logger.info(
                "desk.comes_again", extra={"effect": effects[len(done)].kind, "why": repr(error)[:300]}
            )
        return done

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
