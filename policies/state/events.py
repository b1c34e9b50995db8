"""Everything that can happen to a conversation: one closed union of facts, in the past tense.

Promises that every event is immutable, JSON-serialisable and carries `event_id`, `occurred_at` (aware UTC) and
`source`. Must not know what follows from an event (`decide`) or how it arrived (`messages`).
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from policies.document.document import Priority, ReasonCode, Status
from policies.document.handoffs import Choice
from policies.state.context import Context
from policies.state.meaning import Meaning

Author = Literal["customer", "assistant", "agent"]
Source = Literal["fact", "command", "baton"]
"""The origin of an event: a signal from outside, an update by a named actor, or Baton itself."""

Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]


class Event(BaseModel):
    """The fields that all events share. Fields that this version does not know are dropped, not refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_id: str
    occurred_at: Instant
    source: Source = "fact"


def _text_of(value: Any) -> Any:
    """Return the value as text: senders sent these fields as numbers or objects before Baton gave them a meaning."""
    return value if isinstance(value, str) else "" if value is None else str(value)


def _texts_of(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _text_of(each) for name, each in cast("Mapping[Any, Any]", value).items()}
    return {"noted": _text_of(value)} if value else {}


_AnyText = Annotated[str, BeforeValidator(_text_of)]


class Customer(BaseModel):
    """The sender's knowledge of the customer. Every field may be missing, and further fields are kept."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: str = ""
    name: str = ""
    tier: str = ""
    plan: str = ""
    locale: str = ""
    timezone: _AnyText = Field(
        default="", description="Where the customer's clock is: an IANA zone, such as Europe/Oslo."
    )
    value: float | None = None
    since: _AnyText = Field(default="", description="Since when they are a customer: a date, such as 2024-03-01.")
    health: _AnyText = Field(default="", description="How the account is doing, in your words, such as `red`.")
    preferences: Annotated[dict[str, str], BeforeValidator(_texts_of)] = Field(
        default={}, description="What they like: `language`, `channel`, and which choice at a handoff (`handoff`)."
    )
    account_manager: _AnyText = Field(default="", description="Who looks after them: a key of the policy's `people`.")
    # Kept as it was sent: senders used forms of their own before Baton gave this field a meaning.
    consent: Any = None

    def allows(self, purpose: str) -> bool:
        """`True` where the customer's data may be used for `purpose`.

        Consent that was never stated, or does not mention the purpose, allows it. Consent in a form that can't be read
        does not.
        """
        match self.consent:
            case None:
                return True
            case {**purposes}:
                return purposes.get(purpose, True) is True
            case said:
                return said is True


class Member(BaseModel):
    """A conversation of an incident, as the incident's list shows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    conversation_id: str
    headline: str = ""
    who: str = ""


class OfIncident(BaseModel):
    """The escalation and cause of an incident, and the conversations it stands for when it begins."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    escalation: str
    cause: str = ""
    total: int = Field(0, ge=0)
    first: tuple[Member, ...] = ()


class ConversationStarted(Event):
    """A customer made contact. The promises run from this instant."""

    kind: Literal["conversation_started"] = "conversation_started"
    channel: str = ""
    inbox: str = ""
    subject: str = ""
    customer: Customer = Customer()
    priority: Priority = "normal"
    tags: tuple[str, ...] = ()
    page: dict[str, Any] | str | None = None
    attributes: dict[str, Any] = {}
    policy: str = ""
    drill: str = Field(default="", description="An escalation to be rehearsed: no customer waits, nothing is promised.")
    incident: OfIncident | None = Field(
        default=None, description="Baton's own: the conversation stands for many that call for the same reason."
    )
    trouble: str = Field(
        default="", description="Why the conversation does not run as asked, such as an unknown policy."
    )


class MessageReceived(Event):
    """A message was written. Only a public message that an agent wrote by hand answers the customer."""

    kind: Literal["message"] = "message"
    author: Author
    author_id: str = ""
    text: str = ""
    public: bool = True
    automatic: bool = False
    intent: str = ""
    confidence: float | None = None
    sentiment: float | None = None
    failed: bool = False

    @property
    def is_answer(self) -> bool:
        """`True` where a person told the customer something. Nothing else meets a response promise."""
        return self.author == "agent" and self.public and not self.automatic


class MessageUnderstood(Event, Meaning):
    """The customer's messages with these event ids were read for their meaning, together with the messages before them.

    `trouble` says why they could not be read; the fields of the meaning then say nothing.
    """

    kind: Literal["understood"] = "understood"
    messages: tuple[str, ...] = ()
    trouble: str = ""


class TagAdded(Event):
    """A tag was put on the conversation."""

    kind: Literal["tag_added"] = "tag_added"
    tag: str = Field(min_length=1)
    by: str = ""


class TagRemoved(Event):
    """A tag was taken off the conversation."""

    kind: Literal["tag_removed"] = "tag_removed"
    tag: str = Field(min_length=1)
    by: str = ""


class Reassigned(Event):
    """The conversation changed hands in the helpdesk (`fact`), or a person asked Baton to reassign it (`command`)."""

    kind: Literal["reassigned"] = "reassigned"
    team: str = ""
    assignee: str = ""
    by: str = ""
    note: str = ""


class StatusChanged(Event):
    """The conversation's status in the helpdesk changed."""

    kind: Literal["status_changed"] = "status_changed"
    status: Status
    by: str = ""
    note: str = ""


