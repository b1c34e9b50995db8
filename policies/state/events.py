"""Everything that can happen to a conversation: one closed union of facts, in the past tense.

Promises that every event is immutable, JSON-serialisable and carries `event_id`, `occurred_at` (aware UTC) and
`source`. Must not know what follows from an event (`decide`) or how it arrived (`messages`).
"""

from collections.abc import Mapping
from datetime import UTC
from enum import IntEnum
from typing import Annotated, Any, ClassVar, Literal, cast, get_args

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from policies.document.document import EventTrigger, Priority, ReasonCode, Status
from policies.document.handoffs import Choice
from policies.state.context import Context
from policies.state.meaning import Meaning
from policies.text.automatic import headers_in

Author = Literal["customer", "assistant", "agent"]
_KILO = 1000
Source = Literal["fact", "command", "baton"]
"""The origin of an event: a signal from outside, an update by a named actor, or Baton itself."""

Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]


class AtOneInstant(IntEnum):
    """The order of kinds of events at one instant, from edition 3 on; docs/clocks.md gives the reasons."""

    BEGINNING = 0
    SAID = 1
    KNOWN = 2
    MERGED = 3
    STATUS = 4
    RUN = 5


class Event(BaseModel):
    """The fields that all events share. Fields that this version does not know are dropped, not refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    at_one_instant: ClassVar[AtOneInstant] = AtOneInstant.KNOWN
    """The place of this kind among the events of one instant."""

    topic: ClassVar[EventTrigger | None] = None
    """The topic under which rules hear of the event and see its fields; None where they do not."""

    with_markup: ClassVar[tuple[str, ...]] = ()
    """The texts that may have markup, as an e-mail has; conditions see them without it."""

    unseen: ClassVar[frozenset[str]] = frozenset()
    """The fields that rules and texts do not see."""

    event_id: str = Field(
        description="Your id of this event, unique within the conversation; the same id is taken in only once."
    )
    occurred_at: Instant = Field(
        description="The instant of the event, by which promises are judged; without it, the event's arrival. RFC 3339."
    )
    source: Source = "fact"


class Reported(Event):
    """An event that comes by a signal of its kind's name. The first sentence of its docstring tells of it in the UI."""

    gathers: ClassVar[str] = ""
    """The field in which all further fields of a sender are kept; empty where further fields are ignored."""


class FromBaton(Reported):
    """An event that one workflow of Baton's tells another: a backend need not send it."""


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

    id: str = Field(default="", description="Your id of the customer.")
    name: str = Field(default="", description="The customer's name.")
    tier: str = Field(default="", description="The customer's tier with you, such as `enterprise`.")
    plan: str = Field(default="", description="The customer's plan: the product or package that they pay for.")
    locale: str = Field(default="", description="The customer's language and region, such as `pt-BR`.")
    timezone: _AnyText = Field(
        default="", description="Where the customer's clock is: an IANA zone, such as Europe/Oslo."
    )
    value: float | None = Field(default=None, description="The customer's worth to you, in a unit of your own.")
    since: _AnyText = Field(default="", description="The date since which they are a customer, such as 2024-03-01.")
    health: _AnyText = Field(default="", description="The state of the account, in your words, such as `red`.")
    preferences: Annotated[dict[str, str], BeforeValidator(_texts_of)] = Field(
        default={},
        description="The customer's preferences: `language`, `channel`, and the choice at a handoff (`handoff`).",
    )
    account_manager: _AnyText = Field(
        default="", description="The person who looks after the customer: a key of the policy's `people`."
    )
    # Kept as it was sent: senders used forms of their own before Baton gave this field a meaning.
    consent: Any = Field(
        default=None,
        description=(
            'The consent: `true`, `false`, or by purpose: with `{"context": false}` no other system is asked about the '
            "customer. Without it all is allowed; a value that is neither yes nor no allows nothing. Only with a yes "
            '(`true`, or `{"preferences": true}`) are the customer\'s choices remembered for later conversations.'
        ),
    )

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

    def agrees_to(self, purpose: str) -> bool:
        """`True` where the customer has said yes, to everything or to this purpose."""
        match self.consent:
            case {**purposes}:
                return purposes.get(purpose) is True
            case said:
                return said is True


