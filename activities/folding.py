"""Asks, before anybody is told, whether an incident does so for many.

Promises that both together keep to the time that one attempt has. Must not know how people are told.
"""

import asyncio
from typing import Protocol

from temporalio import activity

from activities.accepted import Accepted, Attempt
from activities.incidents import Incidents
from activities.slack.errors import SlackUnavailableError
from policies.effects import Notify


class Telling(Protocol):
    """Whatever tells people: the real Slack, the one that records, a further channel."""

    async def notify(self, effect: Notify) -> Accepted:
        """Tell everybody the target stands for."""
        ...


class Folding:
    """The activities that workers run for `Notify`."""

    def __init__(self, incidents: Incidents, slack: Telling, channels: Telling) -> None:
        self._incidents = incidents
        self._slack = slack
        self._channels = channels

    @activity.defn(name="slack.notify")
    async def notify(self, effect: Notify) -> Accepted:
        """Tell everybody the target stands for, unless an incident does."""
        return await self._unless_folded(effect, self._slack)

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
            raise SlackUnavailableError("Slack did not answer in time.") from error
