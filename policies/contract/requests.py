"""Requests of people to Baton: the shape of every command, one an update of the contract.

Must not know whether a request can be granted (`commands`).
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from policies.document.document import ReasonCode
from policies.document.part import Span

CommandId = Annotated[str, Field(description="Your own id of this request: the same id is carried out only once.")]


class Command(BaseModel):
    """The fields that all commands share: the person who asks, and an id by which a repetition is known."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    actor: str = Field(min_length=1, description="The person who asks, such as an agent's id.")
    command_id: CommandId = ""
    step: str = Field("", description="The step of a ladder this answers; refused where that call is an old one.")


class Reassign(Command):
    """Give the conversation to a team or a person, and have the desk do it."""

    team: str = Field(
        "", description="The team to give it to, by its name in the policy; name a team, an assignee or both."
    )
    assignee: str = Field("", description="The person to give it to, by your id.")
    note: str = ""


NonEmptyText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""Words; a blank text has none."""


class HandoffNote(BaseModel):
    """The note that the next person needs from the one who hands the conversation over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tried: NonEmptyText = Field(description="What was done so far.")
    think: NonEmptyText = Field(description="What the sender thinks the cause is.")
    need: NonEmptyText = Field(description="What the receiver is asked to do.")


class Escalate(Command):
    """Give the conversation to a higher tier, with a note that lets the receiver start at once."""

    team: str = Field("", description="The team to give it to; may be left out where only one is above.")
    note: HandoffNote = Field(description="The note that the receiver needs in order to start at once.")
    reason: ReasonCode = Field(
        "agent_judgement", description="The reason, for reports; an assistant says `low_confidence`."
    )


class Deescalate(Command):
    """Give the conversation back to a lower tier."""

    team: str = Field(min_length=1)
    note: NonEmptyText


class Take(Command):
    """Make the conversation the actor's own."""


class Acknowledge(Command):
    """Say "I've got it" to the on-call ladder."""


class Call(Command):
    """Have the on-call ladder go on at once: to its next step, to the step `to`, or begin the escalation `to`."""

    to: str = Field("", description="A step by name or number, or an escalation; the next step where empty.")


class AddNote(HandoffNote, Command):
    """Leave an internal note for the next agent."""


class Resolve(Command):
    """Close the conversation."""

    note: str = ""


class Hold(Command):
    """Stop the clocks, for a stated reason and time; three days where none is stated."""

    until: AwareDatetime | None = Field(None, description="The instant at which they run again.")
    span: Span | None = Field(None, alias="for", description="The span, such as 2d; instead of `until`.")
    note: str = Field(min_length=1, description="The reason why the clocks shall stand still.")


class Release(Command):
    """Let the clocks run again; of an incident, end it: conversations that still wait call by themselves again."""

    note: str = ""


class Snooze(Command):
    """Put the conversation aside for a while. The promises to the customer run on; reminders wait."""

    until: AwareDatetime | None = Field(None, description="The instant at which it comes back.")
    span: Span | None = Field(None, alias="for", description="The span, such as 2h; instead of `until`.")
    note: str = Field("", description="The reason, for the next person who opens the conversation.")


class Wake(Command):
    """End a snooze before its time."""


class LeaveOutage(Command):
    """Take the conversation out of the known outage that it is part of: it is about another problem."""

    note: str = ""


class AdoptPolicy(Command):
    """Change the policy of a running conversation: to one the worker knows by name, or to the `document` sent along.

    `pin` only records the wish; with `carry` the time that promises have used counts, with `restart` they begin anew.
    """

    policy: str = Field(min_length=1, description="The policy to run under from now on, by name.")
    version: int | None = Field(None, description="The policy's version; the newest where none is named.")
    document: dict[str, Any] | None = Field(None, description="The resolved policy; `baton policy adopt` sends it.")
    mode: str = Field(
        "pin",
        json_schema_extra={"enum": ["pin", "carry", "restart"]},
        description="The meaning of elapsed time for the new promises: `pin`, `carry` or `restart`.",
    )


COMMANDS: Mapping[str, type[Command]] = {
    "reassign": Reassign,
    "escalate": Escalate,
    "deescalate": Deescalate,
    "take": Take,
    "acknowledge": Acknowledge,
    "call": Call,
    "add_note": AddNote,
    "resolve": Resolve,
    "hold": Hold,
    "release": Release,
    "snooze": Snooze,
    "wake": Wake,
    "leave_outage": LeaveOutage,
    "adopt_policy": AdoptPolicy,
}
"""The updates of the contract."""