class CustomerUpdated(Event):
    """More became known of the customer. Only the fields that were sent change."""

    kind: Literal["customer_updated"] = "customer_updated"
    customer: dict[str, Any]


class AttributeChanged(Event):
    """A named value of the conversation changed."""

    kind: Literal["attribute_changed"] = "attribute_changed"
    name: str = Field(min_length=1)
    value: Any = None


class Escalated(Event):
    """A person asked for a higher tier: what they have tried, what they think and what they need."""

    kind: Literal["escalated"] = "escalated"
    team: str
    tried: str = ""
    think: str = ""
    need: str = ""
    by: str = ""
    reason: ReasonCode = "agent_judgement"


class Deescalated(Event):
    """A person gave the conversation back to a lower tier."""

    kind: Literal["deescalated"] = "deescalated"
    team: str
    note: str = ""
    by: str = ""


class Taken(Event):
    """An agent took the conversation."""

    kind: Literal["taken"] = "taken"
    by: str


class Acknowledged(Event):
    """A person on call said "I've got it", which stops the ladder. An empty `step` means every running ladder."""

    kind: Literal["acknowledged"] = "acknowledged"
    by: str
    step: str = ""


class Called(Event):
    """A person wanted the ladder to go on at once: to its next step, or to the step or escalation `to`."""

    kind: Literal["called"] = "called"
    by: str
    to: str = ""
    step: str = ""


class NoteAdded(Event):
    """A person left a note for the next one: what was tried, what they think, what is needed."""

    kind: Literal["note_added"] = "note_added"
    by: str
    tried: str = ""
    think: str = ""
    need: str = ""


class Held(Event):
    """An operator stopped the clocks, with a reason. Without `until` they stand still for three days."""

    kind: Literal["held"] = "held"
    by: str
    note: str = ""
    until: Instant | None = None


class Released(Event):
    """An operator let the clocks run again."""

    kind: Literal["released"] = "released"
    by: str
    note: str = ""


class Snoozed(Event):
    """A person put the conversation aside until an instant. The promises run on; reminders wait."""

    kind: Literal["snoozed"] = "snoozed"
    until: Instant
    by: str
    note: str = ""


class Woken(Event):
    """A person ended a snooze before its time."""

    kind: Literal["woken"] = "woken"
    by: str


class Absorbed(Event):
    """Another conversation was merged into this one, which takes over the other customer's wait and callback."""

    kind: Literal["absorbed"] = "absorbed"
    other: str = Field(min_length=1)
    waiting_since: Instant | None = None
    callback_at: Instant | None = Field(default=None, description="When that customer was promised a callback.")