class Member(BaseModel):
    """A conversation of an incident, as the incident's list shows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    conversation_id: str
    headline: str = Field(default="", description="The headline that people would have read.")
    who: str = Field(default="", description="The customer.")


class OfIncident(BaseModel):
    """The escalation and cause of an incident, and the conversations it stands for when it begins."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    escalation: str = Field(description="The escalation, by its name in the policy.")
    cause: str = Field(default="", description="The rule that many conversations have in common.")
    total: int = Field(default=0, ge=0, description="The number of conversations that the incident stands for.")
    first: tuple[Member, ...] = Field(
        default=(), description="The first of those conversations, as the incident's message lists them."
    )


Direction = Literal["inbound", "outbound"]
"""The side that began a conversation: the customer, or we."""


class ConversationStarted(Event):
    """A customer made contact, or we did. The promises run from this instant, or from the customer's first message."""

    at_one_instant = AtOneInstant.BEGINNING
    topic = "conversation_started"
    kind: Literal["conversation_started"] = "conversation_started"
    channel: str = ""
    inbox: str = Field(
        default="",
        description="The address or number within the channel; the policy may send one inbox to another team.",
    )
    subject: str = ""
    direction: Direction = Field(
        default="inbound",
        description=(
            "`outbound` where you began the conversation, as with a campaign or a call: nothing is promised until the "
            "customer writes."
        ),
    )
    customer: Customer = Field(
        default=Customer(), description="The customer as you know them; fields of your own are kept."
    )
    priority: Priority = "normal"
    tags: tuple[str, ...] = Field(default=(), description="The conversation's tags.")
    page: dict[str, Any] | str | None = Field(
        default=None,
        description="The web page of your product that the customer looked at: an address, or an object of your own.",
    )
    attributes: dict[str, Any] = Field(default={}, description="Named values of your own, which rules may look at.")
    policy: str = Field(
        default="",
        description="The policy to run under, by name; under an unknown one the conversation starts with the default.",
    )
    imported: bool = Field(
        default=False,
        description=(
            "`true` where the conversation went on elsewhere before: no person is told what was due before the start. "
            "Where `opened_at` is more than 24 hours before the start, this is taken for granted."
        ),
    )
    began_at: Instant | None = Field(default=None, description="Baton's own: the start of an imported conversation.")
    noted: str = Field(default="", description="Baton's own: a line for the timeline about `opened_at`.")
    drill: str = Field(default="", description="An escalation to be rehearsed: no customer waits, nothing is promised.")
    incident: OfIncident | None = Field(
        default=None, description="Baton's own: the conversation stands for many that call for the same reason."
    )
    trouble: str = Field(
        default="", description="The reason why the conversation does not run as asked, such as an unknown policy."
    )


def _as_size(size: int) -> str:
    """Return a number of bytes as people read it."""
    if size < _KILO:
        return f"{size} bytes"
    return f"{size / _KILO:,.0f} kB" if size < _KILO**2 else f"{size / _KILO**2:,.1f} MB"


