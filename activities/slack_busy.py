"""Whether a channel has had as many messages as people can follow.

Promises to count what other workers sent, too, and that messages nobody is called by do not use up the room of those
that somebody is. Must not know what happens to the others.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from activities.slack_outbox import SlackOutbox
from policies.effects import Notify

_WINDOW = timedelta(minutes=1)


class Busy:
    """Counts by the server's clock, as the outbox does."""

    def __init__(self, outbox: SlackOutbox | None, above: int) -> None:
        """`above` is how many messages a minute go out by themselves; 0 for all."""
        self._outbox = outbox
        self._above = above
        self._chosen: dict[tuple[str, bool], dict[str, datetime]] = defaultdict(dict)

    async def is_too_busy(self, effect: Notify, at: datetime) -> bool:
        """Whether this one should not go out by itself. One that once should is told so again."""
        if not self._above or self._outbox is None:
            return False
        is_page, since = bool(effect.page), at - _WINDOW
        sent = await self._outbox.number_since(effect.target, since, pages_only=is_page)
        # Those under way are not in the outbox yet. From here on nothing is awaited, so none is counted too late.
        chosen = {key: when for key, when in self._chosen[effect.target, is_page].items() if when > since}
        self._chosen[effect.target, is_page] = chosen
        if effect.key not in chosen and max(sent, len(chosen)) >= self._above:
            return True
        chosen[effect.key] = at
        return False
