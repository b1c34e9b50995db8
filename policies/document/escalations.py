"""The parts of a policy about calling people: the people, and the ladders by which they are called.

Must not know when a ladder begins (`document`) or how it is run (`ladder`).
"""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from policies.document.channels import KINDS
from policies.document.part import Part, Span
from policies.document.targets import Target

TEAMS_LIMIT = 10
"""The most teams of one person."""


class Step(Part):
    """One attempt to reach people, and how long to wait for an acknowledgement before the next step."""

    notify: str | tuple[str, ...] = Field(description=f"People, or whom {KINDS} means: see docs/slack.md.")
    wait: Span = timedelta(minutes=5)
    name: str | None = Field(None, description="So that people can ask for this step.")
    when: str | None = Field(None, description="CEL over conversation and customer; the step is passed over if not.")
    during: str | None = Field(None, description="Business hours; the step is passed over outside of them.")
    local_time: str | None = Field(
        None, description="Such as 08:00-22:00 where the people are; who is outside of it is not called."
    )
    everyone: bool = Field(False, description="Whether all whom this step reaches have to acknowledge.")

    @property
    def target(self) -> str:
        """The step's target as one text: several people are `person:anna,ben`."""
        return self.notify if isinstance(self.notify, str) else str(Target.of_all(self.notify))


class Storm(Part):
    """The number of conversations, called for the same reason, from which one incident calls for all of them."""

    conversations: int = Field(ge=2, description="So many conversations that one rule has call people are a storm.")
    within: Span = Field(timedelta(minutes=5), description="How close together they have to be.")


class Escalation(Part):
    """An escalation ladder: its steps in order, then from the first again, `repeat` times in all."""

    steps: tuple[Step, ...] = Field(min_length=1)
    repeat: int = Field(1, ge=1, le=10)
    lead: str | None = Field(
        None, description="A Slack channel or member who hears when a step can't be reached, or nobody acknowledges."
    )
    lease: Span = Field(
        timedelta(minutes=30),
        description="The time to answer the waiting customer after acknowledging; it ends when that answer is due.",
    )
    storm: Storm | None = Field(
        None, description="When many conversations are folded into one incident; each calls by itself where absent."
    )


def _slack_member(value: str) -> str:
    if value and not re.fullmatch(r"[UW][A-Z0-9]+", value):
        raise ValueError(f"`{value}` is no Slack member ID: it is in their profile in Slack, such as U024BE7LH")
    return value


_SlackMember = Annotated[str, AfterValidator(_slack_member)]


def _form_of_teams(written: object) -> str:
    return "several" if isinstance(written, (list, tuple)) else "one"


TeamOrTeams = Annotated[
    Annotated[str, Tag("one")]
    | Annotated[tuple[str, ...], Tag("several"), Field(min_length=1, max_length=TEAMS_LIMIT)],
    Discriminator(_form_of_teams),
]
"""A team, or the teams of one person."""


class Person(Part):
    """A person who can be called and whose button presses count. Their key is the `actor` of their commands."""

    name: str = Field("", description="As others know them; the key where absent.")
    team: TeamOrTeams | None = Field(
        None,
        description="Whom they work with: `team:` reaches them. Several as a list; one capacity holds for all of them.",
    )
    slack: _SlackMember = Field("", description="Their Slack member ID, such as U024BE7LH.")
    timezone: str | None = Field(None, description="IANA zone; the policy's own where absent.")
    skills: dict[str, Annotated[int, Field(ge=1, le=10)]] = Field({}, description="What they are good at, 1 to 10.")
    languages: tuple[str, ...] = Field((), description="The languages they speak, such as `de`; any where absent.")
    capacity: int | None = Field(None, ge=1, description="How much they can have at once; their queue's where absent.")
    shift: str | None = Field(None, description="Business hours in which they get conversations; always where absent.")

    @property
    def teams(self) -> tuple[str, ...]:
        """The teams that they work in, in the order in which they are written; each once."""
        written = (self.team,) if isinstance(self.team, str) else self.team or ()
        return tuple(dict.fromkeys(written))


Redaction = Literal["emails", "phones", "cards", "words"]
"""The parts of a customer's last words that Slack is not shown; `words` for all of them."""
