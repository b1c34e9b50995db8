"""Everything that must be done outside Baton: one closed union of effects, in the imperative.

Promises that every effect carries an idempotency `key` built from the domain, the instant it fell due and why. Must not
know who performs it or how often it is tried.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from policies.document.document import Priority, Status
from policies.document.handoffs import Choice
from policies.document.hindsight import Question
from policies.document.rotation import Rotation
from policies.state.events import Customer, Member


class Effect(BaseModel):
    """The fields that all effects share. `due_at` is aware UTC; lateness is counted from it.

    `life` is different each time the conversation's id is used again after the conversation closed.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    conversation_id: str
    life: str = ""
    due_at: datetime
    because: str


class Assign(Effect):
    """Make a team, and where known a person, responsible."""

    kind: Literal["assign"] = "assign"
    team: str
    team_name: str
    assignee: str = ""
    confirm: bool = Field(
        default=False,
        exclude_if=lambda confirm: not confirm,
        description="Whether a handoff waits to hear that the desk has it.",
    )


class AddInternalNote(Effect):
    """Write an internal note: agents see it, the customer does not."""

    kind: Literal["add_internal_note"] = "add_internal_note"
    body: str


class Offer(BaseModel):
    """A choice in the customer's language, for channels with buttons. The message's body lists the same choices."""

    model_config = ConfigDict(frozen=True)

    choice: Choice
    label: str
    detail: str = Field(default="", exclude_if=lambda detail: not detail)


class SendReply(Effect):
    """Tell the customer something in Baton's name: an automatic message, which meets no promise."""

    kind: Literal["send_reply"] = "send_reply"
    body: str
    choices: tuple[Offer, ...] = Field(default=(), exclude_if=lambda choices: not choices)


class SetAssistant(Effect):
    """Mute the assistant in this conversation, or let it speak again."""

    kind: Literal["set_assistant"] = "set_assistant"
    is_muted: bool


class AddTag(Effect):
    """Put a tag on the conversation."""

    kind: Literal["add_tag"] = "add_tag"
    tag: str


class RemoveTag(Effect):
    """Take a tag off the conversation."""

    kind: Literal["remove_tag"] = "remove_tag"
    tag: str


class SetPriority(Effect):
    """Set the conversation's priority."""

    kind: Literal["set_priority"] = "set_priority"
    priority: Priority


class SetStatus(Effect):
    """Set the conversation's status."""

    kind: Literal["set_status"] = "set_status"
    status: Status


class TellConversation(Effect):
    """Tell the conversation into which this one was merged what this one's customer still waits for."""

    kind: Literal["tell_conversation"] = "tell_conversation"
    to: str
    waiting_since: datetime | None = None
    callback_at: datetime | None = None


class ReportBug(Effect):
    """Report a bug to engineering, with its steps, impact and links."""

    kind: Literal["report_bug"] = "report_bug"
    title: str
    steps: str
    impact: str
    links: tuple[str, ...] = ()


class InLine(Effect):
    """The fields by which a team knows a conversation in its queue.

    `since` is when the customer began to wait; the position in the queue follows from it. `needs` are triples: the
    skill, whether it is required, and `(seconds waited, level that is enough)` pairs. `failed` are the agents who had
    the conversation in this wait and did not answer. `run` is the end of the id of the conversation's first run: a
    later conversation may use the same name.
    """

    team: str
    ticket: str
    since: datetime
    policy: str
    version: int
    channel: str = ""
    subject: str = ""
    priority: Priority = "normal"
    language: str = ""
    last_agent: str = ""
    failed: tuple[str, ...] = ()
    returned_by: str = ""
    needs: tuple[tuple[str, bool, tuple[tuple[float, int], ...]], ...] = ()
    run: str = ""


class AskTeam(InLine):
    """Enter a team's queue."""

    kind: Literal["ask_team"] = "ask_team"


class FindPlace(InLine):
    """Make sure that a team runs and knows the conversation's queue entry; where it does not, enter the queue again."""

    kind: Literal["find_place"] = "find_place"


class TellOwner(Effect):
    """Tell a team which of its agents has the conversation now, and whether the customer waits for an answer."""

    kind: Literal["tell_owner"] = "tell_owner"
    team: str
    ticket: str
    agent: str
    policy: str
    version: int
    channel: str = ""
    subject: str = ""
    is_waiting: bool = False
    run: str = ""


class LeaveTeam(Effect):
    """Tell a team that the conversation no longer needs it."""

    kind: Literal["leave_team"] = "leave_team"
    team: str
    policy: str
    version: int


class Promise(BaseModel):
    """An open promise to the customer, as its reader is shown it.

    `due_at` is aware UTC, and None while the promise's clock is paused.
    """

    model_config = ConfigDict(frozen=True)

    title: str
    state: str
    due_at: datetime | None = None


class Addressee(BaseModel):
    """A person whom a target stands for: their key under the policy's `people`, and their Slack member ID."""

    model_config = ConfigDict(frozen=True)

    person: str
    slack: str