class Queued(Event):
    """A team told the conversation its position in the queue: when it entered, and again as often as the policy says.

    `present` counts the agents who are there and could take it if they had room. `wait_low` and `wait_high` are whole
    minutes and `wait` is both as a text; they are absent where there is too little to estimate from. `is_refused` means
    that every agent who could ever take it has declined.
    """

    kind: Literal["queued"] = "queued"
    team: str
    ticket: str
    position: int = 0
    present: int = 0
    told: int = 1
    wait: str = ""
    wait_low: int | None = None
    wait_high: int | None = None
    is_refused: bool = False
    because: str = ""


class Offered(Event):
    """A team offered the conversation to an agent, who has until `until` to accept."""

    kind: Literal["offered"] = "offered"
    team: str
    ticket: str
    agent: str
    offer: str
    until: Instant
    because: str = ""


class Granted(Event):
    """A team chose an agent for the conversation; the agent has it once the conversation confirms."""

    kind: Literal["granted"] = "granted"
    team: str
    ticket: str
    agent: str
    offer: str = ""
    because: str = ""


class Reclaimed(Event):
    """A team reported that the agent who has the conversation is gone."""

    kind: Literal["reclaimed"] = "reclaimed"
    team: str
    ticket: str
    agent: str
    because: str = ""


class PlaceFound(Event):
    """A team runs and knows the conversation's queue entry, so the conversation may go on waiting."""

    kind: Literal["place_found"] = "place_found"
    team: str
    ticket: str


class CallbackPromised(Event):
    """The customer was promised a callback at an instant."""

    kind: Literal["callback_promised"] = "callback_promised"
    at: Instant
    by: str = ""
    note: str = ""


class Folded(Event):
    """An incident calls for this conversation and others like it, so its own ladder waits.

    `page` is the id of the on-call run, or of one of its steps.
    """

    kind: Literal["folded"] = "folded"
    page: str = Field(min_length=1)
    incident: str = Field(min_length=1)


class Unfolded(Event):
    """The incident is over, and this conversation's own ladder goes on."""

    kind: Literal["unfolded"] = "unfolded"
    incident: str = Field(min_length=1)
    by: str = ""


class IncidentAnswered(Event):
    """An incident runs and calls for this conversation, so the on-call run `page` may go on waiting."""

    kind: Literal["incident_answered"] = "incident_answered"
    page: str
    incident: str


class IncidentGrew(Event):
    """An incident now stands for `total` conversations, of which `left` no longer need anybody."""

    kind: Literal["incident_grew"] = "incident_grew"
    total: int = Field(ge=0)
    left: int = Field(0, ge=0)
    first: tuple[Member, ...] = ()


class ChoiceMade(Event):
    """The customer chose how to go on while a handoff is under way. `detail` names the channel or their concern.

    `at` is when to call back.
    """

    kind: Literal["choice_made"] = "choice_made"
    choice: Choice
    detail: str = ""
    at: Instant | None = None
    by: str = ""


class AssignmentConfirmed(Event):
    """The helpdesk has confirmed the assignment with this key."""

    kind: Literal["assignment_confirmed"] = "assignment_confirmed"
    key: str


class ContextGathered(Event):
    """The answers that came in time when the effect with this key asked other systems."""

    kind: Literal["context_gathered"] = "context_gathered"
    key: str
    context: Context


class FeedbackGiven(Event):
    """A person judged how the conversation was handled; kept for reports, with the reason and the rule it is about."""

    kind: Literal["feedback"] = "feedback"
    by: str = ""
    needed: bool | None = Field(default=None, description="Whether the latest escalation, handoff or call was needed.")
    right_team: bool | None = Field(default=None, description="Whether it went to the right team.")
    repeated: bool | None = Field(default=None, description="Whether the customer had to repeat themselves.")
    solved: bool | None = Field(default=None, description="Whether it was solved at first contact.")
    note: str = Field(default="", description="Why, in your words.")
    step: str = Field(
        default="",
        description="The call it is about, such as `on-call.2`, or what a message asked; else the latest move.",
    )
    about: dict[str, Any] = {}


SCORES = (0, 100)
"""The lowest and the highest score that a customer can give; reports average the scores."""


class Rated(Event):
    """The customer gave a score."""

    kind: Literal["rated"] = "rated"
    # `messages` holds new scores to these bounds. A score taken in before there were bounds stays as it is.
    score: float = Field(allow_inf_nan=False, json_schema_extra={"minimum": SCORES[0], "maximum": SCORES[1]})


