"""The port to a channel: what Baton asks of each way to tell people, and what a channel has to promise.

A new channel is one folder beside this module, with a class that has `notify`. Where it can change a message later it
also has `update`, where it can list the conversations of an incident `list_members`, where its messages have buttons a
class with `routes` and `pressed`. One row in `policies.document.channels` names it to policies, one row in
`worker.process.channels` opens it.

Every channel promises four things, and `tests/activities/channels/test_every_channel.py` asks each for them:

- One effect is one message for each recipient, however often it comes: its `key` goes to the other side, or is kept.
  Where neither tells whether a message has arrived, it is sent again: twice is better than never.
- A call ends within `Attempt.seconds`, also where the other side hangs.
- It raises `permanent` where no retry can help, with a sentence that says what to do and shows no secret;
  `rate_limited` where the other side asks to wait; every other exception means "try again".
- `update` and `list_members` change only messages of the run of their effect (`run_of`). Done again they change
  nothing, and a run without messages on this channel is no failure.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from aiohttp import web

from activities.effects.accepted import Accepted
from activities.slack.rendering.buttons import ActionId, Press
from policies.document.document import Document
from policies.state.effects import ListMembers, Notify, UpdateNotification


class Channel(Protocol):
    """A channel that tells people."""

    async def notify(self, effect: Notify) -> Accepted:
        """Tell all people that the target stands for."""
        ...


@runtime_checkable
class ChannelThatUpdates(Protocol):
    """A channel whose messages can be changed after they were sent."""

    async def update(self, effect: UpdateNotification) -> Accepted:
        """Show the outcome of a run on all its messages. A message that is gone is no failure."""
        ...


@runtime_checkable
class ChannelThatLists(Protocol):
    """A channel that can list the conversations of an incident beside its messages."""

    async def list_members(self, effect: ListMembers) -> Accepted:
        """List the members of an incident in the threads of its messages. A long list may take several attempts."""
        ...


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A button was pressed, or the form that it opened was sent.

    `id` is the same when the channel reports it again; `attempt` tells the attempts of one form apart, and is the `id`
    where it is empty. `fields` are those of a form.
    """

    id: str
    action: ActionId
    on: Press
    attempt: str = ""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


class NotDoneError(Exception):
    """A press changed nothing. The text is for the person who pressed."""


PersonOf = Callable[[Document], str]
"""The function that returns the key under `people` of the person who pressed. Raises NotDoneError for a stranger."""

PRESS_WITHIN = 6.0
"""Seconds. A press is acknowledged at once and answered later.

A worker that stops waits for presses before activities.
"""


class Pressing(Protocol):
    """The worker's side of a door: it carries presses out."""

    async def press(self, press: ButtonPress, person_of: PersonOf, *, within: float = PRESS_WITHIN) -> tuple[str, bool]:
        """Return the sentence for the person, empty where the message shows it, and whether it is done. Never raises.

        Sending the same press again changes nothing twice.
        """
        ...


class Door(Protocol):
    """The way on which presses of a channel's buttons reach one process."""

    @property
    def routes(self) -> Iterable[web.RouteDef]:
        """The routes on the process's HTTP server; none where the channel is listened to in another way."""
        ...

    def pressed(self) -> AbstractAsyncContextManager[None]:
        """Take presses until the end of the block, then finish those under way."""
        ...
