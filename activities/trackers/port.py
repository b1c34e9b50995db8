"""The port to a tracker: the one method that Baton calls on any of them.

A new tracker is one module in this room, and one row in `worker.process.trackers`.
"""

from typing import Protocol

from activities.effects.accepted import Accepted
from policies.state.effects import ReportBug


class Tracker(Protocol):
    """One tracker. The same `effect.key` has one visible report, however often it arrives."""

    async def report(self, effect: ReportBug) -> Accepted: ...