class Merged(Event):
    """The conversation went on in another one, and its own promises end."""

    kind: Literal["merged"] = "merged"
    into: str = Field(min_length=1)


class PolicyAdopted(Event):
    """An operator asked for another policy version; `mode` says how time that has already passed counts under it."""

    kind: Literal["policy_adopted"] = "policy_adopted"
    policy: str
    version: int | None = None
    digest: str = Field(default="", description="Which content; the same as the running one's changes nothing.")
    mode: Literal["pin", "carry", "restart"] = "pin"
    by: str


class EditionChanged(Event):
    """The run that goes on now has another edition of Baton's behaviour (see `policies.editions`) than the one before.

    Facts from before it are judged by the edition of their time, also where they arrive late.
    """

    kind: Literal["edition_changed"] = "edition_changed"
    edition: int


class EventRejected(Event):
    """A message arrived that could not be read; kept so that operators see it."""

    kind: Literal["rejected"] = "rejected"
    name: str
    why: str
    excerpt: str = ""


class ConversationImported(Event):
    """The run of this conversation was lost, and a new run goes on from the state in the ledger."""

    kind: Literal["conversation_imported"] = "conversation_imported"
    why: str
    run: str = Field(default="", description="The end of the id of the run that it goes on in.")
    under: str = Field(default="", description="The policy that it was under before, where that is another one.")
    trouble: str = Field(default="", description="Why it does not run under the policy that was asked for.")
    ladders: dict[str, Any] = Field(default={}, description="The escalations of its calls, as that policy had them.")


class EffectFailed(Event):
    """An effect was refused for good or ran out of time."""

    kind: Literal["effect_failed"] = "effect_failed"
    effect: str
    key: str
    target: str = ""
    page: str = Field(default="", description="The step of a ladder it was to reach a person for.")
    why: str


class StepTried(Event):
    """The message of an on-call step was handed over for sending; from now on the step waits for an acknowledgement.

    After an outage of the workers this is later than the step was due, so that people still have their full time.
    """

    kind: Literal["step_tried"] = "step_tried"
    page: str


class StepDelivered(Event):
    """The message of an on-call step has arrived. The wait for an acknowledgement began earlier, when it was sent."""

    kind: Literal["step_delivered"] = "step_delivered"
    page: str
    reached: tuple[str, ...] = Field(default=(), description="Who was reached, where the target stands for people.")


class StepWithdrawn(Event):
    """The message of an on-call step was taken back before it arrived, because nobody needed it any more."""

    kind: Literal["step_withdrawn"] = "step_withdrawn"
    page: str
    may_be_folded: bool = Field(
        default=False, description="Whether an incident may have counted the call among those that it stands for."
    )


class DeadlineReached(Event):
    """Time passed. The event carries no fact: `decide` compares the time with the conversation."""

    kind: Literal["deadline_reached"] = "deadline_reached"


Fact = Annotated[
    ConversationStarted
    | MessageReceived
    | MessageUnderstood
    | TagAdded
    | TagRemoved
    | Reassigned
    | StatusChanged
    | CustomerUpdated
    | AttributeChanged
    | Escalated
    | Deescalated
    | Taken
    | Acknowledged
    | Called
    | NoteAdded
    | Held
    | Released
    | Snoozed
    | Woken
    | Absorbed
    | Queued
    | Offered
    | Granted
    | Reclaimed
    | PlaceFound
    | CallbackPromised
    | Folded
    | Unfolded
    | IncidentAnswered
    | IncidentGrew
    | ChoiceMade
    | AssignmentConfirmed
    | ContextGathered
    | FeedbackGiven
    | Rated
    | Merged
    | PolicyAdopted
    | EventRejected
    | EditionChanged
    | ConversationImported
    | EffectFailed
    | StepTried
    | StepDelivered
    | StepWithdrawn,
    Field(discriminator="kind"),
]
"""Every event that is remembered and can be judged again."""

AnyEvent = Fact | DeadlineReached
FACT: TypeAdapter[Fact] = TypeAdapter(Fact)
