"""An estimate of the customer's wait: an honest range from the latest grants, or nothing where there are too few.

Must not know who waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from policies.queues.teams.state import Grant

_BASIS = 5
"""The least number of recent grants for an estimate."""
_RECENT = timedelta(hours=2)
"""The age up to which a grant counts; older ones say nothing about the present."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A range in whole minutes; `low` is at least 1 and `high` is above it."""

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
        """Return the wait at `position` of the queue, counted from 1: one gap for each entry ahead and for itself."""
        at_least = max(1, round(self.low * position / _MINUTE))
        return Estimate(at_least, max(at_least + 1, -(-self.high * position // _MINUTE)))


def pace(grants: Sequence[Grant], now: datetime) -> Pace | None:
    """Return how fast the queue moves; None where too few grants are recent.

    The time since the latest grant counts as one more gap, so that estimates grow while the queue stands still.
    """
    recent = [grant.at for grant in grants if now - grant.at <= _RECENT]
    if len(recent) < _BASIS:
        return None
    gaps = sorted([*(later - earlier for earlier, later in pairwise(recent)), now - recent[-1]])
    return Pace(*(gaps[round(share * (len(gaps) - 1))] for share in (0.25, 0.75)))