class Attachment(BaseModel):
    """A file that came with a message. Baton shows it, and never fetches it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(default="", description="The file's name.")
    type: str = Field(default="", description="The file's media type, such as `application/pdf`.")
    url: str = Field(default="", description="Where agents can open the file: an address of http or https.")
    size: int | None = Field(default=None, description="The file's size in bytes; absent where it is not known.")

    @property
    def described(self) -> str:
        """The name, with type and size where they are known: `bill.pdf (application/pdf, 120 kB)`."""
        known = ", ".join(filter(None, (self.type, "" if self.size is None else _as_size(self.size))))
        return f"{self.name} ({known})" if known else self.name


class MessageReceived(Reported):
    """A message was written. Only a public message that an agent wrote by hand answers the customer."""

    at_one_instant = AtOneInstant.SAID
    topic = "message"
    with_markup = ("text",)
    unseen = frozenset({"whole"})
    kind: Literal["message"] = "message"
    author: Author = Field(description="The author: `customer`, `assistant` or `agent`.")
    author_id: str = Field(default="", description="Your id of the author.")
    text: str = Field(
        default="",
        description="The words of the message, up to 64 kB; rules and readings see 4,000 characters of them.",
    )
    whole: str = Field(
        default="",
        exclude_if=lambda whole: not whole,
        description="Baton's own: the words of a longer message, on their way to the ledger.",
    )
    attachments: tuple[Attachment, ...] = Field(
        default=(),
        exclude_if=lambda attachments: not attachments,
        description="The files that came with the message, at most ten. Baton shows them, and never fetches one.",
    )
    public: bool = Field(
        default=True, description="`true` where the customer can read the message. An internal note answers nobody."
    )
    automatic: bool = Field(
        default=False,
        description=(
            "`true` where a machine wrote in the author's name, as an out-of-office notice, a bounce or a receipt. It "
            "is no answer, and it is not the customer's word."
        ),
    )
    headers: Annotated[dict[str, str], BeforeValidator(headers_in)] = Field(
        default={},
        exclude_if=lambda headers: not headers,
        description=(
            "The headers of a customer's e-mail, where you can't tell whether a machine wrote it: `Auto-Submitted`, "
            "`Precedence`, `X-Auto-Response-Suppress`, `Subject` and a few others show it. They are not kept."
        ),
    )
    intent: str = Field(default="", description="The customer's wish, where you have found it out already.")
    confidence: float | None = Field(default=None, description="Your assistant's confidence, from 0 to 1.")
    sentiment: float | None = Field(default=None, description="The customer's mood, from -1 to 1.")
    failed: bool = Field(default=False, description="`true` where your assistant could not answer.")

    @property
    def is_public_answer(self) -> bool:
        """`True` where the customer was told something, by a person or the assistant, that was not marked as failed."""
        return self.author != "customer" and self.public and not (self.automatic or self.failed)

    @property
    def is_answer(self) -> bool:
        """`True` where a person told the customer something. Nothing else meets a response promise."""
        return self.author == "agent" and self.public and not self.automatic


class MessageUnderstood(Event, Meaning):
    """The customer's messages with these event ids were read for their meaning, together with the messages before them.

    `trouble` says why they could not be read; the fields of the meaning then say nothing.
    """

    topic = "understood"
    kind: Literal["understood"] = "understood"
    messages: tuple[str, ...] = ()
    trouble: str = ""


class TagAdded(Reported):
    """A tag was put on the conversation."""

    topic = "tag_added"
    kind: Literal["tag_added"] = "tag_added"
    tag: str = Field(min_length=1, description="The tag.")
    by: str = ""


class TagRemoved(Reported):
    """A tag was taken off the conversation."""

    topic = "tag_removed"
    kind: Literal["tag_removed"] = "tag_removed"
    tag: str = Field(min_length=1, description="The tag.")
    by: str = ""


class Reassigned(Reported):
    """The conversation changed hands in the helpdesk (`fact`), or a person asked Baton to reassign it (`command`)."""

    topic = "reassigned"
    kind: Literal["reassigned"] = "reassigned"
    team: str = ""
    assignee: str = ""
    by: str = ""
    note: str = ""


class StatusChanged(Reported):
    """The conversation's status in the helpdesk changed."""

    at_one_instant = AtOneInstant.STATUS
    topic = "status_changed"
    kind: Literal["status_changed"] = "status_changed"
    status: Status = Field(description="The status of the conversation.")
    by: str = ""
    note: str = ""


class CustomerUpdated(Reported):
    """More became known of the customer. The fields of the customer are sent side by side.

    Only the fields that are sent change, and fields of your own are kept.
    """

    gathers = "customer"
    kind: Literal["customer_updated"] = "customer_updated"
    customer: dict[str, Any]


class AttributeChanged(Reported):
    """A named value of the conversation changed."""

    topic = "attribute_changed"
    kind: Literal["attribute_changed"] = "attribute_changed"
    name: str = Field(min_length=1, description="The attribute's name.")
    value: Any = Field(default=None, description="Its new value.")


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


class Acknowledged(Reported):
    """A person on call said “I've got it”, which stops the escalation ladder."""

    kind: Literal["acknowledged"] = "acknowledged"
    by: str
    step: str = Field(
        default="", description="The escalation, such as `support-on-call`; empty for all that are running."
    )


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

    at_one_instant = AtOneInstant.STATUS
    kind: Literal["held"] = "held"
    by: str
    note: str = ""
    until: Instant | None = None


class Released(Event):
    """An operator let the clocks run again."""

    at_one_instant = AtOneInstant.STATUS
    kind: Literal["released"] = "released"
    by: str
    note: str = ""


class Snoozed(Event):
    """A person put the conversation aside until an instant. The promises run on; reminders wait."""

    at_one_instant = AtOneInstant.STATUS
    kind: Literal["snoozed"] = "snoozed"
    until: Instant
    by: str
    note: str = ""


