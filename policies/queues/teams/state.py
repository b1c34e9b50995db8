"""How a team stands at one instant: who is there, what they have, who waits, and what was granted lately.

Promises immutable records of plain values that serialise to JSON and back. All instants are the team's own time;
`skew` leads from it to a conversation's. Must not know how they come about (`decide`) nor who is in the team (policy).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Literal

from policies.queues.routing import Presence
from policies.state.seen import Seen
from policies.state.situation import Entry

TicketState = Literal["waiting", "offered", "granted", "owned"]


@dataclass(frozen=True, slots=True)
class Member:
    """What is known of one person beside the policy. `gone_since` is when they stopped being at work."""

    agent: str
    presence: Presence = "offline"
    since: datetime | None = None
    beat_at: datetime | None = None
    gone_since: datetime | None = None
    is_reclaimed: bool = False
    idle_since: datetime | None = None
    granted_at: tuple[datetime, ...] = ()
    declined: int = 0
    missed: int = 0
    reclaimed: int = 0


@dataclass(frozen=True, slots=True)
class NeedLeft:
    """A skill that a conversation needs of a person: from each of these waits on, this level is enough."""

    skill: str
    required: bool
    steps: tuple[tuple[timedelta, int], ...]
    """`(waited, level)` in the order of waits; the first at once. Level 0 means not needed any more."""

    def level_after(self, waited: timedelta) -> int:
        """The level that is enough after so long in the queue."""
        return next(level for after, level in reversed(self.steps) if after <= waited)


@dataclass(frozen=True, slots=True)
class Miss:
    """Somebody let offers of one conversation go unanswered, so often; they may be asked again from then on."""

    agent: str
    times: int
    again_at: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """One conversation in the team's hands: its place in line, or whom it was given to.

    `id` is the conversation's own name for this asking; another id makes all answers to the old one stale. `rank_at` is
    what the line is sorted by: since when the customer waits, less the head start of urgent ones. `because` is why it
    was offered to `agent`; `until` is when an offer expires, or an unanswered grant is told again. `wait` names the
    customer's wait, for which `not_to` holds: those who declined or failed it; `missed` are those who let an offer go
    unanswered. `said_at` is when, by its own clock, the conversation was told something last; without `told_at` it has
    yet to hear of its place. `heard_at` is when the conversation said something last, by the team's clock; `run` is the
    end of the id of its first run.
    """

    conversation: str
    id: str
    state: TicketState
    rank_at: datetime
    since: datetime
    arrived_at: datetime
    skew: timedelta
    weight: int = 1
    priority: str = "normal"
    subject: str = ""
    needs: tuple[NeedLeft, ...] = ()
    language: str = ""
    last_agent: str = ""
    wait: str = ""
    not_to: tuple[str, ...] = ()
    agent: str = ""
    offer: str = ""
    because: str = ""
    until: datetime | None = None
    told_at: datetime | None = None
    told: int = 0
    retold: int = 0
    is_waiting: bool = True
    said_at: datetime | None = None
    missed: tuple[Miss, ...] = ()
    heard_at: datetime | None = None
    run: str = ""


by_place: Callable[[Ticket], tuple[datetime, str]] = attrgetter("rank_at", "conversation")
"""What the line is sorted by; the quickest way to say so, because thousands may stand in it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who declined or failed a conversation in the wait `wait`, kept while it is not in the team's hands."""

    conversation: str
    wait: str
    not_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """One conversation found its person. `waited` is how long it stood in line."""

    at: datetime
    conversation: str
    agent: str
    waited: timedelta
    because: str


@dataclass(frozen=True, slots=True)
class Team:
    """Everything that is true of a team's queue at `at`. Mappings are replaced, never changed.

    `looked_at` is when it last found out which of the conversations that kept silent still run.
    """

    team: str
    at: datetime
    members: Mapping[str, Member] = field(default_factory=dict[str, Member])
    tickets: Mapping[str, Ticket] = field(default_factory=dict[str, Ticket])
    grants: tuple[Grant, ...] = ()
    offers: int = 0
    told: int = 0
    seen: Seen = field(default_factory=Seen)
    strangers: tuple[str, ...] = ()
    timeline: tuple[Entry, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    looked_at: datetime | None = None

    @property
    def line(self) -> list[Ticket]:
        """Who waits, the first in line first."""
        waiting = (ticket for ticket in self.tickets.values() if ticket.state == "waiting")
        return sorted(waiting, key=by_place)

    @property
    def placed(self) -> list[Ticket]:
        """Offered, granted or owned, in the order of conversations."""
        return sorted(
            (ticket for ticket in self.tickets.values() if ticket.state != "waiting"),
            key=lambda ticket: ticket.conversation,
        )
