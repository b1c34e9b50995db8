"""Sends one notification to its target, unless an incident calls people for many conversations.

Promises that asking the incident and sending together stay within the time of one attempt. Must not know how people are
told.
"""

import asyncio
from typing import Protocol

from temporalio import activity

from activities.effects.accepted import Accepted, Attempt
from activities.incidents.membership import Incidents
from policies.document.targets import Target
from policies.state.effects import Notify


class NotInTimeError(Exception):
    """The attempt ran out of time; the next one may succeed."""


class Telling(Protocol):
    """A channel that tells people: Slack, the record of what Slack would get, a further channel, or a webhook."""

    async def notify(self, effect: Notify) -> Accepted:
        """Tell everybody that the target stands for."""
        ...


class Notifying:
    """The activities that workers run for `Notify`. Webhooks share Slack's activity, though they need no Slack."""

    def __init__(self, incidents: Incidents, slack: Telling, channels: Telling, webhook: Telling) -> None:
        self._incidents = incidents
        self._slack = slack
        self._channels = channels
        self._webhook = webhook

    @activity.defn(name="slack.notify")
    async def notify(self, effect: Notify) -> Accepted:
        """Tell everybody that the target stands for, unless an incident calls them."""
        telling = self._webhook if Target.of(effect.target).kind == "webhook" else self._slack
        return await self._unless_folded(effect, telling)

    @activity.defn(name="apprise.notify")
    async def notify_channel(self, effect: Notify) -> Accepted:
        """Tell a further channel, unless an incident calls people."""
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