class Woken(Event):
    """A person ended a snooze before its time."""

    at_one_instant = AtOneInstant.STATUS
    kind: Literal["woken"] = "woken"
    by: str


class Absorbed(Reported):
    """Another conversation was merged into this one, which takes over the other customer's wait and callback.

    Baton sends it when the other conversation is told `merged`; send it yourself only for a conversation that Baton
    does not know.
    """

    kind: Literal["absorbed"] = "absorbed"
    other: str = Field(min_length=1, description="The id of the conversation that was merged into this one.")
    waiting_since: Instant | None = Field(
        default=None, description="The instant since which the other customer waits for a person, if so."
    )
    callback_at: Instant | None = Field(
        default=None, description="The instant of the callback that the other customer was promised."
    )


class Queued(FromBaton):
    """A team told the conversation its position in the queue: when it entered, then as often as the policy says."""

    topic = "queued"
    kind: Literal["queued"] = "queued"
    team: str
    ticket: str
    position: int = Field(default=0, description="The place in line; 1 is next.")
    present: int = Field(
        default=0, description="The number of agents who are there and could take the conversation if they had room."
    )
    told: int = Field(default=1, description="The number of times that the position was told so far.")
    wait: str = Field(
        default="", description="The probable wait, such as `5 to 10 minutes`; empty where too little is known."
    )
    wait_low: int | None = Field(default=None, description="The lower end of the probable wait, in minutes.")
    wait_high: int | None = Field(default=None, description="The upper end of the probable wait, in minutes.")
    is_refused: bool = Field(
        default=False,
        description="`true` where every agent who could take the conversation has declined, or did not answer.",
    )
    no_agent_because: str = Field(
        default="",
        description="Why no agent of the team could take it at any time, such as a language that none of them speaks.",
    )
    because: str = ""


class Offered(FromBaton):
    """A team offered the conversation to an agent, who has until `until` to accept."""

    kind: Literal["offered"] = "offered"
    team: str
    ticket: str
    agent: str
    offer: str
    until: Instant = Field(description="The instant until which the offer can be answered.")
    because: str = ""


class Granted(FromBaton):
    """A team chose an agent for the conversation; the agent has it once the conversation confirms."""

    kind: Literal["granted"] = "granted"
    team: str
    ticket: str
    agent: str
    offer: str = ""
    because: str = ""


class Reclaimed(FromBaton):
    """A team reported that the agent who has the conversation is gone, or has no room for it after a hold."""

    kind: Literal["reclaimed"] = "reclaimed"
    team: str
    ticket: str
    agent: str
    because: str = ""
    is_full: bool = Field(default=False, description="`true` where the agent has no room left after a hold.")


class TeamClosed(FromBaton):
    """A team reported that a later version of the policy has no queue for it, so the conversation has to leave it."""

    kind: Literal["team_closed"] = "team_closed"
    team: str
    ticket: str
    policy: str = Field(description="The policy's name.")
    version: int = Field(description="The version that has no queue for the team.")


class EntryFound(Event):
    """A team runs and knows the conversation's queue entry, so the conversation may go on waiting."""

    kind: Literal["place_found"] = "place_found"
    team: str
    ticket: str


class CallbackPromised(Reported):
    """The customer was promised a callback at an instant. Baton reminds the assignee."""

    kind: Literal["callback_promised"] = "callback_promised"
    at: Instant = Field(description="The instant of the callback.")
    by: str = ""
    note: str = ""


class Folded(FromBaton):
    """An incident calls people for this conversation and others like it, so its own ladder waits."""

    kind: Literal["folded"] = "folded"
    page: str = Field(
        min_length=1, description="The on-call run that waits, such as `support-on-call.1`, or one of its steps."
    )
    incident: str = Field(
        min_length=1,
        description="The incident, by the id of its own conversation.",
    )


class Unfolded(FromBaton):
    """The incident is over, and this conversation's own ladder goes on."""

    kind: Literal["unfolded"] = "unfolded"
    incident: str = Field(
        min_length=1,
        description="The incident, by the id of its own conversation.",
    )
    by: str = ""


class IncidentAnswered(Event):
    """An incident runs and calls for this conversation, so the on-call run `page` may go on waiting."""

    kind: Literal["incident_answered"] = "incident_answered"
    page: str
    incident: str


