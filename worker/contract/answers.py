"""The answers of queries and updates as records: the shapes that `workflows.conversations.showing` builds.

Promises every field that an answer has; a test compares them with the answers of a live conversation.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from policies.contract.outages import Outage
from policies.deadlines import DeadlineKind
from policies.document.document import Priority, Status
from policies.queues.routing import Presence
from policies.queues.teams.state import QueueEntryState
from policies.state.events import Customer
from policies.state.records.sla import ClockState, SlaState
from policies.state.records.told import Said
from workflows.conversations.lateness import Lateness
from workflows.outages.state import OutageLine


class Outcome(BaseModel):
    """The answer to an update, and the result of a closed conversation."""

    conversation_id: str
    status: Status = Field(description="The status of the conversation.")
    team: str
    team_name: str = Field(description="The team's name for people.")
    assignee: str
    sla_state: SlaState
    because: str


class PinnedName(BaseModel):
    """The policy that a conversation runs under, and the fingerprint of its content."""

    name: str = Field(description="The policy and its version, such as `tiered v3`.")
    digest: str = Field(description="A fingerprint of the policy's content.")


class PinnedDocument(PinnedName):
    """The policy that a conversation runs under, whole."""

    document: dict[str, Any] = Field(
        description="The policy with everything that it inherits and its holidays as dates."
    )
    life: str = Field(
        description="The mark that tells a conversation that has closed from one that begins again under the same id."
    )


class WaitingEffect(BaseModel):
    """An effect on its way to the outside world."""

    kind: str
    key: str = Field(description="The key that makes sure that the effect happens once.")
    because: str
    due_at: datetime = Field(description="The instant at which the effect was due.")


class SetAsideRow(BaseModel):
    """Something that raised when it was judged: kept, and judged again by a later run."""

    id: str = Field(description="The name of the thing; for an event, its id.")
    kind: Literal["event", "deadline", "ticket", "part"] = Field(
        description="The kind: an event, a deadline, a ticket of a queue, or a part of the work."
    )
    what: str = Field(description="The thing that was set aside, in words.")
    why: str = Field(description="The error that was raised when it was judged.")
    since: datetime = Field(description="The instant at which it was set aside.")


class OutageAnswer(Outage):
    """How an outage stands."""

    state: Literal["open", "over"]
    ended_at: datetime | None = Field(description="The instant at which it was ended by hand; null where it was not.")
    ended_by: str = Field(description="The person or system that ended it.")
    told: int = Field(description="The number of signals by which conversations heard of it so far.")
    untold: list[str] = Field(description="The conversations that could not be told yet.")
    timeline: list[OutageLine] = Field(description="What happened to the outage, the oldest first; the last 50 lines.")


class StateExtras(BaseModel):
    """The fields of `state` beyond the situation."""

    sla_state: SlaState
    policy: PinnedName | None = Field(
        description="The policy that the conversation runs under; null in the first moments."
    )
    waiting_effects: list[WaitingEffect] = Field(
        description="The effects that are still on their way to the outside world."
    )
    lateness: Lateness = Field(description="The lateness with which outside systems had what fell due.")
    set_aside: list[SetAsideRow]


class Upcoming(BaseModel):
    """A deadline: something that will happen by time alone."""

    at: datetime
    kind: DeadlineKind
    what: str
    unless: str = Field(description="The thing that would cancel it.")


class ClockRow(BaseModel):
    """One clock."""

    clock: str = Field(description="The promise, such as `first_response.1`.")
    state: ClockState
    target: str = Field(description="The time that was promised.")
    started_at: datetime = Field(description="The instant at which the clock began.")
    due_at: datetime | None = Field(description="The instant of the breach; null while the clock stands still.")
    ended_at: datetime | None = Field(
        description="The instant at which the clock was met or cancelled; null while it is open."
    )


class PathRow(BaseModel):
    """A time during which one team was responsible."""

    team: str
    since: datetime
    because: str


class HandoffAnswer(BaseModel):
    """Everything known that helps the person who answers next."""

    model_config = ConfigDict(use_attribute_docstrings=True)  # the fields of `Said` are described by docstrings

    conversation_id: str
    at: datetime = Field(description="The instant of the latest event; all that is said of time is as of then.")
    subject: str
    channel: str
    customer: Customer = Field(description="The customer as you know them; fields of your own are kept.")
    page: dict[str, Any] | str | None = Field(
        description="The web page of your product that the customer looked at: an address, or an object of your own."
    )
    attributes: dict[str, str] = Field(description="Named values of your own, which rules may look at.")
    team: str
    assignee: str
    priority: Priority
    tags: list[str] = Field(description="The conversation's tags.")
    reason: str = Field(description="The reason of the latest move, as a code for reports.")
    clocks: list[ClockRow] = Field(description="The promises, running and ended.")
    path: list[PathRow] = Field(description="The teams that were responsible, the first one first.")
    briefing: str = Field(description="The briefing as of the latest event; empty where the policy has none.")
    summary: list[str] = Field(description="The conversation in a few lines, nine at most.")
    next_steps: list[str] = Field(description="What the receiver has to do, in order.")
    words: list[str] = Field(description="Words for the person who answers. Baton never sends them by itself.")
    attachments: list[str] = Field(description="The latest files that came with messages.")
    style: str = Field(description="How to write to this customer, for people and assistants, as the policy says it.")
    stage: Literal["", "requested", "accepted", "committed", "returned"] = Field(
        description="The stage of the handoff from the assistant; empty where there is none."
    )
    last_words: list[Said] = Field(description="The last messages, cut to an excerpt.")


class TeamPerson(BaseModel):
    """One person of a team, as things stand."""

    agent: str
    presence: Presence = Field(description="The agent's presence; only `available` agents get new conversations.")
    is_on_shift: bool = Field(description="`true` where it is the agent's shift.")
    since: datetime | None = Field(
        description="The instant since which the presence holds; null where it was never reported."
    )
    load: int = Field(description="The load that the agent has now.")
    capacity: int = Field(description="The most load that the agent can have at once.")
    granted: int = Field(description="The conversations granted within the window over which work is spread.")
    declined: int = Field(description="The number of offers that the agent declined.")
    missed: int = Field(description="The number of offers that the agent did not answer.")
    reclaimed: int = Field(description="The number of conversations that were taken back from the agent.")


class TeamLine(BaseModel):
    """A conversation that waits for a person of the team."""

    position: int = Field(description="The place in line; 1 is next.")
    conversation: str
    subject: str
    priority: Priority
    since: datetime
    needs: list[str] = Field(description="The skills that the conversation needs.")
    estimate: str = Field(description="The probable wait; empty where too little is known.")
    not_to: list[str] = Field(
        description="The agents who declined and are not asked again, or did not answer and are not asked for a while."
    )


class TeamHolding(BaseModel):
    """A conversation that a person of the team was offered, was granted, or has."""

    conversation: str
    subject: str
    state: QueueEntryState
    agent: str
    offer: str
    until: datetime | None = Field(description="The instant until which the offer can be answered.")
    is_waiting: bool = Field(description="`true` where the customer waits for an answer.")
    is_on_hold: bool = Field(description="`true` where it is on hold, and takes up no room of the person.")


class TeamGrant(BaseModel):
    """A conversation that the queue gave to a person."""

    at: datetime
    conversation: str
    agent: str
    waited: str = Field(description="The time that the conversation has waited, such as `1h5m`.")
    because: str


class TeamNext(BaseModel):
    """The next thing that will happen by time alone."""

    at: datetime
    what: str


class TeamUnsent(BaseModel):
    """The messages that conversations have not been told yet."""

    number: int = Field(description="The number of messages.")
    since: datetime = Field(description="The instant at which the oldest of them was decided.")


class TeamTicket(BaseModel):
    """The queue's entry for one conversation, named by `conversation`; empty where the team does not have it."""

    conversation: str = ""
    ticket: str = ""
    state: QueueEntryState | None = None
    agent: str = ""


