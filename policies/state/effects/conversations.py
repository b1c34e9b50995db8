"""Effects for other conversations: the incident that calls for this one, and the conversation it was merged into."""

from datetime import datetime
from typing import Literal

from policies.state.effects.effect import Effect


class TellConversation(Effect):
    """Tell the conversation into which this one was merged what this one's customer still waits for."""

    kind: Literal["tell_conversation"] = "tell_conversation"
    to: str
    waiting_since: datetime | None = None
    callback_at: datetime | None = None

    audience = "conversation"

    @property
    def lane(self) -> str:
        return f"conversation:{self.to}" if self.to else "conversation"

    @property
    def doing(self) -> str:
        return f"tell {self.to}"

    @property
    def about(self) -> str:
        return self.to


class LeaveIncident(Effect):
    """Tell an incident that this conversation no longer needs it. `page` is the on-call run that it took over.

    Without an `incident`, the one that the run is part of is meant, if there is one.
    """

    kind: Literal["leave_incident"] = "leave_incident"
    incident: str
    page: str
    why: str

    audience = "incidents"
    wording = Effect.wording | {"why"}

    @property
    def lane(self) -> str:
        return "incidents"

    @property
    def doing(self) -> str:
        return f"leave {self.incident}"

    @property
    def about(self) -> str:
        return self.incident


class AskIncident(Effect):
    """Ask whether an incident runs and calls for this conversation. `page` is the on-call run that waits to hear."""

    kind: Literal["ask_incident"] = "ask_incident"
    incident: str
    page: str

    audience = "incidents"

    @property
    def lane(self) -> str:
        """A lane of its own: the question waits for nothing that incidents are told."""
        return "asking"

    @property
    def doing(self) -> str:
        return f"ask {self.incident}"

    @property
    def about(self) -> str:
        return self.incident


class EndIncident(Effect):
    """Let every conversation of this incident that still waits call people by itself again."""

    kind: Literal["end_incident"] = "end_incident"
    by: str = ""

    audience = "incidents"
    needs_no_desk = True

    @property
    def lane(self) -> str:
        return "incidents"


AnyConversationEffect = TellConversation | LeaveIncident | AskIncident | EndIncident
