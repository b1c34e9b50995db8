"""Whether a channel has had as many messages as people can follow.

Promises to count what other workers sent, too, and that messages nobody is called by do not use up the room of those
that somebody is. Must not know what happens to the others.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from activities.effects.optional import unless_slow
from activities.slack.outbox import SlackOutbox
from policies.state.effects import Notify

_WINDOW = timedelta(minutes=1)


class ChannelVolume:
    """Counts by the server's clock, as the outbox does."""

    def __init__(self, outbox: SlackOutbox, above: int) -> None:
        """`above` is how many messages a minute go out by themselves; 0 for all."""
        self._outbox = outbox
        self._above = above
        self._chosen: dict[tuple[str, bool], dict[str, datetime]] = defaultdict(dict)

    async def is_too_busy(self, effect: Notify, at: datetime) -> bool:
        """Whether this one should not go out by itself. One that once should is told so again."""
        if not self._above:
            return False
        is_page, since = bool(effect.page), at - _WINDOW
        chosen = self._chosen[effect.target, is_page]
        for key in [key for key, when in chosen.items() if when <= since]:
            del chosen[key]
        if effect.key in chosen:
            return False
        # In a flood this worker knows enough, and the database has other things to do.
        if len(chosen) >= self._above:
            return True
        # Those under way are not in the outbox yet, so it may know fewer than this worker does.
        chosen[effect.key] = at
        sent = await unless_slow(self._outbox.number_since(effect.target, since, pages_only=is_page), 0)
        if sent < self._above:
            return False
        chosen.pop(effect.key, None)
        return True
