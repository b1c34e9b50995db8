"""Effects at the helpdesk: who is responsible, notes, replies, tags, priority, status, the assistant, bug reports."""

from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from policies.document.document import Priority, Status
from policies.document.handoffs import Choice
from policies.state.effects.effect import Effect, Names, SetAgain, ToldWords
from policies.state.situation import Situation

Value = Literal["assignee", "priority", "status", "assistant", "tag"]
"""The values that Baton sets at the desk, in the order in which corrections set them again."""
_VALUES: tuple[Value, ...] = get_args(Value)


class DeskEffect(Effect):
    """An effect at the helpdesk. All of a conversation go out in their order."""

    audience = "desk"

    @property
    def lane(self) -> str:
        return "desk"


def _again(value: Value, effect: type[DeskEffect], *, name: str = "", **fields: Any) -> SetAgain:
    return SetAgain(_VALUES.index(value), name, effect=effect, fields=fields)


class Assign(DeskEffect):
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

    wording = DeskEffect.wording | {"confirm"}

    @property
    def doing(self) -> str:
        return f"assign to {self.team_name}{f' / {self.assignee}' if self.assignee else ''}"

    @property
    def about(self) -> str:
        return self.team

    @property
    def write(self) -> tuple[str, tuple[str, ...]]:
        return "assignee", (self.team, self.assignee)

    def holds_in(self, situation: Situation) -> bool:
        return (self.team, self.assignee) == (situation.responsible.team, situation.responsible.assignee)

    def is_superseded_in(self, situation: Situation) -> bool:
        """True where another assignment came later, also where it is the same again."""
        return self.key != situation.responsible.assigned_by

    def undone_in(self, situation: Situation, names: Names) -> SetAgain:
        team, name = situation.responsible.team, names.team_name(situation.responsible.team)
        return _again("assignee", Assign, team=team, team_name=name, assignee=situation.responsible.assignee)


class AddInternalNote(DeskEffect):
    """Write an internal note: agents see it, the customer does not."""

    kind: Literal["add_internal_note"] = "add_internal_note"
    body: str

    audience = "people"
    wording = DeskEffect.wording | {"body"}

    @property
    def told(self) -> ToldWords:
        return ToldWords("agents", self.body)


class Offer(BaseModel):
    """A choice in the customer's language, for channels with buttons. The message's body lists the same choices."""

    model_config = ConfigDict(frozen=True)

    choice: Choice
    label: str
    detail: str = Field(default="", exclude_if=lambda detail: not detail)


class SendReply(DeskEffect):
    """Tell the customer something in Baton's name: an automatic message, which meets no promise."""

    kind: Literal["send_reply"] = "send_reply"
    body: str
    choices: tuple[Offer, ...] = Field(default=(), exclude_if=lambda choices: not choices)
    rule: str = Field(
        default="",
        exclude_if=lambda rule: not rule,
        description="The rule that may send `customer` one reply in 24 hours; empty where there is no such limit.",
    )
    customer: str = Field(default="", exclude_if=lambda customer: not customer)

    audience = "customer"
    wording = DeskEffect.wording | {"body", "choices", "rule", "customer"}

    @property
    def told(self) -> ToldWords:
        return ToldWords("customer", self.body, choices=tuple(offer.label for offer in self.choices))


class SetAssistant(DeskEffect):
    """Mute the assistant in this conversation, or let it speak again."""

    kind: Literal["set_assistant"] = "set_assistant"
    is_muted: bool

    @property
    def doing(self) -> str:
        return "mute the assistant" if self.is_muted else "let the assistant speak"

    def holds_in(self, situation: Situation) -> bool:
        return self.is_muted == situation.handoffs.is_assistant_muted

    def undone_in(self, situation: Situation, names: Names) -> SetAgain:
        return _again("assistant", SetAssistant, is_muted=situation.handoffs.is_assistant_muted)


class AddTag(DeskEffect):
    """Put a tag on the conversation."""

    kind: Literal["add_tag"] = "add_tag"
    tag: str

    @property
    def doing(self) -> str:
        return f"add tag {self.tag}"

    @property
    def write(self) -> tuple[str, tuple[str, ...]]:
        return f"tag {self.tag}", ("there",)

    def holds_in(self, situation: Situation) -> bool:
        return self.tag in situation.contact.tags

    def undone_in(self, situation: Situation, names: Names) -> SetAgain:
        return _tag_again(self.tag, situation)


class RemoveTag(DeskEffect):
    """Take a tag off the conversation."""

    kind: Literal["remove_tag"] = "remove_tag"
    tag: str

    @property
    def doing(self) -> str:
        return f"remove tag {self.tag}"

    @property
    def write(self) -> tuple[str, tuple[str, ...]]:
        return f"tag {self.tag}", ("gone",)

    def holds_in(self, situation: Situation) -> bool:
        return self.tag not in situation.contact.tags

    def undone_in(self, situation: Situation, names: Names) -> SetAgain:
        return _tag_again(self.tag, situation)


def _tag_again(tag: str, situation: Situation) -> SetAgain:
    return _again("tag", AddTag if tag in situation.contact.tags else RemoveTag, name=tag, tag=tag)


class SetPriority(DeskEffect):
    """Set the conversation's priority."""

    kind: Literal["set_priority"] = "set_priority"
    priority: Priority

    @property
    def doing(self) -> str:
        return f"priority {self.priority}"

    def holds_in(self, situation: Situation) -> bool:
        return self.priority == situation.contact.priority

    def undone_in(self, situation: Situation, names: Names) -> SetAgain:
        return _again("priority", SetPriority, priority=situation.contact.priority)


class SetStatus(DeskEffect):
    """Set the conversation's status."""

    kind: Literal["set_status"] = "set_status"
    status: Status

    @property
    def doing(self) -> str:
        return f"status {self.status}"

    @property
    def write(self) -> tuple[str, tuple[str, ...]]:
        return "status", (self.status,)

    def holds_in(self, situation: Situation) -> bool:
        return self.status == situation.lifecycle.status

    def undone_in(self, situation: Situation, names: Names) -> SetAgain:
        return _again("status", SetStatus, status=situation.lifecycle.status)


class ReportBug(DeskEffect):
    """Report a bug to engineering, with its steps, impact and links: in their tracker, else at the helpdesk."""

    kind: Literal["report_bug"] = "report_bug"
    title: str
    steps: str
    impact: str
    links: tuple[str, ...] = ()
    waits_alone: bool = Field(
        default=False,
        exclude_if=lambda alone: not alone,
        description="True where a tracker that is down holds up nothing at the helpdesk; false before edition 4.",
    )

    audience = "people"

    @property
    def lane(self) -> str:
        return "tracker" if self.waits_alone else super().lane

    @property
    def told(self) -> ToldWords:
        parts = (self.title, self.steps, self.impact, *self.links)
        return ToldWords("people", "\n".join(part for part in parts if part), "engineering")


AnyDeskEffect = (
    Assign | AddInternalNote | SendReply | AddTag | RemoveTag | SetPriority | SetStatus | SetAssistant | ReportBug
)
