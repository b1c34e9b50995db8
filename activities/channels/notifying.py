"""Sends a notification by the channel of its target, unless an incident calls people for many conversations.

Promises that asking the incident and sending together stay within the time of one attempt; and that what is shown
later on a run's messages is shown on every channel that can change its messages, each as far as it can. Must not know
how people are told.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping

from temporalio import activity

from activities.channels.port import Channel, ChannelThatLists, ChannelThatUpdates
from activities.effects.accepted import Accepted, Attempt
from activities.effects.errors import is_permanent
from activities.incidents.membership import Incidents
from policies.document.targets import Target
from policies.state.effects import ListMembers, Notify, UpdateNotification


class NotInTimeError(Exception):
    """The attempt ran out of time; the next one may succeed."""


class Notifying:
    """The activities that workers run for all channels. Their names are older than the second channel."""

    def __init__(self, incidents: Incidents, channels: Mapping[str, Channel]) -> None:
        """Keep the channels by the schemes of their targets."""
        self._incidents = incidents
        self._channels = channels
        self._updating = [each for each in channels.values() if isinstance(each, ChannelThatUpdates)]
        self._listing = [each for each in channels.values() if isinstance(each, ChannelThatLists)]
        self._fixed = ", ".join(name for name, each in channels.items() if not isinstance(each, ChannelThatUpdates))

    @activity.defn(name="slack.notify")
    async def notify(self, effect: Notify) -> Accepted:
        """Tell all people that the target stands for, unless an incident calls them."""
        return await self._unless_folded(effect)

    @activity.defn(name="apprise.notify")
    async def notify_soon(self, effect: Notify) -> Accepted:
        """Do the same on a channel that can't say why it fails, and so is given up sooner."""
        return await self._unless_folded(effect)

    @activity.defn(name="slack.update")
    async def update(self, effect: UpdateNotification) -> Accepted:
        """Show the outcome of a run on its messages, in all channels that can change a message."""
        activity.logger.debug("channels.not_updated", extra={"channels": self._fixed, "key": effect.key})
        return await _together(each.update(effect) for each in self._updating)

    @activity.defn(name="slack.list_members")
    async def list_members(self, effect: ListMembers) -> Accepted:
        """List the members of an incident, in all channels that can."""
        return await _together(each.list_members(effect) for each in self._listing)

    async def _unless_folded(self, effect: Notify) -> Accepted:
        channel = self._channels[Target.of(effect.target).channel]
        if effect.storm is None:
            return await channel.notify(effect)
        attempt = Attempt()
        try:
            async with asyncio.timeout(attempt.seconds):
                if incident := await self._incidents.fold(effect, attempt):
                    return attempt.folded(incident)
                return await channel.notify(effect)
        except TimeoutError as error:
            raise NotInTimeError("Neither the incident nor the notification was done in time.") from error


async def _together(doing: Iterable[Awaitable[Accepted]]) -> Accepted:
    """Return the confirmations of several channels as one. Each gets its turn, whatever happens to the others.

    Raises where a channel failed: of several failures one that a retry may cure.
    """
    results = await asyncio.gather(*doing, return_exceptions=True)
    failed = sorted((result for result in results if isinstance(result, BaseException)), key=is_permanent)
    if failed:
        raise failed[0]
    accepted = [result for result in results if isinstance(result, Accepted)]
    refs = ", ".join(each.ref for each in accepted)
    return max(accepted, key=lambda each: each.accepted_at).model_copy(
        update={"ref": refs, "repeated": all(each.repeated for each in accepted)}
    )
