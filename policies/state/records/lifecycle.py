"""The lifecycle of a conversation: its status, holds, snoozes, closing and merging.

Must not know what follows from them (`lifecycle`, `ending`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from policies.document.document import Status


@dataclass(frozen=True, slots=True)
class GivenAway:
    """The customer's wait and promised callback at the time a conversation was merged into another one."""

    waiting_since: datetime | None = None
    """The instant since which the customer waits for a person; null where no customer waits."""
    callback_at: datetime | None = None
    """The instant of the promised callback; null where none was promised."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The status of the conversation, and everything that stops, closes or reopens it."""

    status: Status = "open"
    """The status of the conversation."""
    is_held: bool = False
    """`true` where an operator stopped the clocks."""
    held_until: datetime | None = None
    """The instant at which the hold ends; null where there is none."""
    snoozed_until: datetime | None = None
    """The instant at which the snooze ends; null where there is none."""
    reopened: int = 0
    """The number of times that the conversation was reopened."""
    closes_at: datetime | None = None
    """The instant at which the workflow completes unless a message comes; null while the conversation is open."""
    merged_into: str = ""
    """The conversation in which this one goes on."""
    given_away: GivenAway | None = None
    """The customer's wait and promised callback when the conversation was merged into another one; else null."""
    absorbed: tuple[str, ...] = ()
    """The conversations that were merged into this one."""
    imported_at: Annotated[datetime | None, Field(exclude_if=lambda at: at is None)] = None
    """The instant at which an imported conversation started here: no person was told what was due before; else null."""

    @property
    def is_paused(self) -> bool:
        """`True` where support has nothing to do: on hold, waiting for the customer, or resolved."""
        return self.is_held or self.status != "open"

    @property
    def is_resolved(self) -> bool:
        """`True` where the conversation is resolved and only stays for late events, feedback and reopening."""
        return self.status == "resolved"
