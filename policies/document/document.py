"""The policy as a support lead writes it: one closed pydantic model, judged whole.

Promises that a `Document` has the right shape. Whether its names refer to each other is checked by `load`, which knows
where in the file each of them stands. Must not know how a policy is run (`policy`) or read (`load`).
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal, NamedTuple, cast, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from policies.document.clocks import ClockName, Promises
from policies.document.escalations import Escalation, Person, Redaction
from policies.document.handoffs import Briefings, ChoicesTerms, PublicName, Style, Tell
from policies.document.hindsight import FeedbackTerms
from policies.document.insight import Insight
from policies.document.part import Part, Span, SpanText, one_or_many
from policies.document.proposals import Tagging
from policies.document.queues import Priority, Queue
from policies.document.rotation import Rotation
from policies.document.scores import ScoreTerms

ALWAYS_OPEN = "always"
"""The name of the built-in business hours that never close."""
OwnType = Literal["number", "text"]
"""The type of an attribute or a customer field that a policy declares."""
_OwnFields = Annotated[dict[str, OwnType], Field(max_length=50)]

SilenceName = Literal[
    "waiting", "assignee_silent", "customer_silent", "unresolved", "handoff_waiting", "assistant_silent"
]
SILENCES: tuple[SilenceName, ...] = get_args(SilenceName)
REPEATED: tuple[SilenceName, ...] = ("waiting", "handoff_waiting")
"""The silences that rules can hear of again and again: those in which the customer waits for people."""
Status = Literal["open", "pending_customer", "on_hold", "resolved"]
EventTrigger = Literal[
    "conversation_started",
    "message",
    "tagged",
    "tag_added",
    "tag_removed",
    "reassigned",
    "attribute_changed",
    "customer_updated",
    "status_changed",
    "effect_failed",
    "outside_hours",
    "queued",
    "callback_due",
    "understood",
    "score_high",
    "handoff_requested",
    "handoff_accepted",
    "handoff_committed",
    "handed_back",
    "choice_made",
    "resolved",
    "rated",
    "remembered",
]
ReasonCode = Literal[
    "beyond_automation",
    "asked_for_human",
    "sentiment",
    "low_confidence",
    "defect",
    "security",
    "sla",
    "value",
    "agent_judgement",
    "policy",
    "compliance",
]


MOST_PERCENT = 1_000
"""The largest share of a target at which rules may act."""
REPEATS = 24
"""The most times that a trigger with `every` repeats after one breach: a day of hourly ones, around the clock."""
_FASTEST = timedelta(minutes=1)
"""The shortest span of `every`: in less, people can't act."""


_CAN_WAIT_FOR_BUSINESS = {"customer_silent": "2d", "unresolved": "10m"}
"""The silences whose rules can wait until a team is open, each with a span as an example."""


def _share(value: object, most: int) -> int:
    if value == "breach":
        return 100
    if isinstance(value, str) and re.fullmatch(r"\d{1,4}%", value):
        value = int(value[:-1])
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError(f"`{value}` is not a share of the target: write 1% to {most}%, or breach")
    return value


def _percent(value: object) -> object:
    return _share(value, 100)


def _percent_used(value: object) -> object:
    return _share(value, MOST_PERCENT)


def _not_too_fast(span: timedelta) -> timedelta:
    if span < _FASTEST:
        raise ValueError("`every` repeats faster than people can act: write 1m or more")
    return span


def _only_true(value: bool) -> bool:
    if not value:
        raise ValueError("this does nothing: write `unassign`, or remove it")
    return value


def _lasting(value: Any) -> Any:
    """Accept the long form of a silence, `waiting: {for: 10m}`, as well as `waiting: 10m`."""
    return value["for"] if isinstance(value, dict) and "for" in value else value


