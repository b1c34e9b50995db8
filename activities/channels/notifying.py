"""Has one notification sent to its target, unless an incident tells it for many conversations.

Promises that both together keep to the time that one attempt has. Must not know how people are told.
"""

import asyncio
from typing import Protocol

from temporalio import activity

from activities.channels.webhook import SCHEME
from activities.effects.accepted import Accepted, Attempt
from activities.incidents.membership import Incidents
from policies.state.effects import Notify


class NotInTimeError(Exception):
    """The attempt had no time left; the next one may do better."""


class Telling(Protocol):
    """A channel that tells people: Slack, the record of what Slack would get, a further channel, a webhook."""

    async def notify(self, effect: Notify) -> Accepted:
        """Tell everybody the target stands for."""
        ...


class Notifying:
    """The activities that workers run for `Notify`: webhooks need no Slack, though they share its activity."""

    def __init__(self, incidents: Incidents, slack: Telling, channels: Telling, webhook: Telling) -> None:
        self._incidents = incidents
        self._slack = slack
        self._channels = channels
        self._webhook = webhook

    @activity.defn(name="slack.notify")
    async def notify(self, effect: Notify) -> Accepted:
        """Tell everybody the target stands for, unless an incident does."""
        telling = self._webhook if effect.target.startswith(SCHEME) else self._slack
        return await self._unless_folded(effect, telling)

    @activity.defn(name="apprise.notify")
    async def notify_channel(self, effect: Notify) -> Accepted:
        """Tell a further channel, unless an incident does."""
        return await self._unless_folded(effect, self._channels)

    async def _unless_folded(self, effect: Notify, telling: Telling) -> Accepted:
        if effect.storm is None:
            return await telling.notify(effect)
        attempt = Attempt()
        try:
            async with asyncio.timeout(attempt.seconds):
                if incident := await self._incidents.fold(effect, attempt):
                    return attempt.folded(incident)
                return await telling.notify(effect)
        except TimeoutError as error:
            raise NotInTimeError("Neither the incident nor the notification was done in time.") from error
