"""Handoffs from the assistant to people, and the choices that customers have meanwhile.

Must not know how a handoff goes from stage to stage (`handoff.transitions`).
"""

import operator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from policies.document.handoffs import Choice


@dataclass(frozen=True, slots=True)
class Handoff:
    """A handoff from the assistant to people: requested, accepted by a person, committed once that person is there."""

    number: int
    """The number of the handoff within the conversation."""
    from_team: str
    """The team that had the conversation before."""
    because: str
    """The cause, in a sentence."""
    requested_at: datetime
    """The instant since which an agent is wanted."""
    state: Literal["requested", "accepted", "committed", "returned"] = "requested"
    """The stage of the handoff: the assistant is muted only once it is `committed`."""
    reason: str = ""
    """The reason, as a code for reports."""
    accepted_by: str = ""
    """The agent who comes, or has come."""
    accepted_at: datetime | None = None
    """The instant at which the agent accepted."""
    reopened: int = 0
    """The number of times that an agent was awaited anew: the one who accepted did not come, or a callback was due."""
    awaited_at: datetime | None = None
    """The instant since which another agent is awaited; null where that never happened."""
    committed_at: datetime | None = None
    """The instant at which the agent was there."""
    given_up: str = ""
    """The acceptance that was waited for in vain; empty where none was."""
    returned_at: datetime | None = None
    """The instant at which the assistant got the conversation back, or it was resolved before an agent came."""

    @property
    def is_open(self) -> bool:
        """`True` while the assistant still waits to be relieved."""
        return self.state in ("requested", "accepted")


@dataclass(frozen=True, slots=True)
class Memory:
    """The choices of a customer that hold for their later conversations."""

    customer: str
    """The beginning of your id of the customer whose choices were asked for, or forgotten."""
    is_agreed: bool
    """`true` where the customer agrees that their choices are remembered."""
    choices: tuple[tuple[str, str], ...] = ()
    """The choices of earlier conversations: `handoff`, `channel`."""


@dataclass(frozen=True, slots=True)
class Handoffs:
    """The latest handoff, and the choices of the customer."""

    latest: Annotated[Handoff | None, Field(alias="handoff")] = None
    """The handoff from the assistant to people; null where there was none."""
    is_assistant_muted: bool = False
    """`true` where the assistant has to keep silent, because a person has the conversation."""
    confirmed: tuple[str, ...] = ()
    """The latest assignments that the desk has confirmed, while a handoff waited for it."""
    offered: tuple[Choice, ...] = ()
    """The choices that the customer was offered last, in the order of their numbers."""
    offered_at: datetime | None = None
    """The instant at which they were offered."""
    preferences: tuple[tuple[str, str], ...] = ()
    """The customer's preferences, as you sent them and as the customer chose."""
    memory: Annotated[Memory | None, Field(exclude_if=operator.not_)] = None
    """The choices of earlier conversations; null where the policy remembers none, or the customer has not said yes or
    no to it."""
