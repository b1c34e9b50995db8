"""How long somebody will probably wait: an honest range from what the last grants took, or nothing without a basis.

Must not know who waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from policies.queues.teams.state import Grant

_BASIS = 5
"""Grants without which nothing is said."""
_RECENT = timedelta(hours=2)
"""Older ones tell nothing about now."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Whole minutes, `low` at least 1 and `high` above it."""

    low: int
    high: int

    def __str__(self) -> str:
        return f"{self.low} to {self.high} minutes"


@dataclass(frozen=True, slots=True)
class Pace:
    """The time between two grants, from its first to its third quartile."""

    low: timedelta
    high: timedelta

    def wait(self, position: int) -> Estimate:
        """The wait of who stands at `position`, counted from 1: for everybody ahead and oneself."""
        at_least = max(1, round(self.low * position / _MINUTE))
        return Estimate(at_least, max(at_least + 1, -(-self.high * position // _MINUTE)))


def pace(grants: Sequence[Grant], now: datetime) -> Pace | None:
    """How fast the line moves.

    If nothing was granted for longer than is usual, the queue stands still, and the silence so far counts as one such
    time.
    """
    recent = [grant.at for grant in grants if now - grant.at <= _RECENT]
    if len(recent) < _BASIS:
        return None
    gaps = sorted([*(later - earlier for earlier, later in pairwise(recent)), now - recent[-1]])
    return Pace(*(gaps[round(share * (len(gaps) - 1))] for share in (0.25, 0.75)))
