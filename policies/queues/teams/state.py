"""The state of a team's queue at one instant: agents, their work, waiting conversations, and the latest grants.

Promises immutable records of plain values that serialise to JSON and back. All instants are the team's own time; added
to one of them, `skew` gives a conversation's time. Must not know how the records come about (`decide`) nor who is in
the team (policy).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Literal

from policies.editions import FIRST
from policies.queues.routing import Presence
from policies.state.records.told import Entry
from policies.state.seen import Seen

QueueEntryState = Literal["waiting", "offered", "granted", "owned"]


@dataclass(frozen=True, slots=True)
class TeamMember:
    """The state of one agent, beside the policy. `gone_since` is when they stopped being at work."""

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
    """A skill that a conversation needs, and the levels that are enough after longer waits."""

    skill: str
    required: bool
    steps: tuple[tuple[timedelta, int], ...]
    """`(waited, level)` in the order of waits, the first at once. Level 0 means that the skill is no longer needed."""

    def level_after(self, waited: timedelta) -> int:
        """Return the level that is enough after so long in the queue."""
        return next(level for after, level in reversed(self.steps) if after <= waited)


@dataclass(frozen=True, slots=True)
class Miss:
    """An agent let a conversation's offer pass, `times` times. They may be asked again from `again_at` on."""

    agent: str
    times: int
    again_at: datetime


@dataclass(frozen=True, slots=True)
class TeamQueueEntry:
    """One conversation that the team holds: its queue entry, or the agent it was offered or given to.

    `id` is the conversation's name for this request; answers to another id are stale. `rank_at` sorts the queue: since
    when the customer waits, less the head start of urgent conversations. `wait` names the customer's wait, for which
    `not_to` holds: the agents who declined or failed the conversation. `missed` are agents who let an offer pass.
    `because` is why it was offered to `agent`; `until` is when an offer expires or an unconfirmed grant is sent again.
    `said_at` is when, in the conversation's time, it was last told something; without `told_at` it has yet to be told
    its position. `heard_at` is when, in the team's time, the conversation was last heard from. `run` is the end of the
    id of its first run.
    """

    conversation: str
    id: str
    state: QueueEntryState
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
    is_on_hold: bool = False
    said_at: datetime | None = None
    missed: tuple[Miss, ...] = ()
    heard_at: datetime | None = None
    run: str = ""
    policy: str = ""
    version: int = 0
    person: str = ""
    """The person who is asked first; the line goes on without them at `person_until`, or at once while away."""
    person_until: datetime | None = None

    @property
    def load(self) -> int:
        """The room that the conversation takes up: none while its agent has it on hold."""
        return 0 if self.is_on_hold else self.weight


by_rank: Callable[[TeamQueueEntry], tuple[datetime, str]] = attrgetter("rank_at", "conversation")
"""The sort key of the queue: an `attrgetter`, which is the fastest, because thousands of entries may be sorted."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The agents who declined or failed a conversation in the wait `wait`, kept while the team does not hold it."""

    conversation: str
    wait: str
    not_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """A conversation was given to an agent. `waited` is how long it was in the queue."""

    at: datetime
    conversation: str
    agent: str
    waited: timedelta
    because: str


@dataclass(frozen=True, slots=True)
class ClosingVersion:
    """A version of a policy that has no queue for the team: conversations under earlier ones have to go elsewhere."""

    policy: str
    version: int
    at: datetime
    """When the team took that in."""

    @property
    def name(self) -> str:
        """The policy's name with the version."""
        return f"{self.policy} v{self.version}"


@dataclass(frozen=True, slots=True)
class Team:
    """Everything that is true of a team's queue at `at`. Mappings are replaced, never changed.

    `looked_at` is when the team last asked which of the silent conversations still run. `edition` names the behaviour
    by which events are judged (`policies.editions`).
    """

    team: str
    at: datetime
    members: Mapping[str, TeamMember] = field(default_factory=dict[str, TeamMember])
    tickets: Mapping[str, TeamQueueEntry] = field(default_factory=dict[str, TeamQueueEntry])
    grants: tuple[Grant, ...] = ()
    offers: int = 0
    told: int = 0
    seen: Seen = field(default_factory=Seen)
    strangers: tuple[str, ...] = ()
    timeline: tuple[Entry, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    looked_at: datetime | None = None
    edition: int = FIRST
    departed: tuple[str, ...] = ()
    """The people who were in the team by an earlier version of the policy, the latest last; known from edition 3 on."""
    closed_by: tuple[ClosingVersion, ...] = ()
    """The versions that closed the queue, one for each policy; known from edition 3 on."""

    @property
    def waiting(self) -> list[TeamQueueEntry]:
        """The waiting conversations, the first in the queue first."""
        waiting = (entry for entry in self.tickets.values() if entry.state == "waiting")
        return sorted(waiting, key=by_rank)

    @property
    def with_agents(self) -> list[TeamQueueEntry]:
        """The conversations that are offered, granted or owned, by their ids."""
        return sorted(
            (entry for entry in self.tickets.values() if entry.state != "waiting"),
            key=lambda entry: entry.conversation,
        )