class IncidentGrew(FromBaton):
    """An incident now stands for `total` conversations, of which `left` no longer need anybody."""

    kind: Literal["incident_grew"] = "incident_grew"
    total: int = Field(ge=0, description="The number of conversations that the incident stands for.")
    left: int = Field(default=0, ge=0, description="The number of those conversations that need nobody any more.")
    first: tuple[Member, ...] = Field(
        default=(), description="The first of those conversations, as the incident's message lists them."
    )


def _by_language(value: Any) -> Any:
    """Return a text as texts by language; one text alone is in the policy's own language."""
    return {"": value} if isinstance(value, str) else value


TextsByLanguage = Annotated[dict[str, str], BeforeValidator(_by_language, json_schema_input_type=str | dict[str, str])]
"""Words for the customer, by the tag of their language; a text alone is in the policy's own language."""


class OutageKnown(FromBaton):
    """An outage is known. While a conversation matches it, no rule calls people for that conversation."""

    kind: Literal["outage_known"] = "outage_known"
    outage: str = Field(min_length=1, description="The outage's name.")
    life: str = Field(min_length=1, description="The mark that tells this outage from an earlier one of the same name.")
    when: str = Field(min_length=1, description="The condition, in CEL, that conversations of this outage fulfil.")
    until: Instant = Field(description="The instant at which the outage ends unless news of it come first.")
    began_at: Instant | None = Field(default=None, description="Baton's own: the instant at which it was opened.")
    text: TextsByLanguage = Field(default={}, description="The words that the customer is told once.")
    over_text: TextsByLanguage = Field(default={}, description="The words that the customer is told once it is over.")
    policy: str = Field(default="", description="The policy whose conversations it is about; empty for all of them.")
    version: int = Field(default=1, description="The number of this news; of two, the later one counts.")


class OutageOver(FromBaton):
    """An outage is over: the customer is told, and rules call people as usual again."""

    kind: Literal["outage_over"] = "outage_over"
    outage: str = Field(min_length=1, description="The outage's name.")
    life: str = Field(min_length=1, description="The mark that tells this outage from an earlier one of the same name.")
    text: TextsByLanguage = Field(
        default={}, description="The words for the customer; without them, those that were given when it was opened."
    )
    by: str = ""


class OutageLeft(Event):
    """A person took the conversation out of its outage, because it is about another problem."""

    kind: Literal["outage_left"] = "outage_left"
    by: str
    note: str = ""


class ChoiceMade(Reported):
    """The customer chose how to go on while a handoff is under way."""

    kind: Literal["choice_made"] = "choice_made"
    choice: Choice = Field(
        description="The customer's choice: the assistant, to wait, a callback, another channel, or a manager."
    )
    detail: str = Field(default="", description="The channel, the number, or the concern that the customer named.")
    at: Instant | None = Field(
        default=None, description="The instant to call back; within the policy's usual time where none is named."
    )
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


class ChoicesRecalled(Event):
    """The choices of the customer's earlier conversations that still hold; empty where none is remembered."""

    kind: Literal["choices_recalled"] = "choices_recalled"
    customer: str
    handoff: str = ""
    channel: str = ""


class FeedbackGiven(Reported):
    """A person judged how the conversation was handled: four questions, and fields of your own.

    The answers are kept for reports, with the reason and the rule they are about. A field of another type than is said
    here is kept as one of your own.
    """

    gathers = "about"
    kind: Literal["feedback"] = "feedback"
    by: str = ""
    needed: bool | None = Field(default=None, description="Was the latest escalation, handoff or call needed?")
    right_team: bool | None = Field(default=None, description="Did it go to the right team?")
    repeated: bool | None = Field(default=None, description="Did the customer have to repeat themselves?")
    solved: bool | None = Field(default=None, description="Was it solved at first contact?")
    note: str = Field(default="", description="The reasons, in your words.")
    step: str = Field(
        default="",
        description="The call it is about, such as `on-call.2`, or what a message asked; else the latest move.",
    )
    about: dict[str, Any] = {}


SCORES = (0, 100)
"""The lowest and the highest score that a customer can give; reports average the scores."""


class Rated(Reported):
    """The customer gave a score."""

    topic = "rated"
    kind: Literal["rated"] = "rated"
    # `messages` holds new scores to these bounds. A score taken in before there were bounds stays as it is.
    score: float = Field(
        allow_inf_nan=False,
        json_schema_extra={"minimum": SCORES[0], "maximum": SCORES[1]},
        description="The score, on a scale of your own from 0 to 100 at most.",
    )


