"""Counts whether a channel has had as many messages as people can follow.

Promises to count the messages of other workers, too, and that messages which call nobody do not use up the room of
messages which do. Must not know what happens to the others.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from activities.effects.optional import unless_slow
from activities.slack.outbox import SlackOutbox
from policies.state.effects import Notify

_WINDOW = timedelta(minutes=1)


class ChannelVolume:
    """The count of each channel, by the server's clock, as in the outbox."""

    def __init__(self, outbox: SlackOutbox, above: int) -> None:
        """Keep the limit: `above` messages a minute go out by themselves; 0 for all."""
        self._outbox = outbox
        self._above = above
        self._chosen: dict[tuple[str, bool], dict[str, datetime]] = defaultdict(dict)

    async def is_too_busy(self, effect: Notify, at: datetime) -> bool:
        """Return whether this one belongs in a digest; one that may go out by itself keeps that right a minute."""
        if not self._above:
            return False
        is_call, since = bool(effect.page), at - _WINDOW
        chosen = self._chosen[effect.target, is_call]
        for key in [key for key, when in chosen.items() if when <= since]:
            del chosen[key]
        if effect.key in chosen:
            return False
        # In a flood this worker's own count is enough, and the database is busy.
        if len(chosen) >= self._above:
            return True
        # Messages under way are not in the outbox yet, so it may count fewer than this worker does.
        chosen[effect.key] = at
        sent = await unless_slow(self._outbox.number_since(effect.target, since, calls_only=is_call), 0)
        if sent < self._above:
            return False
        chosen.pop(effect.key, None)
        return True