def _reminder(value: Any) -> Any:
    """Read `customer_silent: {after: 2d, in: business}` as the span and a field of its own; `unresolved` as well."""
    for name, span in _CAN_WAIT_FOR_BUSINESS.items():
        silent: Any = value.get(name)
        if not isinstance(silent, dict) or "after" not in silent:
            continue
        if silent.get("in") != "business" or len(cast("dict[str, Any]", silent)) != 2:
            raise ValueError(f"write `{name}: {{after: {span}, in: business}}`, or `{name}: {span}` for any hour")
        return {**value, name: silent["after"], "in_business": True}
    return value


def _repeating(value: dict[str, Any]) -> dict[str, Any]:
    """Read `waiting: {every: 30m, after: 2h}` as the span of the first time and a field of its own."""
    for name in REPEATED:
        written = value.get(name)
        if isinstance(written, dict) and "every" in written:
            again = cast("dict[str, Any]", written)
            if not {*again} <= {"every", "after"}:
                raise ValueError(
                    f"write `{name}: {{every: 30m}}`, or `{name}: {{every: 30m, after: 2h}}` for another first time"
                )
            value = {**value, name: again.get("after", again["every"]), "every": again["every"]}
    return value


# The form in which a policy file writes a percentage, for editors that check the file by its schema.
_PercentText = Annotated[str, Field(pattern=r"^(\d{1,4}%|breach)$", examples=["75%", "breach"])]


class _For(BaseModel):
    """The long form of a silence."""

    model_config = ConfigDict(extra="forbid")

    span: SpanText = Field(alias="for")


class _Again(BaseModel):
    """The form of a wait that repeats."""

    model_config = ConfigDict(extra="forbid")

    every: SpanText
    after: SpanText | None = None


class _Reminder(BaseModel):
    """The form of a silence whose rule waits for business hours."""

    model_config = ConfigDict(extra="forbid")

    after: SpanText
    hours: Literal["business"] = Field(alias="in")


Lasting = Annotated[Span, BeforeValidator(_lasting, json_schema_input_type=SpanText | _For)]
_Repeating = Annotated[Span, BeforeValidator(_lasting, json_schema_input_type=SpanText | _For | _Again)]
_Reminding = Annotated[Span, BeforeValidator(_lasting, json_schema_input_type=SpanText | _For | _Reminder)]
Percent = Annotated[int, BeforeValidator(_percent, json_schema_input_type=_PercentText | int)]
"""A share of a target's time, in percent; 100 is the breach."""
_PercentUsed = Annotated[int, BeforeValidator(_percent_used, json_schema_input_type=_PercentText | int)]
_Every = Annotated[Span, AfterValidator(_not_too_fast)]
_Percents = BeforeValidator(one_or_many, json_schema_input_type=Percent | tuple[Percent, ...])


class Wait(NamedTuple):
    """A silence that rules listen to: its name, how long it lasts, and whether they then wait for business hours.

    With `every` it repeats; `times` is then which time this is, and `lasted` how long the silence has lasted by then.
    """

    name: SilenceName
    span: timedelta
    in_business: bool = False
    every: timedelta = timedelta(0)
    times: int = 0
    lasted: timedelta = timedelta(0)

    @property
    def topic(self) -> str:
        """The key under which rules hear of it."""
        again = f"+{int(self.every.total_seconds())}" if self.every else ""
        return f"{self.name}:{self.seconds}{again}{'@business' if self.in_business else ''}"

    @property
    def told(self) -> str:
        """The span, and which time this is, as part of the keys of effects."""
        _, _, span = self.topic.partition(":")
        return f"{span}x{self.times}" if self.every else span

    @property
    def seconds(self) -> int:
        """The span in seconds."""
        return int(self.span.total_seconds())

    @property
    def after(self) -> timedelta:
        """How long the silence has lasted when rules hear of it."""
        return self.lasted if self.every else self.span


class Overtime(NamedTuple):
    """A time after the breach of a promise that rules listen to: a share of its target beyond 100 %, or each span."""

    clock: ClockName
    percent: int
    every: timedelta = timedelta(0)

    @property
    def topic(self) -> str:
        """The key under which rules hear of it."""
        used = f"clock:{self.clock}@{self.percent}"
        return f"{used}+{int(self.every.total_seconds())}" if self.every else used


