"""Opens the channels that people are told by, and the doors of their buttons: one row for each channel.

Promises a channel for each scheme that a policy may name. Must not know why people are told.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.channels.apprise import AppriseChannels
from activities.channels.port import Channel, Door
from activities.channels.webhook import Webhook
from activities.effects.signing import Signer
from activities.slack.real import Slack
from activities.slack.recorded import RecordedSlack
from activities.slack.rendering.text import Links
from activities.slack.workspace import client
from worker.buttons.carrying_out import CarryingOut
from worker.environment.channels import read_channels
from worker.environment.settings import Own, Settings, own
from worker.slack.buttons import slack_door


def _slack(settings: Settings, store: AsyncEngine, links: Links) -> Channel:
    if not settings.slack_token:
        return RecordedSlack(store, links=links)
    slack = client(settings.slack_token, settings.slack_base_url)
    return Slack(slack, store, links=links, digest_above=settings.slack_digest_above)


def _apprise(settings: Settings, store: AsyncEngine, links: Links) -> Channel:
    return AppriseChannels(read_channels(settings.notify), store, links=links)


@dataclass(frozen=True, slots=True)
class Opening(Generic[Own]):
    """The opening of one channel, and of the door for its buttons where it has any, both with the channel's settings.

    A channel in a folder of its own has its variables in a class of its own there.
    """

    settings: type[Own]
    channel: Callable[[Own, AsyncEngine, Links], Channel]
    door: Callable[[Own, CarryingOut], Door | None] = lambda _settings, _pressing: None

    def given(self, settings: Settings) -> Own:
        """Return the channel's settings: the worker's, or its own from the environment. Raises TroubleError."""
        return settings if isinstance(settings, self.settings) else own(self.settings)


OPENINGS: Mapping[str, Opening[Any]] = {
    "slack": Opening(Settings, _slack, slack_door),
    "webhook": Opening(Settings, lambda settings, _store, _links: Webhook(Signer.of(settings.webhook_secrets))),
    "apprise": Opening(Settings, _apprise),
}
"""The channels by the schemes of `policies.document.channels.CHANNELS`."""


def open_channels(settings: Settings, store: AsyncEngine) -> dict[str, Channel]:
    """Return all channels, ready to send. Raises TroubleError where the settings of one can't be used."""
    links = Links(settings.desk_url, settings.ui_url)
    return {scheme: one.channel(one.given(settings), store, links) for scheme, one in OPENINGS.items()}


class Doors:
    """The doors of all channels in one process, as one."""

    def __init__(self, doors: Iterable[Door]) -> None:
        self._doors = tuple(doors)
        self.routes = tuple(route for door in self._doors for route in door.routes)
        """The routes for the process's HTTP server."""

    @asynccontextmanager
    async def pressed(self) -> AsyncGenerator[None]:
        """Take presses until the end of the block, then finish those under way."""
        async with AsyncExitStack() as stack:
            for door in self._doors:
                await stack.enter_async_context(door.pressed())
            yield


def open_doors(settings: Settings, client: Client) -> Doors:
    """Return the doors for which there are settings. Raises TroubleError where the settings of one can't be used."""
    pressing = CarryingOut(client)
    doors = (one.door(one.given(settings), pressing) for one in OPENINGS.values())
    return Doors(door for door in doors if door is not None)
