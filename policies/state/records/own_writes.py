"""The values that Baton has had set at the helpdesk lately, by which late confirmations are known.

Must not know how the helpdesk reports them.
"""

import operator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

_LATELY = timedelta(hours=24)
_KEPT = 20


@dataclass(frozen=True, slots=True)
class OwnWrite:
    """One value that Baton had set."""

    at: datetime
    """The instant at which Baton asked for it."""
    subject: str
    """The thing that was set: `assignee`, `status`, or `tag` with its name."""
    to: tuple[str, ...]
    """The value: a team and a person, a status, or whether the tag is there."""


@dataclass(frozen=True, slots=True)
class OwnWrites:
    """The values of the last 24 hours."""

    own_writes: Annotated[tuple[OwnWrite, ...], Field(exclude_if=operator.not_)] = ()
    """The values that Baton has had set at the helpdesk within 24 hours, the latest last."""

    def and_one(self, at: datetime, subject: str, to: tuple[str, ...]) -> tuple[OwnWrite, ...]:
        """Return the values with one more."""
        lately = tuple(each for each in self.own_writes if at - each.at < _LATELY)
        return (*lately[1 - _KEPT :], OwnWrite(at, subject, to))

    def of(self, subject: str, at: datetime) -> tuple[tuple[str, ...], ...]:
        """Return the values of one subject in the 24 hours before `at`."""
        return tuple(each.to for each in self.own_writes if each.subject == subject and at - each.at < _LATELY)
