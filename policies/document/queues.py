"""The parts of a policy about who gets which conversation: a team's queue, and the skills a conversation needs.

Must not know how a person is chosen (`routing`) or how a queue is run (`teams`).
"""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from policies.document.part import Part, Span

Priority = Literal["low", "normal", "high", "urgent"]
Preference = Literal["required", "preferred", "ignored"]


class Relaxed(Part):
    """A lower level of a needed skill that is enough once the conversation has waited."""

    after: Span = Field(description="How long the conversation has been in this team's queue.")
    level: int = Field(
        0, ge=0, description="The level that is enough then; 0 means that the skill is no longer needed."
    )


class Need(Part):
    """A skill that conversations need, or that helps with them."""

    skill: str = Field(min_length=1)
    level: int = Field(1, ge=1, le=10, description="The lowest level that is enough.")
    when: str | None = Field(None, description="CEL over conversation and customer; always needed where absent.")
    required: bool = Field(True, description="Whether nobody without it gets the conversation; false only prefers.")
    relax: tuple[Relaxed, ...] = Field((), description="Smaller needs after longer waits.")


class Overflow(Part):
    """The team that gets a conversation which this one has not taken in time."""

    after: Span = Field(description="How long a conversation waits in this queue, in the team's business hours.")
    to: str = Field(description="The team that gets it then; the customer's place in line comes along.")


class Queue(Part):
    """The way a team's waiting conversations find a person. Without a queue, Baton assigns teams and no person."""

    led_by: Literal["baton", "desk"] = Field(
        "baton", description="Who chooses the person: Baton, or the helpdesk, whose choice Baton then follows."
    )
    presence: Literal["reported", "by_shift"] = Field(
        "reported", description="`by_shift`, where nobody reports presence: people are there during their shifts."
    )
    offer: Span | None = Field(
        None, description="How long an agent may think about an offer; absent: the agent gets the conversation at once."
    )
    lease: Span | None = Field(
        None, description="The assignee must answer a waiting customer within this time, or another agent gets it."
    )
    grace: Span = Field(
        timedelta(minutes=5), description="How long an agent may be gone before waiting customers go to others."
    )
    silent_after: Span | None = Field(
        None, description="Who sends heartbeats and has sent none for so long is taken for offline."
    )
    capacity: int = Field(5, ge=1, description="How much each person can have at once, unless they say otherwise.")
    weights: dict[str, int] = Field({}, description="How much of it a conversation of a channel takes; 1 where absent.")
    head_start: dict[Priority, Span] = Field(
        {}, description="By how much urgent ones are treated as if they had waited longer; so nobody starves."
    )
    needs: tuple[Need, ...] = ()
    language: Preference = Field("preferred", description="Whether people must speak the customer's language.")
    fair_over: Span = Field(timedelta(hours=8), description="The window over which work is spread evenly.")
    tell_every: Span | None = Field(
        None, description="How often rules on `queued` hear of place and wait again, while the team works."
    )
    overflow: Overflow | None = None

    def weight(self, channel: str) -> int:
        """Return how much of a person's capacity a conversation of this channel takes."""
        return self.weights.get(channel, 1)
