"""The lifecycle of a conversation: its status, holds, snoozes, closing and merging.

Must not know what follows from them (`lifecycle`, `ending`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from policies.document.document import Status
from policies.document.handoffs import Choice
from policies.state.records.handoffs import Handoff
from policies.state.records.on_call import OnCallRun
from policies.state.records.queue_entry import QueueEntry
from policies.state.records.sla import Clock, Silence


@dataclass(frozen=True, slots=True)
class GivenAway:
    """The customer's wait and promised callback at the time a conversation was merged into another one."""

    waiting_since: datetime | None = None
    """The instant since which the customer waits for a person; null where no customer waits."""
    callback_at: datetime | None = None
    """The instant of the promised callback; null where none was promised."""


@dataclass(frozen=True, slots=True)
class Closed:
    """All that a close ended, as it was before, so that a mistake can be undone."""

    at: datetime
    """The instant of the close."""
    is_held: bool
    held_until: datetime | None
    snoozed_until: datetime | None
    waiting_since: datetime | None
    callback_at: datetime | None
    offered: tuple[Choice, ...]
    handoff: Handoff | None
    clocks: tuple[Clock, ...]
    """The promises that were open."""
    silences: tuple[Silence, ...]
    calls: tuple[OnCallRun, ...]
    """The on-call runs that called people, or that a person had acknowledged without an answer yet."""
    place: QueueEntry | None


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
    closed: Closed | None = None
    """All that the latest close ended; null while the conversation is open, and after a merge."""
    imported_at: Annotated[datetime | None, Field(exclude_if=lambda at: at is None)] = None
    """The instant at which an imported conversation started here: no person was told what was due before; else null."""

    @property
    def is_on_hold(self) -> bool:
        """`True` on an operator's hold, or on hold in the helpdesk: no person has anything to do."""
        return self.is_held or self.status == "on_hold"

    @property
    def is_paused(self) -> bool:
        """`True` where support has nothing to do: on hold, waiting for the customer, or resolved."""
        return self.is_held or self.status != "open"

    @property
    def shown_status(self) -> Status:
        """The status as people and callers read it: `on_hold` also where a person stopped the clocks in Baton."""
        return "on_hold" if self.is_held else self.status

    @property
    def is_resolved(self) -> bool:
        """`True` where the conversation is resolved and only stays for late events, feedback and reopening."""
        return self.status == "resolved"
