"""The answers of queries and updates as records: the shapes that `workflows.conversations.showing` builds.

Promises every field that an answer has; a test compares them with the answers of a live conversation.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from policies.deadlines import DeadlineKind
from policies.document.document import Priority, Status
from policies.queues.routing import Presence
from policies.queues.teams.state import TicketState
from policies.state.events import Customer
from policies.state.situation import ClockState, Said, SlaState
from workflows.conversations.lateness import Lateness


class Outcome(BaseModel):
    """The answer to an update, and the result of a closed conversation."""

    conversation_id: str
    status: Status
    team: str
    team_name: str
    assignee: str
    sla_state: SlaState
    because: str


class PinnedName(BaseModel):
    """The policy that a conversation runs under, and the fingerprint of its content."""

    name: str
    digest: str


class PinnedDocument(BaseModel):
    """The policy that a conversation runs under, whole."""

    name: str
    digest: str
    document: dict[str, Any]


class WaitingEffect(BaseModel):
    """An effect on its way to the outside world."""

    kind: str
    key: str
    because: str
    due_at: datetime


class SetAsideRow(BaseModel):
    """Something that raised when it was judged: kept, and judged again by a later run."""

    id: str
    kind: Literal["event", "deadline", "ticket", "part"]
    what: str
    why: str
    since: datetime


class StateExtras(BaseModel):
    """The fields of `state` beyond the situation."""

    sla_state: SlaState
    policy: PinnedName | None
    waiting_effects: list[WaitingEffect]
    lateness: Lateness
    set_aside: list[SetAsideRow]


class Upcoming(BaseModel):
    """A deadline: something that will happen by time alone."""

    at: datetime
    kind: DeadlineKind
    what: str
    unless: str


class ClockRow(BaseModel):
    """One clock."""

    clock: str
    state: ClockState
    target: str
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


class PathRow(BaseModel):
    """A time during which one team was responsible."""

    team: str
    since: datetime
    because: str


class Handoff(BaseModel):
    """Everything known that helps the person who answers next."""

    conversation_id: str
    at: datetime
    subject: str
    channel: str
    customer: Customer
    page: dict[str, Any] | str | None
    attributes: dict[str, str]
    team: str
    assignee: str
    priority: Priority
    tags: list[str]
    reason: str
    clocks: list[ClockRow]
    path: list[PathRow]
    briefing: str
    summary: list[str]
    stage: Literal["", "requested", "accepted", "committed", "returned"]
    last_words: list[Said]


class TeamPerson(BaseModel):
    """One person of a team, as things stand."""

    agent: str
    presence: Presence
    is_on_shift: bool
    since: datetime | None
    load: int
    capacity: int
    granted: int
    declined: int
    missed: int
    reclaimed: int


class TeamLine(BaseModel):
    """A conversation that waits for a person of the team."""

    position: int
    conversation: str
    subject: str
    priority: Priority
    since: datetime
    needs: list[str]
    estimate: str
    not_to: list[str]


class TeamHolding(BaseModel):
    """A conversation that a person of the team was offered, was granted, or has."""

    conversation: str
    subject: str
    state: TicketState
    agent: str
    offer: str
    until: datetime | None
    is_waiting: bool


class TeamGrant(BaseModel):
    """A conversation that the queue gave to a person."""

    at: datetime
    conversation: str
    agent: str
    waited: str
    because: str


class TeamNext(BaseModel):
    """The next thing that will happen by time alone."""

    at: datetime
    what: str


class TeamUnsent(BaseModel):
    """The messages that conversations have not been told yet."""

    number: int
    since: datetime


class TeamTicket(BaseModel):
    """The queue entry of one conversation; empty where the team does not have the conversation."""

    conversation: str = ""
    ticket: str = ""
    state: TicketState | None = None
    agent: str = ""


class TeamState(BaseModel):
    """The state of a team's queue."""

    team: str
    name: str
    led_by: str
    policy: PinnedName | None
    people: list[TeamPerson]
    line: list[TeamLine]
    held: list[TeamHolding] = Field(alias="with")
    grants: list[TeamGrant]
    strangers: list[str]
    next: TeamNext | None
    unsent: TeamUnsent | None
    set_aside: list[SetAsideRow]


class TeamEntry(BaseModel):
    """One thing that happened to the queue of a team."""

    at: datetime
    kind: str
    text: str


class TeamOutcome(BaseModel):
    """The answer to an update of a team."""

    team: str
    because: str
