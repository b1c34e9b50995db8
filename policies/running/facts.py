"""The facts that conditions and texts may speak of: conversation, customer and event, as flat typed records.

Promises one declaration for the type checker of conditions, the evaluation and the documentation. Must not know CEL
(`conditions`) or Jinja (`texts`).
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass
from functools import cache
from typing import Any, ClassVar, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel

from policies.document.document import EventTrigger, Trigger
from policies.state import events

FieldType = Literal["string", "int", "double", "bool", "strings", "attributes"] | type[Any]
"""The type of a fact; a record of further facts where it is a class."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A named value of the conversation, as text (`true`, `12.5`)."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ConversationFacts:
    """The conversation after the event has been taken in.

    `direction` is `outbound` where we began the conversation, else `inbound`. `unanswered` counts the customer's open
    questions, and `score` is the escalation score, both as last read. `unsure` counts the assistant's answers in a row
    with a low confidence, `at_a_loss` those in a row that say it does not know, or say the same again. `is_settled`
    says that the customer's last message thanks, or says that it works. `first_words` and `last_words` are the
    customer's first and last message, cut and without passwords. Where the policy declares `attributes`, they are
    read by name instead (see `own_fields`).
    """

    id: str = ""
    channel: str = ""
    inbox: str = ""
    direction: str = ""
    subject: str = ""
    status: str = ""
    team: str = ""
    team_name: str = ""
    tier: int = 0
    assignee: str = ""
    priority: str = ""
    tags: tuple[str, ...] = ()
    reopened: int = 0
    messages: int = 0
    is_waiting: bool = False
    unanswered: int = 0
    unsure: int = 0
    at_a_loss: int = 0
    is_settled: bool = False
    first_words: str = ""
    last_words: str = ""
    score: int = 0
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class PreferenceFacts:
    """The customer's preferences, each empty where none is known."""

    language: str = ""
    channel: str = ""
    handoff: str = ""


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """The customer as last reported. `value` may be missing: guard it with `has(customer.value)`.

    `years` are the whole years since `since`; 0 where that is no date.
    """

    id: str = ""
    name: str = ""
    tier: str = ""
    plan: str = ""
    locale: str = ""
    value: float | None = None
    account_manager: str = ""
    timezone: str = ""
    since: str = ""
    years: int = 0
    health: str = ""
    preferences: PreferenceFacts = field(default_factory=PreferenceFacts)


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class NowFacts:
    """The judged moment, by the clock on the wall of the team that is responsible.

    It is the instant of the event, or that of the deadline: a report that comes late is judged by its own time.
    """

    weekday: str = ""
    """The day: `monday` to `sunday`."""
    hour: int = 0
    """The hour, from 0 to 23."""
    time: str = ""
    """The time of day, from `00:00` to `23:59`."""
    date: str = ""
    """The date, such as `2026-12-24`."""


class TopicFacts:
    """Facts that are no event. Rules hear of them under `topic`; None where they come under several.

    `instants` names the facts that are instants (ISO 8601, UTC); texts have them as their readers write times.
    """

    __slots__ = ()
    topic: ClassVar[EventTrigger | None] = None
    instants: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class ClockFacts(TopicFacts):
    """A clock that reached a share of its target; after the breach, how late it is and which of its repeats this is."""

    instants = ("due_at",)
    clock: str = ""
    percent: int = 0
    team: str = ""
    due_at: str = ""
    late_minutes: int = 0
    times: int = 0


@dataclass(frozen=True, slots=True)
class WaitingFacts(TopicFacts):
    """A customer who has waited unanswered for so many minutes; where that repeats, which time this is."""

    waiting_minutes: int = 0
    times: int = 0


@dataclass(frozen=True, slots=True)
class OutsideHoursFacts(TopicFacts):
    """A customer who waits while the responsible team is closed, until `opens_at` (ISO 8601, UTC)."""

    topic = "outside_hours"
    instants = ("opens_at",)
    team: str = ""
    opens_at: str = ""


@dataclass(frozen=True, slots=True)
class CallbackFacts(TopicFacts):
    """A callback that is due now (`at`, ISO 8601, UTC)."""

    topic = "callback_due"
    instants = ("at",)
    at: str = ""


@dataclass(frozen=True, slots=True)
class StepFacts(TopicFacts):
    """A step of an on-call ladder that is about to be tried, in this round."""

    escalation: str = ""
    round: int = 0
    step: int = 0


@dataclass(frozen=True, slots=True)
class CustomerUpdatedFacts(TopicFacts):
    """News about the customer: the names of the fields whose value `changed`, and some of the values before."""

    topic = "customer_updated"
    event_id: str = ""
    source: str = ""
    changed: tuple[str, ...] = ()
    was_tier: str = ""
    was_plan: str = ""
    was_health: str = ""
    was_value: float | None = None


@dataclass(frozen=True, slots=True)
class MentionFacts(TopicFacts):
    """A keyword that the customer mentioned, and in how many messages by now."""

    keyword: str = ""
    times: int = 0


