"""What must be done in the world: one closed union, in the imperative.

Promises that every effect carries an idempotency `key` built from the domain, the instant it fell due and why.
Must not know who performs it or how often it is tried.
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
    """The fields all effects share. `due_at` is aware UTC: lateness is counted from it.

    `life` tells a conversation that has closed from one that begins again under the same id.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    conversation_id: str
    life: str = ""
    due_at: datetime
    because: str


AGAIN = "/again"
"""What the key of an effect ends with that was taken back, and is wanted after all."""


def original(key: str) -> str:
    """The key as the situation knows it, whichever time the effect was asked for."""
    while key.endswith(AGAIN):
        key = key.removesuffix(AGAIN)
    return key


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
    """Write what agents see and the customer does not."""

    kind: Literal["add_internal_note"] = "add_internal_note"
    body: str


class Offer(BaseModel):
    """A choice, in the customer's language: for channels that have buttons. The body lists them with numbers."""

    model_config = ConfigDict(frozen=True)

    choice: Choice
    label: str
    detail: str = Field(default="", exclude_if=lambda detail: not detail)


class SendReply(Effect):
    """Tell the customer something in Baton's name; an automatic message, which meets no promise."""

    kind: Literal["send_reply"] = "send_reply"
    body: str
    choices: tuple[Offer, ...] = Field(default=(), exclude_if=lambda choices: not choices)


class SetAssistant(Effect):
    """Have the assistant keep silent in this conversation, or speak again."""

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
    """Set how urgent the conversation is."""

    kind: Literal["set_priority"] = "set_priority"
    priority: Priority


class SetStatus(Effect):
    """Set where the conversation stands."""

    kind: Literal["set_status"] = "set_status"
    status: Status


class TellConversation(Effect):
    """Tell the conversation that goes on what this one's customer still waits for."""

    kind: Literal["tell_conversation"] = "tell_conversation"
    to: str
    waiting_since: datetime | None = None
    callback_at: datetime | None = None


class ReportBug(Effect):
    """Tell engineering what is broken, in a form that can be worked on."""

    kind: Literal["report_bug"] = "report_bug"
    title: str
    steps: str
    impact: str
    links: tuple[str, ...] = ()


class InLine(Effect):
    """What a team is told of a conversation that waits in its line.

    `since` is when the customer began to wait, which the place follows from. `needs` are skill, whether it is required,
    and `(seconds waited, level that is enough)`. `failed` are those who had the conversation in this wait and did not
    answer. `run` is the end of the id of the conversation's first run: another conversation may use its name later.
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
    """Get in a team's line."""

    kind: Literal["ask_team"] = "ask_team"


class FindPlace(InLine):
    """Make sure that a team runs and knows of the place in its line; where it does not, get in line again."""

    kind: Literal["find_place"] = "find_place"


class TellOwner(Effect):
    """Tell a team which of its people has the conversation now, and whether the customer waits for them."""

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
    """Tell a team that it need not care any more."""

    kind: Literal["leave_team"] = "leave_team"
    team: str
    policy: str
    version: int


class Promise(BaseModel):
    """An open promise to the customer, to be shown where its reader is: `due_at` is aware UTC, none while it pauses."""

    model_config = ConfigDict(frozen=True)

    title: str
    state: str
    due_at: datetime | None = None


class Addressee(BaseModel):
    """Somebody a target stands for: who they are to Baton, and their Slack member ID."""

    model_config = ConfigDict(frozen=True)

    person: str
    slack: str


class StormTerms(BaseModel):
    """When calls of this cause are a storm. Calls are of one cause where everything but the numbers is equal."""

    model_config = ConfigDict(frozen=True)

    policy: str
    escalation: str
    cause: str
    conversations: int
    within: timedelta


class Members(BaseModel):
    """How many conversations an incident stands for, how many of them need nobody any more, and the first of them."""

    model_config = ConfigDict(frozen=True)

    total: int
    left: int = 0
    first: tuple[Member, ...] = ()


class LeaveIncident(Effect):
    """Tell an incident that this conversation needs nobody any more by it. `page` is the run it had folded.

    Without an `incident`, it is the one that the run is part of, if any.
    """

    kind: Literal["leave_incident"] = "leave_incident"
    incident: str
    page: str
    why: str


class AskIncident(Effect):
    """Find out whether an incident runs and calls for this conversation. `page` is the run that waits for it."""

    kind: Literal["ask_incident"] = "ask_incident"
    incident: str
    page: str


class ListMembers(Effect):
    """List in the threads of an incident's messages whom it calls for, up to the `total`-th. `page` is the run."""

    kind: Literal["list_members"] = "list_members"
    page: str
    total: int


class EndIncident(Effect):
    """Let every conversation of this incident that still waits call people by itself again."""

    kind: Literal["end_incident"] = "end_incident"
    by: str = ""


class GatherContext(Effect):
    """Ask other systems what whoever gets the conversation should know. `asked` is the customer's problem in one line.

    `handoff` says which handoff of the conversation it is for.
    """

    kind: Literal["gather_context"] = "gather_context"
    customer: Customer = Customer()
    channel: str = ""
    subject: str = ""
    tags: tuple[str, ...] = ()
    asked: str = ""
    handoff: int = 0


class AttachTranscript(Effect):
    """Attach everything that was said so far, as one text of this name."""

    kind: Literal["attach_transcript"] = "attach_transcript"
    name: str


class Asking(BaseModel):
    """What somebody is asked afterwards; an answer names `about` as its step."""

    model_config = ConfigDict(frozen=True)

    about: str
    questions: tuple[Question, ...]


class Notify(Effect):
    """Tell somebody outside the conversation. `target` is as the policy writes it, such as `slack:#channel`."""

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
    offer: str = Field(default="", description="What somebody is asked to accept or decline: `billing/12`.")
    hindsight: Asking | None = Field(
        default=None,
        exclude_if=lambda asking: asking is None,
        description="What somebody is asked about how it went.",
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
        description="Whether something is wrong that somebody has to see to: it waits for no notice.",
    )


class UpdateNotification(Effect):
    """Show on every message of one run of a ladder, or about one offer, or one question, what has become of it.

    `page` is the run, such as `support-on-call.2`, the offer, such as `offer:billing/12`, or what an `Asking` is about.
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
