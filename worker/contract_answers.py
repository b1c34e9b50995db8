"""What queries and updates answer, as records: the shapes that `workflows.showing` builds.

Promises every field an answer has; a test compares them with the answers of a live conversation.
"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from policies.deadlines import DeadlineKind
from policies.document import Priority, Status
from policies.events import Customer
from policies.situation import ClockState, Said, SlaState
from workflows.lateness import Lateness


class Outcome(BaseModel):
    """What an update answers, and what a closed conversation leaves as its result."""

    conversation_id: str
    status: Status
    team: str
    team_name: str
    assignee: str
    sla_state: SlaState
    because: str


class PinnedName(BaseModel):
    """The policy a conversation runs under, and the fingerprint of its content."""

    name: str
    digest: str


class PinnedDocument(BaseModel):
    """The policy a conversation runs under, whole."""

    name: str
    digest: str
    document: dict[str, Any]


class WaitingEffect(BaseModel):
    """Something on its way to the outside world."""

    kind: str
    key: str
    because: str
    due_at: datetime


class StateExtras(BaseModel):
    """What `state` says beyond the situation."""

    sla_state: SlaState
    policy: PinnedName | None
    waiting_effects: list[WaitingEffect]
    lateness: Lateness


class Upcoming(BaseModel):
    """One thing that time alone will bring."""

    at: datetime
    kind: DeadlineKind
    what: str
    unless: str


class ClockRow(BaseModel):
    """One running promise."""

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
    """What is known, for the person who answers next."""

    conversation_id: str
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
    last_words: list[Said]