class Merged(Reported):
    """The conversation went on in another one, and its own promises end."""

    at_one_instant = AtOneInstant.MERGED
    kind: Literal["merged"] = "merged"
    into: str = Field(min_length=1, description="The id of the conversation it goes on in.")


class PolicyAdopted(Event):
    """An operator asked for another policy version; `mode` says how time that has already passed counts under it."""

    kind: Literal["policy_adopted"] = "policy_adopted"
    policy: str
    version: int | None = None
    digest: str = Field(
        default="", description="A fingerprint of the policy's content; the same as the running one's changes nothing."
    )
    mode: Literal["pin", "carry", "restart"] = "pin"
    by: str


class EditionChanged(Event):
    """The run that goes on now has another edition of Baton's behaviour (see `policies.editions`) than the one before.

    Facts from before it are judged by the edition of their time, also where they arrive late.
    """

    at_one_instant = AtOneInstant.RUN
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

    at_one_instant = AtOneInstant.RUN
    kind: Literal["conversation_imported"] = "conversation_imported"
    why: str
    run: str = Field(default="", description="The end of the id of the run that it goes on in.")
    under: str = Field(default="", description="The policy that it was under before, where that is another one.")
    trouble: str = Field(default="", description="The reason why it does not run under the policy that was asked for.")
    ladders: dict[str, Any] = Field(default={}, description="The escalations of its calls, as that policy had them.")


class EffectFailed(Event):
    """An effect was refused for good or ran out of time."""

    topic = "effect_failed"
    kind: Literal["effect_failed"] = "effect_failed"
    effect: str
    key: str
    target: str = ""
    page: str = Field(default="", description="The step of a ladder it was to reach a person for.")
    why: str


class ReplyNotSent(Event):
    """A rule's reply to the customer was not sent, because another of their conversations has sent the same."""

    kind: Literal["reply_not_sent"] = "reply_not_sent"
    rule: str
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
    reached: tuple[str, ...] = Field(
        default=(), description="The people who were reached, where the target stands for people."
    )


class StepWithdrawn(Event):
    """The message of an on-call step was taken back before it arrived, because it was not needed any more."""

    kind: Literal["step_withdrawn"] = "step_withdrawn"
    page: str
    may_be_folded: bool = Field(
        default=False, description="`true` where an incident may have counted the call among those that it stands for."
    )


class DeadlineReached(Event):
    """Time passed. The event carries no fact: `decide` compares the time with the conversation."""

    kind: Literal["deadline_reached"] = "deadline_reached"


Fact = Annotated[
    ConversationStarted
    | MessageReceived
    | TagAdded
    | TagRemoved
    | Reassigned
    | StatusChanged
    | CustomerUpdated
    | AttributeChanged
    | Acknowledged
    | FeedbackGiven
    | Rated
    | Merged
    | Absorbed
    | Queued
    | Offered
    | Granted
    | Reclaimed
    | TeamClosed
    | CallbackPromised
    | ChoiceMade
    | Folded
    | Unfolded
    | IncidentGrew
    | OutageKnown
    | OutageOver
    | MessageUnderstood
    | Escalated
    | Deescalated
    | Taken
    | Called
    | NoteAdded
    | Held
    | Released
    | Snoozed
    | Woken
    | OutageLeft
    | EntryFound
    | IncidentAnswered
    | AssignmentConfirmed
    | ContextGathered
    | ChoicesRecalled
    | PolicyAdopted
    | EventRejected
    | EditionChanged
    | ConversationImported
    | EffectFailed
    | ReplyNotSent
    | StepTried
    | StepDelivered
    | StepWithdrawn,
    Field(discriminator="kind"),
]
"""Every event that is remembered and can be judged again."""

KINDS: tuple[type[Event], ...] = get_args(get_args(Fact)[0])
SIGNALS: Mapping[str, type[Reported]] = {
    kind.model_fields["kind"].default: kind for kind in KINDS if issubclass(kind, Reported)
}
"""The signals of the contract, by name."""

AnyEvent = Fact | DeadlineReached
FACT: TypeAdapter[Fact] = TypeAdapter(Fact)


def remembered(fact: Fact) -> Fact:
    """Return the fact as the state keeps it: only the ledger keeps those words of a message that rules do not see."""
    is_long = isinstance(fact, MessageReceived) and bool(fact.whole)
    return fact.model_copy(update={"whole": ""}) if is_long else fact
