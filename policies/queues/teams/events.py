"""What happened to a team's queue: one closed union of facts, in the past tense.

Promises that every event is immutable and JSON-serialisable. Must not know what follows (`decide`).
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from policies.queues.routing import Presence
from policies.state.events import Instant


class TeamEvent(BaseModel):
    """The fields all events share; `occurred_at` is the team's own time, except of what a conversation says."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_id: str
    occurred_at: Instant


class AskedNeed(BaseModel):
    """A skill a conversation needs; `steps` are `(seconds waited, level that is enough from then on)`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    skill: str
    required: bool = True
    steps: tuple[tuple[float, int], ...] = ((0, 1),)


class Asked(TeamEvent):
    """A conversation waits for a person. `occurred_at` and `since` are the conversation's time.

    Asking again under another `ticket` replaces what was asked before; the place in line follows from `since`.
    """

    kind: Literal["asked"] = "asked"
    conversation: str = Field(min_length=1)
    ticket: str = Field(min_length=1)
    since: Instant
    policy: str = ""
    version: int = 0
    channel: str = ""
    subject: str = ""
    priority: str = "normal"
    language: str = ""
    last_agent: str = ""
    failed: tuple[str, ...] = ()
    returned_by: str = ""
    needs: tuple[AskedNeed, ...] = ()
    run: str = ""


class Owned(TeamEvent):
    """A conversation is with this person now, whoever chose them. `is_waiting`: its customer waits for an answer."""

    kind: Literal["owned"] = "owned"
    conversation: str = Field(min_length=1)
    ticket: str = Field(min_length=1)
    agent: str = Field(min_length=1)
    policy: str = ""
    version: int = 0
    channel: str = ""
    subject: str = ""
    is_waiting: bool = False
    run: str = ""


class Left(TeamEvent):
    """A conversation needs nobody of this team any more: resolved, or another team's."""

    kind: Literal["left"] = "left"
    conversation: str = Field(min_length=1)
    because: str = ""


class PresenceChanged(TeamEvent):
    """Somebody came, went, or is busy."""

    kind: Literal["presence"] = "presence"
    agent: str = Field(min_length=1)
    presence: Presence


class Heartbeat(TeamEvent):
    """Somebody's program says that it is still there."""

    kind: Literal["heartbeat"] = "heartbeat"
    agent: str = Field(min_length=1)


class OfferAnswered(TeamEvent):
    """Somebody accepted or declined what they were offered."""

    kind: Literal["offer_answered"] = "offer_answered"
    conversation: str
    agent: str
    is_accepted: bool
    note: str = ""


class ConversationGone(TeamEvent):
    """A conversation is over: it could not be told something, or did not run when the team asked after its `ticket`."""

    kind: Literal["conversation_gone"] = "conversation_gone"
    conversation: str
    ticket: str = ""


class TermsChanged(TeamEvent):
    """There is another version of the policy, which holds from now on where it `is_followed`."""

    kind: Literal["terms_changed"] = "terms_changed"
    policy: str
    version: int
    is_followed: bool = True


class Unreadable(TeamEvent):
    """Something arrived that could not be read; kept where operators see it."""

    kind: Literal["rejected"] = "rejected"
    name: str
    why: str
    excerpt: str = ""


class TimeCame(TeamEvent):
    """Time passed. Carries no fact."""

    kind: Literal["time_came"] = "time_came"


AnyTeamEvent = Annotated[
    Asked
    | Owned
    | Left
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
    """What the team tells a conversation: the signal `name` with `body`. `key` makes telling twice harmless."""

    model_config = ConfigDict(frozen=True)

    conversation: str
    name: Literal["queued", "offered", "granted", "reclaimed"]
    key: str
    at: datetime
    body: dict[str, Any]


class Ask(BaseModel):
    """A conversation that the team asks after: does it still run, and as the one that got the `ticket`?"""

    model_config = ConfigDict(frozen=True)

    conversation: str
    ticket: str
    run: str = ""


def seconds(span: timedelta) -> float:
    """A span as messages carry it."""
    return span.total_seconds()
