"""The team and the person responsible for a conversation, now and before.

Must not know how they are chosen.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from policies.document.hindsight import Move

Giver = Literal["", "person", "queue"]


@dataclass(frozen=True, slots=True)
class Stint:
    """A time during which one team was responsible."""

    team: str
    since: datetime
    because: str
    is_assistant: bool | None = None
    """`true` where the assistant answered for the team then, whatever a later policy says; null where unknown."""


@dataclass(frozen=True, slots=True)
class Responsible:
    """The team and the assignee, and how the conversation came to them."""

    team: str = ""
    """A team, by its name in the policy."""
    assignee: str = ""
    """The person responsible, by your id; empty where the team has it and no person."""
    assignee_since: datetime | None = None
    """When the assignee became responsible, from edition 3 on; null where no person is, or where that is unknown."""
    has_left: bool = False
    """`true` where the assignee has left the team by a later policy: it is taken back once the customer waits."""
    assigned_by: str = ""
    """The key of the assignment, where Baton made it."""
    given_by: Giver = ""
    """The chooser of the assignee: a `person` (also the assignee), the team's `queue`, or a rule where empty."""
    wanted_person: str = ""
    """The person of the team whom its queue asks first, because a rule named them; empty where a person has it."""
    returns_to: str = ""
    """The team that gets the conversation back when business hours begin."""
    outside_noted: str = ""
    """The closing that was told last: a team, and the instant at which it opens again; empty where none was told."""
    path: tuple[Stint, ...] = ()
    """The teams that were responsible, the first one first."""
    reason: str = ""
    """The reason of the latest move, as a code for reports."""
    escalations: int = 0
    """The number of escalations by people."""
    moves: tuple[Move, ...] = ()
    """The latest moves that brought people in, by which feedback judges the rules."""