class Hours(Part):
    """A team's working hours. `open` is OpenStreetMap opening_hours syntax; `PH` in it means the days in `holidays`."""

    open: str
    timezone: str | None = Field(None, description="IANA zone; the policy's own where absent.")
    holidays: str | tuple[date, ...] | None = Field(
        None, description="A country (`US`) or subdivision (`US-CA`), resolved to dates at load, or the dates."
    )
    closed: tuple[date, ...] = Field((), description="Further days treated as holidays.")


class TeamTerms(Part):
    """A team that can be responsible. `tier` orders teams for escalation; a team without one is not in that order."""

    name: str
    public_name: PublicName | None = Field(
        None, description="What customers read in texts instead of `name`: a text, or one for each language."
    )
    tier: int | None = Field(None, ge=0)
    hours: str | None = Field(None, description="Business hours; absent means always.")
    after_hours: str | None = Field(None, description="The team that takes over while this one is closed.")
    sla: str | None = None
    skills: tuple[str, ...] = ()
    staffed_by: Literal["people", "assistant"] = Field("people", description="Who answers for this team.")
    queue: Queue | None = Field(None, description="How its waiting conversations find a person; absent: they don't.")
    formerly: Annotated[tuple[str, ...], BeforeValidator(one_or_many, json_schema_input_type=str | tuple[str, ...])] = (
        Field((), description="Its keys in earlier versions: their conversations are this team's, and wait on in line.")
    )


class SpecialTargets(Promises):
    """Other spans for conversations that meet every stated condition. The entry with the most conditions wins."""

    team: str | None = Field(None, description="While this team is responsible.")
    channel: str | None = Field(None, description="Conversations of this channel, such as `email`; not one inbox.")
    priority: Priority | None = Field(None, description="While the conversation has this priority.")
    customer_tier: str | None = Field(None, description="Customers of this tier, such as `enterprise`.")

    @property
    def conditions(self) -> dict[str, str]:
        """The conditions that a conversation must meet for these spans, by field."""
        return {name: value for name in CONDITIONS if (value := getattr(self, name)) is not None}


CONDITIONS = ("team", "channel", "priority", "customer_tier")


class SlaTargets(Promises):
    """Promises to customers. Absent fields come from `extends`; a target that is absent there too is not promised."""

    extends: str | None = None
    special: tuple[SpecialTargets, ...] | None = Field(
        None,
        description="Other spans by team, channel, priority, customer tier. A child's own replace all that it extends.",
    )
    at_risk: Annotated[tuple[Percent, ...], _Percents] | None = Field(
        None, description="Shares of the target at which rules and lists are warned, such as 75%; one or several."
    )
    hours: str | None = Field(None, description="Business hours the clocks run in; `always` for around the clock.")
    pause_while: tuple[Status, ...] | None = Field(None, description="Statuses in which the clocks stand still.")
    pause_budget: Span | None = Field(None, description="Business time a clock may stand still; then it runs on.")