class StormTerms(BaseModel):
    """The terms on which calls of one cause become an incident. Calls that differ only in numbers have one cause."""

    model_config = ConfigDict(frozen=True)

    policy: str
    escalation: str
    cause: str
    conversations: int
    within: timedelta


class Members(BaseModel):
    """How many conversations an incident stands for, how many of them no longer need anybody, and the first of them."""

    model_config = ConfigDict(frozen=True)

    total: int
    left: int = 0
    first: tuple[Member, ...] = ()


class LeaveIncident(Effect):
    """Tell an incident that this conversation no longer needs it. `page` is the on-call run that it took over.

    Without an `incident`, the one that the run is part of is meant, if there is one.
    """

    kind: Literal["leave_incident"] = "leave_incident"
    incident: str
    page: str
    why: str


class AskIncident(Effect):
    """Ask whether an incident runs and calls for this conversation. `page` is the on-call run that waits to hear."""

    kind: Literal["ask_incident"] = "ask_incident"
    incident: str
    page: str


class ListMembers(Effect):
    """List the incident's conversations, up to the `total`-th, in its messages' threads. `page` is the on-call run."""

    kind: Literal["list_members"] = "list_members"
    page: str
    total: int


class EndIncident(Effect):
    """Let every conversation of this incident that still waits call people by itself again."""

    kind: Literal["end_incident"] = "end_incident"
    by: str = ""


class GatherContext(Effect):
    """Ask other systems for facts that help the next agent. `asked` is the customer's problem in one line.

    `handoff` is the number of the handoff that the facts are for.
    """

    kind: Literal["gather_context"] = "gather_context"
    customer: Customer = Customer()
    channel: str = ""
    subject: str = ""
    tags: tuple[str, ...] = ()
    asked: str = ""
    handoff: int = 0


class AttachTranscript(Effect):
    """Attach the whole conversation so far, as one text of this name."""

    kind: Literal["attach_transcript"] = "attach_transcript"
    name: str


class Asking(BaseModel):
    """Questions about how a move went, put to a person afterwards. An answer names `about` as its `step`."""

    model_config = ConfigDict(frozen=True)

    about: str
    questions: tuple[Question, ...]


class Notify(Effect):
    """Notify people outside the conversation. `target` is as the policy writes it, such as `slack:#channel`."""

    kind: Literal["notify"] = "notify"
    target: str
    headline: str
    facts: tuple[tuple[str, str], ...] = ()
    promises: tuple[Promise, ...] = ()
    page: str = Field(
        default="", description="The step of a ladder this belongs to; empty where nobody need acknowledge."
    )
    people: tuple[Addressee, ...] = Field(
        default=(), description="Everybody the target may stand for; of a rotation, also those not on call."
    )
    offer: str = Field(default="", description="What an agent is asked to accept or decline: `billing/12`.")
    hindsight: Asking | None = Field(
        default=None,
        exclude_if=lambda asking: asking is None,
        description="What a person is asked about how it went.",
    )
    policy: str = ""
    rotation: Rotation | None = Field(
        default=None, description="Of an `on-call:` target: who is on call is found out when the call goes out."
    )
    storm: StormTerms | None = Field(
        default=None, description="Many calls of the same cause become one incident; none where it always goes out."
    )
    members: Members | None = Field(default=None, description="Of an incident: whom it calls for.")
    is_alert: bool = Field(
        default=False,
        exclude_if=lambda is_alert: not is_alert,
        description="True where something is wrong that a person has to see to: it waits for no notice.",
    )


class UpdateNotification(Effect):
    """Show the outcome on every message of one on-call run, about one offer, or about one question.

    `page` is the run, such as `support-on-call.2`, the offer, such as `offer:billing/12`, or the `about` of an
    `Asking`.
    """

    kind: Literal["update_notification"] = "update_notification"
    page: str
    outcome: Literal["acknowledged", "accepted", "stood_down", "exhausted", "resumed", "folded", "grew", "judged"]
    text: str
    members: Members | None = Field(default=None, description="Of an incident: whom it calls for by now.")
    asks: bool = Field(default=False, description="Whether its readers are asked how it went.")
    answers: tuple[tuple[str, bool, str], ...] = Field(
        default=(), description="What they have said: the question, yes or no, and who."
    )


AnyEffect = Annotated[
    Assign
    | AddInternalNote
    | SendReply
    | AddTag
    | RemoveTag
    | SetPriority
    | SetStatus
    | SetAssistant
    | TellConversation
    | ReportBug
    | AskTeam
    | FindPlace
    | TellOwner
    | LeaveTeam
    | LeaveIncident
    | AskIncident
    | EndIncident
    | ListMembers
    | GatherContext
    | AttachTranscript
    | Notify
    | UpdateNotification,
    Field(discriminator="kind"),
]
EFFECT: TypeAdapter[AnyEffect] = TypeAdapter(AnyEffect)