@dataclass(frozen=True, slots=True)
class ScoreFacts(TopicFacts):
    """The escalation score that has become high. `why` are the signs with their points, the most first."""

    topic = "score_high"
    score: int = 0
    readings: int = 0
    reason: str = ""
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HandoffFacts(TopicFacts):
    """A handoff from the assistant. Waits are whole minutes and may be missing: guard them with `has(…)`.

    `opens_at`, `answer_by` and `callback_at` are times, empty where they don't apply, written as people of this policy
    read them. In texts for customers they are written as the customer reads them, and `team_name` is the team's public
    name.
    """

    number: int = 0
    state: str = ""
    from_team: str = ""
    team: str = ""
    team_name: str = ""
    reason: str = ""
    because: str = ""
    by: str = ""
    waited_minutes: int = 0
    position: int = 0
    wait_low: int | None = None
    wait_high: int | None = None
    is_open: bool = True
    opens_at: str = ""
    answer_by: str = ""
    callback_at: str = ""


@dataclass(frozen=True, slots=True)
class HandoffTextFacts(HandoffFacts):
    """The handoff as texts for the customer can tell it, with words that are ready in the language of the text.

    `why` is the reason as the end of a sentence, `problem` the customer's own words, and `next` what happens next.
    """

    why: str = ""
    problem: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceFacts(TopicFacts):
    """The choice that the customer made: assistant, wait, callback, channel or manager."""

    topic = "choice_made"
    choice: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RememberedFacts(TopicFacts):
    """The customer's choices of earlier conversations that still hold; empty where there is none of that kind."""

    topic = "remembered"
    handoff: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedFacts(TopicFacts):
    """A conversation that is resolved: the person who did it, where one did, and why."""

    topic = "resolved"
    by: str = ""
    why: str = ""


HandsCause = Literal["person", "rule", "hours", "queue", "policy"]
"""The cause of a change of team or assignee."""


class ReassignedFacts(events.Reassigned):
    """A change of team or assignee, what changed it, and whether another team is responsible now."""

    cause: HandsCause = "person"
    is_new_team: bool = False


EventFacts = (
    HandoffFacts
    | ChoiceFacts
    | RememberedFacts
    | ResolvedFacts
    | CustomerUpdatedFacts
    | MentionFacts
    | ScoreFacts
    | StepFacts
    | CallbackFacts
    | ClockFacts
    | WaitingFacts
    | OutsideHoursFacts
    | events.Event
)


@dataclass(frozen=True, slots=True)
class Facts:
    """All the facts that a rule can see at one moment."""

    conversation: ConversationFacts = field(default_factory=ConversationFacts)
    customer: CustomerFacts = field(default_factory=CustomerFacts)
    event: EventFacts = field(default_factory=WaitingFacts)
    now: NowFacts = field(default_factory=NowFacts)


_RECORDS = (
    *events.KINDS,
    ReassignedFacts,
    CustomerUpdatedFacts,
    OutsideHoursFacts,
    CallbackFacts,
    ScoreFacts,
    ChoiceFacts,
    RememberedFacts,
    ResolvedFacts,
)
HANDOFFS = ("handoff_requested", "handoff_accepted", "handoff_committed", "handed_back")
_EVENT_TYPES: Mapping[str, type[Any]] = {
    **{record.topic: record for record in _RECORDS if record.topic},
    **dict.fromkeys(HANDOFFS, HandoffFacts),
    "tagged": events.TagAdded,
}


def event_type(trigger: Trigger | None) -> type[Any]:
    """Return the record that stands behind `event` in a rule with this trigger; None means a step of an escalation."""
    if trigger is None:
        return StepFacts
    if trigger.clock is not None:
        return ClockFacts
    if trigger.mentioned is not None:
        return MentionFacts
    if trigger.silence is not None:
        return WaitingFacts
    return _EVENT_TYPES[str(trigger.event)]


@cache
def fields_of(record: type[Any]) -> Mapping[str, tuple[FieldType, bool]]:
    """Return each field's type and whether it may be missing. Fields that are no plain value are left out."""
    if issubclass(record, BaseModel):
        unseen: frozenset[str] = getattr(record, "unseen", frozenset())
        annotations = {name: info.annotation for name, info in record.model_fields.items() if name not in unseen}
    else:
        annotations = {name: info.type for name, info in record.__dataclass_fields__.items()}
    found = {name: _field_type(annotation) for name, annotation in annotations.items()}
    return {name: kind for name, kind in found.items() if kind is not None}


def _field_type(annotation: Any) -> tuple[FieldType, bool] | None:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType) and type(None) in args:
        inner = _field_type(next(arg for arg in args if arg is not type(None))) if len(args) == 2 else None
        return None if inner is None else (inner[0], True)
    if origin is Literal:
        return ("string", False)
    if origin is tuple:
        return {str: ("strings", False), Attribute: ("attributes", False)}.get(args[0])  # pyright: ignore[reportReturnType]
    if is_dataclass(annotation):
        return (cast("type[Any]", annotation), False)
    plain: dict[Any, FieldType] = {str: "string", int: "int", float: "double", bool: "bool", Any: "string"}
    return (plain[annotation], False) if annotation in plain else None


def as_text(value: Any) -> str:
    """Return an attribute's value as conditions see it: JSON's words for truth, everything else as Python prints it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