class Trigger(Part):
    """The one thing that a rule listens to: an event, a share of a clock's target, a keyword, or a silence."""

    event: EventTrigger | None = None
    clock: ClockName | None = Field(None, description="A promise; with `at`, which share of its time has been used.")
    at: _PercentUsed = Field(
        100, description="Such as 75%; `breach` where absent; 150% where half of the time has passed again."
    )
    every: _Every | None = Field(
        None,
        description="Of a clock: again each time that so much business time has passed after the breach, while it is "
        f"owed, at most {REPEATS} times. Of `waiting` and `handoff_waiting`: again and again, further apart each time.",
    )
    waiting: _Repeating | None = Field(
        None, description="Unanswered for this long, in the team's business time. `{every: 30m}` repeats."
    )
    assignee_silent: Lasting | None = Field(
        None, description="The assignee has not answered a waiting customer for this long, in the team's business time."
    )
    customer_silent: _Reminding | None = Field(
        None,
        description="No word from the customer since our answer; any time counts. `{after: 2d, in: business}` then "
        "waits until the team is open.",
    )
    in_business: bool = Field(False, description="Written as `customer_silent: {after: …, in: business}`.")
    unresolved: _Reminding | None = Field(
        None,
        description="Open and not resolved for this long since it began, in the team's business time. `{after: 10m, "
        "in: business}` then waits until the team is open; of an assistant, until the people of the next tier are.",
    )
    handoff_waiting: _Repeating | None = Field(
        None,
        description="Nobody has come to relieve the assistant for this long, in the team's business time. "
        "`{every: 30m}` repeats.",
    )
    assistant_silent: Lasting | None = Field(
        None, description="The assistant has the conversation and has not answered the customer for this long."
    )
    mentioned: str | None = Field(None, description="A keyword of `insight`; with `times`, at which message with it.")
    times: int = Field(1, ge=1, le=100, description="At the how manieth message of the customer with that keyword.")

    @model_validator(mode="before")
    @classmethod
    def _read_short_forms(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"event": value}
        # Checked before validation: afterwards an absent `at` looks like the 100 that JSON carries for every trigger.
        if isinstance(value, dict) and value.get("clock") is None and value.get("at", 100) != 100:
            raise ValueError("`at` belongs to a clock: {clock: first_response, at: 75%}")
        if isinstance(value, dict):
            value = _repeating(cast("dict[str, Any]", value))
        if isinstance(value, dict) and value.get("every") is not None:
            if not any(value.get(name) is not None for name in ("clock", *REPEATED)):
                raise ValueError(
                    "`every` belongs to a clock, or to a wait: {clock: first_response, every: 30m}, "
                    "{handoff_waiting: {every: 30m}}"
                )
            if value.get("clock") is not None and value.get("at", 100) not in (100, "100%", "breach"):
                raise ValueError(
                    "`every` counts from the breach: write it without `at`, or each in a trigger of its own"
                )
        if isinstance(value, dict) and value.get("mentioned") is None and value.get("times", 1) != 1:
            raise ValueError("`times` belongs to a keyword: {mentioned: lawyer, times: 2}")
        return _reminder(value) if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _one_cause(self) -> "Trigger":
        silences = [getattr(self, name) for name in SILENCES]
        if sum(cause is not None for cause in (self.event, self.clock, self.mentioned, *silences)) != 1:
            raise ValueError("a trigger is one event name, or {clock: …, at: …}, or {waiting: …}")
        return self

    @property
    def topic(self) -> str:
        """The key under which rules are indexed: `tag_added`, `clock:first_response@75`, `waiting:600`."""
        if self.clock is not None:
            return Overtime(self.clock, self.at, self.every or timedelta(0)).topic
        if self.mentioned is not None:
            return f"mentioned:{self.mentioned}@{self.times}"
        if self.silence is not None:
            return self._wait(*self.silence).topic
        return str(self.event)

    @property
    def topics(self) -> tuple[str, ...]:
        """All topics of which the trigger hears: `tagged` of tags that come later, too."""
        return (self.topic, "tag_added") if self.event == "tagged" else (self.topic,)

    @property
    def overtime(self) -> Overtime | None:
        """The time after a breach that the rule listens to; None for other triggers."""
        is_late = self.clock is not None and (self.every is not None or self.at > 100)
        return Overtime(self.clock, self.at, self.every or timedelta(0)) if self.clock and is_late else None

    @property
    def wait(self) -> Wait | None:
        """The silence that the rule listens to, whole; None for other triggers."""
        return self._wait(*self.silence) if self.silence is not None else None

    def _wait(self, name: SilenceName, span: timedelta) -> Wait:
        return Wait(name, span, self.in_business, self.every or timedelta(0))

    @property
    def silence(self) -> tuple[SilenceName, timedelta] | None:
        """The silence that the rule listens to, and how long it must last; None for other triggers."""
        return next(((name, span) for name in SILENCES if (span := getattr(self, name)) is not None), None)


