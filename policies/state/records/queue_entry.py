"""The conversation's entry in a team's queue.

Must not know who else waits there.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from policies.document.document import Priority
from policies.time.stopwatch import Stopwatch

AskedNeeds = tuple[tuple[str, bool, tuple[tuple[float, int], ...]], ...]
"""Needed skills: the skill, whether it is required, and `(seconds waited, level that is enough)` pairs."""


@dataclass(frozen=True, slots=True)
class Lease(Stopwatch):
    """The time for which the assignee has let the customer wait, in the wait that began at `wait`."""

    wait: datetime
    """The instant since which the customer waits."""


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """The conversation's entry in a team's queue, or the agent of that team who has the conversation.

    `priority`, `language` and `needs` are as the team was told.
    """

    team: str
    ticket: str
    state: Literal["waiting", "offered", "owned"]
    entered_at: datetime
    """The instant at which the conversation entered the queue."""
    priority: Priority = "normal"
    language: str = ""
    """The customer's language, such as `pt-BR`."""
    needs: AskedNeeds = ()
    """The skills that the conversation needs."""
    wait: datetime | None = None
    """The instant since which the customer waits, which decides the place in line."""
    agent: str = ""
    offer: str = ""
    failed: tuple[str, ...] = ()
    """The agents who had the conversation in this wait and did not answer."""
    is_given_back: bool = False
    """`true` where the conversation has just been taken back from an agent."""
    owned_since: datetime | None = None
    """The instant since which an agent has the conversation."""
    position: int = 0
    """The place in line; 1 is next."""
    present: int = 0
    """The number of agents who are there and could take the conversation if they had room."""
    estimate: str = ""
    """The probable wait; empty where too little is known."""
    wait_low: int | None = None
    """The lower end of the probable wait, in minutes."""
    wait_high: int | None = None
    """The upper end of the probable wait, in minutes."""
    lease: Lease | None = None
    """The time for which the agent has let the customer wait; null where the agent never has."""
    is_refused: bool = False
    """`true` where every agent who could ever take the conversation has declined, or had it and did not answer."""
    look_at: datetime | None = None
    """The instant at which the conversation next asks whether the team still knows of it; null while it is asking."""
    unheard: int = 0
    """The number of such questions in a row that failed."""

    is_on_hold: bool = False
    """`true` where an agent has the conversation and it is on hold, so that it takes up none of their capacity."""
    person: str = ""
    """The person whom the team asks first, because a rule named them."""
    closed_in: int = 0
    """The version of the policy that has no queue for the team, once the team has said so; else 0."""

    @property
    def asked(self) -> tuple[object, ...]:
        """Everything that the team was told about the agent that the conversation needs."""
        return self.team, self.ticket, self.priority, self.language, self.needs, self.person
