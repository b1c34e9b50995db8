"""Everything that can happen to a team's queue: one closed union of facts, in the past tense.

Promises that every event is immutable and JSON-serialisable. Must not know what follows (`decide`).
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from policies.queues.routing import Presence
from policies.state.events import Instant


class TeamEvent(BaseModel):
    """The fields that all events share. `occurred_at` is the team's own time; in a conversation's event, its time."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_id: str = Field(
        description="Your id of this event, unique within the team; the same id is taken in only once."
    )
    occurred_at: Instant = Field(
        description="The instant of the event, by which promises are judged; without it, the event's arrival. RFC 3339."
    )


FirstRun = Annotated[
    str, Field(description="The end of the id of its first run: another conversation may use its name later.")
]


class AskedNeed(BaseModel):
    """A skill that a conversation needs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    skill: str = Field(description="The skill.")
    required: bool = Field(default=True, description="`true` where no agent without the skill gets the conversation.")
    steps: tuple[tuple[float, int], ...] = Field(
        default=((0, 1),),
        description="Seconds waited, and the level that is enough from then on; 0 for not needed any more.",
    )


class TeamAsked(TeamEvent):
    """A conversation waits for a person of this team. Baton sends it. `occurred_at` is the conversation's time.

    A request under another `ticket` replaces the earlier one; the position in the queue follows from `since`.
    """

    kind: Literal["asked"] = "asked"
    conversation: str = Field(min_length=1)
    ticket: str = Field(min_length=1)
    since: Instant = Field(description="The instant since which the customer waits, which decides the place in line.")
    policy: str = Field(default="", description="The policy that the conversation runs under.")
    version: int = Field(
        default=0,
        description="The policy's version: one newer than the team's makes the team look the policy up again.",
    )
    channel: str = ""
    subject: str = ""
    priority: str = "normal"
    language: str = Field(default="", description="The customer's language, such as `pt-BR`.")
    last_agent: str = Field(default="", description="The agent who last answered this customer.")
    failed: tuple[str, ...] = Field(
        default=(), description="The agents who had the conversation in this wait and did not answer."
    )
    returned_by: str = Field(
        default="", description="The agent who had the conversation until now and lost it; empty otherwise."
    )
    needs: tuple[AskedNeed, ...] = Field(default=(), description="The skills that the conversation needs.")
    entered_at: Instant | None = Field(
        default=None, description="Since when it has been in the queue, for a team that does not know it; else now."
    )
    person: str = Field(default="", description="The person to ask first, because a rule named them.")
    run: FirstRun = ""


class Owned(TeamEvent):
    """A conversation is with this agent now, by any choice. Baton sends it."""

    kind: Literal["owned"] = "owned"
    conversation: str = Field(min_length=1)
    ticket: str = Field(min_length=1)
    agent: str = Field(min_length=1)
    policy: str = Field(default="", description="The policy that the conversation runs under.")
    version: int = Field(default=0, description="The policy's version.")
    channel: str = ""
    subject: str = ""
    is_waiting: bool = Field(default=False, description="`true` where the customer waits for an answer.")
    is_on_hold: bool = Field(default=False, description="`true` where it takes up no room, because it is on hold.")
    is_back: bool = Field(default=False, description="`true` where it comes back from hold, if the agent has room.")
    run: FirstRun = ""


class Left(TeamEvent):
    """A conversation no longer needs this team: it was resolved, or went to another team. Baton sends it."""

    kind: Literal["left"] = "left"
    conversation: str = Field(min_length=1)
    because: str = ""
    policy: str = Field(default="", description="The policy that the conversation runs under now.")
    version: int = Field(default=0, description="The policy's version.")


class NewVersion(TeamEvent):
    """A worker has a newer version of the team's policy, which makes the team look it up. Workers send it.

    Without it, a team that a version does not have would not hear of that version: no conversation under it asks.
    """

    kind: Literal["new_version"] = "new_version"
    policy: str = Field(min_length=1, description="The policy's name.")
    version: int = Field(description="The version that the worker has.")


class PresenceChanged(TeamEvent):
    """An agent came, went, or is busy. Helpdesks report it."""

    kind: Literal["presence"] = "presence"
    agent: str = Field(min_length=1)
    presence: Presence = Field(description="The agent's presence; only `available` agents get new conversations.")


class Heartbeat(TeamEvent):
    """An agent's program reported that it is still running, for policies with `silent_after`."""

    kind: Literal["heartbeat"] = "heartbeat"
    agent: str = Field(min_length=1)


class OfferAnswered(TeamEvent):
    """An agent accepted or declined an offer."""

    kind: Literal["offer_answered"] = "offer_answered"
    conversation: str
    agent: str
    is_accepted: bool
    note: str = ""


class ConversationGone(TeamEvent):
    """A conversation is over: a message to it failed, or it did not run when the team asked after its `ticket`."""

    kind: Literal["conversation_gone"] = "conversation_gone"
    conversation: str
    ticket: str = ""


class TermsChanged(TeamEvent):
    """Another version of the policy exists. It holds from now on where it `is_followed`: where the team has a queue."""

    kind: Literal["terms_changed"] = "terms_changed"
    policy: str
    version: int
    is_followed: bool = True


class Unreadable(TeamEvent):
    """A message arrived that could not be read; kept so that operators see it."""

    kind: Literal["rejected"] = "rejected"
    name: str
    why: str
    excerpt: str = ""


class TimeCame(TeamEvent):
    """Time passed. The event carries no fact."""

    kind: Literal["time_came"] = "time_came"


AnyTeamEvent = Annotated[
    TeamAsked
    | Owned
    | Left
    | NewVersion
    | PresenceChanged
    | Heartbeat
    | OfferAnswered
    | ConversationGone
    | TermsChanged
    | Unreadable
    | TimeCame,
    Field(discriminator="kind"),
]


class Message(BaseModel):
    """A message from the team to a conversation: the signal `name` with `body`. `key` makes sending twice harmless."""

    model_config = ConfigDict(frozen=True)

    conversation: str
    name: Literal["queued", "offered", "granted", "reclaimed", "team_closed"]
    key: str
    at: datetime
    body: dict[str, Any]


class Ask(BaseModel):
    """A conversation that the team asks after: does it still run, and is it the one with this `ticket`?"""

    model_config = ConfigDict(frozen=True)

    conversation: str
    ticket: str
    run: str = ""