_Written = Trigger | EventTrigger
_Triggers = BeforeValidator(
    one_or_many, json_schema_input_type=_Written | Annotated[list[_Written], Field(min_length=1)]
)


class BugReport(Part):
    """The content of a bug report for engineering. Each field is a text like a note's."""

    title: str = Field(min_length=1)
    steps: str = Field(min_length=1, description="How to see it happen.")
    impact: str = Field(min_length=1, description="Whom it keeps from what.")
    links: tuple[str, ...] = ()


class ToPerson(Part):
    """A person whom a rule wants to have the conversation, and in which of their teams."""

    person: str = Field(description="A key under `people`.")
    team: str | None = Field(None, description="A team of theirs; where absent, the first, or one of a higher tier.")


def _form_of_target(written: object) -> str:
    return "person" if isinstance(written, (dict, ToPerson)) else "team"


TeamOrPerson = Annotated[
    Annotated[str, Tag("team")] | Annotated[ToPerson, Tag("person")], Discriminator(_form_of_target)
]
"""A team by its key, or a person."""


@dataclass(frozen=True, slots=True)
class Words:
    """Marks a key of `do` that takes words, which may not be empty; a template is Jinja2 over the facts."""

    if_empty: str
    is_template: bool = True


class Do(Part):
    """One thing a rule does: exactly one key. `note`, `reply` and the text of `notify` are Jinja2 over the facts."""

    assign: TeamOrPerson | None = Field(None, description="A team, or `{team: …, person: …}`.")
    assign_account_manager: str | None = Field(
        None,
        description="A team, and in it the customer's account manager, where `customer.account_manager` names one.",
    )
    escalate: TeamOrPerson | None = Field(
        None, description="A team of a higher tier, or `next`, or `{person: …}`, who is in one or in the same team."
    )
    unassign: Annotated[bool, AfterValidator(_only_true)] | None = Field(
        None, description="Take it from the assignee and leave it with the team: back in line where that has a queue."
    )
    note: Annotated[str | None, Words("the note is empty: write what the next agent should know")] = Field(
        None, description="An internal note."
    )
    notify: str | None = Field(
        None, description="An escalation's name, or whom a step can reach, such as `slack:#channel`."
    )
    reply: Annotated[str | None, Words("the reply is empty: write what the customer should know")] = Field(
        None, description="A message to the customer."
    )
    tell: Tell | None = Field(
        None, description="One of the policy's `customer_texts` to the customer, in their language."
    )
    tag: Annotated[str | None, Words("the tag is empty: name it", is_template=False)] = None
    untag: Annotated[str | None, Words("the tag is empty: name it", is_template=False)] = None
    set_priority: Priority | None = None
    resolve: Annotated[
        str | None, Words("the text is empty: write why it is resolved, for the person who opens it again")
    ] = Field(None, description="Resolve the conversation; the text says why, as an internal note.")
    report_bug: BugReport | None = Field(None, description="A bug report for engineering, made on the desk.")

    @model_validator(mode="before")
    @classmethod
    def _read_short_form(cls, value: Any) -> Any:
        return {"unassign": True} if value == "unassign" else value

    @model_validator(mode="after")
    def _one_effect(self) -> "Do":
        if sum(getattr(self, name) is not None for name in type(self).model_fields) != 1:
            raise ValueError("an entry of `do` has exactly one key, such as `assign: tier-2` or `note: …`")
        return self

    @property
    def verb(self) -> str | None:
        """The name of the one field that is set."""
        return next((name for name in type(self).model_fields if getattr(self, name) is not None), None)

    @property
    def person(self) -> str | None:
        """The person whom the entry names to have the conversation; None where it names none."""
        named = next((to for to in (self.assign, self.escalate) if isinstance(to, ToPerson)), None)
        return named.person if named else None

    @property
    def words(self) -> Words | None:
        """The mark of the words that the key takes; None where it takes none."""
        marks = type(self).model_fields[self.verb].metadata if self.verb else []
        return next((mark for mark in marks if isinstance(mark, Words)), None)


