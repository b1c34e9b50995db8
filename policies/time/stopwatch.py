"""A stopwatch over business hours: the time that has counted so far, and since when it runs.

Promises that time counts only while it runs, and only in the hours that it is read by. Records that count time inherit
it. Must not know the clock or support.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from policies.time.hours import BusinessHours

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopwatch:
    """Business time.

    A change of hours counts only from then on where the stopwatch is stopped and started again at the change.
    """

    spent: timedelta = _NOTHING
    """The business time used before `since`."""
    since: datetime | None = None
    """The instant since which the time runs; null while it stands still."""

    def started(self, at: datetime) -> Self:
        """Return it running from `at` on; a stopwatch that runs already stays as it is."""
        return replace(self, since=at) if self.since is None else self

    def stopped(self, at: datetime, hours: BusinessHours) -> Self:
        """Return it standing still, with the time until `at` counted."""
        return self if self.since is None else replace(self, spent=self.spent_by(at, hours), since=None)

    def spent_by(self, at: datetime, hours: BusinessHours) -> timedelta:
        """Return the time that has counted by `at`; an instant before it began to run adds nothing."""
        if self.since is None:
            return self.spent
        return self.spent + hours.between(self.since, max(at, self.since))

    def reaches(self, span: timedelta, hours: BusinessHours) -> datetime | None:
        """Return when it will show `span`, or began to run showing more already; None while it stands still."""
        return None if self.since is None else hours.due(self.since, max(span - self.spent, _NOTHING))