class TeamClosing(BaseModel):
    """A version of a policy that closed the queue: conversations under earlier versions have to leave it."""

    policy: str = Field(description="The policy's name with the version.")
    at: datetime = Field(description="The instant at which the team heard of the version.")


class TeamAnswer(BaseModel):
    """The state of a team's queue: who is there, who waits, who has what, what was granted lately."""

    team: str
    name: str = Field(description="The team's name for people.")
    led_by: str = Field(description="The system that chooses the agent: `baton`, or the helpdesk (`desk`).")
    policy: PinnedName | None = Field(description="The policy that the queue follows; null in the first moments.")
    people: list[TeamPerson] = Field(description="The people of the team by its policy.")
    line: list[TeamLine] = Field(description="The conversations that wait, the first in line first.")
    held: list[TeamHolding] = Field(
        alias="with", description="The conversations that were offered, were granted, or are with an agent."
    )
    grants: list[TeamGrant] = Field(description="The latest grants, the oldest first.")
    strangers: list[str] = Field(description="The people who were named in messages, but are not in the team.")
    closed_by: list[TeamClosing] = Field(
        default=[], description="The versions of policies that have no queue for the team any more."
    )
    next: TeamNext | None = Field(
        description="The next thing that time alone will bring; null where nothing is in the team's hands."
    )
    unsent: TeamUnsent | None = Field(
        description="The decisions that conversations have not been told yet; null where there are none."
    )
    set_aside: list[SetAsideRow]


class TeamEntry(BaseModel):
    """One thing that happened to the queue of a team."""

    at: datetime = Field(description="The instant, in the team's time.")
    kind: str
    text: str = Field(description="The event or decision, in a sentence.")


class TeamOutcome(BaseModel):
    """The answer to an update of a team."""

    team: str
    because: str