class Rule(Part):
    """Things to do when a trigger occurs and the condition holds, once for each cause."""

    name: str
    on: Annotated[tuple[Trigger, ...], Field(min_length=1), _Triggers]
    when: str | None = Field(None, description="CEL over the typed facts; must be true or false.")
    do: tuple[Do, ...] = Field(min_length=1)
    reason: ReasonCode | None = Field(None, description="Why, for reports; `sla` for clock triggers, else `policy`.")
    enabled: bool = Field(True, description="`false` turns the rule off: it is checked as before, and never fires.")


class Document(Part):
    """A whole policy. `version` grows with every change; a running conversation keeps the version it started with."""

    policy: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    version: int = Field(ge=1)
    description: str = ""
    timezone: str = "UTC"
    hours: dict[str, Hours] = Field({})
    teams: dict[str, TeamTerms] = Field(min_length=1)
    channels: dict[str, str] = Field(min_length=1, description="`channel` or `channel:inbox` to a team.")
    sla: dict[str, SlaTargets] = Field({})
    attributes: _OwnFields = Field(
        {}, description="The attributes that conditions and texts read, each `number` or `text`."
    )
    customer_fields: _OwnFields = Field(
        {}, description="Your own fields of the customer that conditions and texts read, each `number` or `text`."
    )
    rules: tuple[Rule, ...] = ()
    people: dict[str, Person] = Field({}, description="Who can be called and may press buttons in Slack.")
    on_call: dict[str, Rotation] = Field({}, description="Who is on call when: `on-call:name` reaches them.")
    escalations: dict[str, Escalation] = Field({})
    insight: Insight = Field(
        Insight.model_validate({}), description="What else to notice in messages; rules hear of it `on: understood`."
    )
    score: ScoreTerms | None = Field(None, description="Signs weighed together; rules hear of it `on: score_high`.")
    briefing: Briefings = Field(
        None, description="The note for the next agent of the conversation; `{}` where absent, `off` for none."
    )
    language: str = Field("en", description="Of the texts, where there is none in the customer's language.")
    customer_texts: dict[str, dict[str, str]] = Field(
        {}, description="What to `tell` customers: by name, by language, Jinja2."
    )
    customer_reasons: dict[ReasonCode, dict[str, str]] = Field(
        {},
        description="Why people take over, as `handoff.why` says it, by language, where Baton's words don't suit you: "
        "`asked_for_human: {de: weil du eine Person möchtest}`.",
    )
    replies: dict[str, dict[str, str]] = Field(
        {}, description="Approved replies for the person who answers, by topic and language; no rule sends them."
    )
    style: Style = Field(
        {}, description="How to write to customers, for people and assistants: a text, or by language."
    )
    choices: ChoicesTerms = ChoicesTerms.model_validate({})
    tagging: Tagging | None = Field(None, description="Tags that Baton proposes, or puts on, by itself.")
    feedback: FeedbackTerms | None = Field(None, description="Whom to ask afterwards whether it was right.")
    redact: tuple[Redaction, ...] = Field(
        ("emails", "phones", "cards"), description="What of a customer's last words is not shown in notifications."
    )
    alert: str | None = Field(
        None, description="Who hears of trouble with the policy itself, such as a loop: a `notify` target."
    )
    linger: Span = Field(timedelta(hours=24), description="How long a resolved conversation stays reachable.")
    reopen_within: Span = Field(
        timedelta(minutes=10),
        description="How long after a close a person who opens the conversation again undoes the close: the customer's "
        "wait, the promises and the place in line go on as if it had not happened.",
    )
    rule_budget: int = Field(
        50,
        ge=1,
        description="Times that each rule may leave an effect in a conversation within an hour; then it is muted until "
        "an hour with fewer than half of that. Never rules of promises, or with the reason `security`.",
    )
