"""Effects for the teams' queues: which conversation waits there, and which agent has it."""

from datetime import datetime
from typing import Literal, Protocol

from policies.document.document import Priority
from policies.state.effects.effect import Effect, Names, TellQueue
from policies.state.situation import Situation


class _OfTeam(Protocol):
    @property
    def team(self) -> str: ...


class QueueEffect(Effect):
    """An effect that only a team's queue hears of. Each team has a lane."""

    audience = "queues"

    @property
    def lane(self: _OfTeam) -> str:
        return f"team:{self.team}" if self.team else "team"

    def undone_in(self: _OfTeam, situation: Situation, names: Names) -> TellQueue:
        return TellQueue(self.team)


class InQueue(QueueEffect):
    """The fields by which a team knows a conversation in its queue.

    `since` is when the customer began to wait; the position in the queue follows from it. `needs` are triples: the
    skill, whether it is required, and `(seconds waited, level that is enough)` pairs. `failed` are the agents who had
    the conversation in this wait and did not answer. `run` is the end of the id of the conversation's first run: a
    later conversation may use the same name. `entered_at` is when it entered the queue, for a team that does not know
    it yet. `person` is whom the team asks first.
    """

    team: str
    ticket: str
    since: datetime
    policy: str
    version: int
    channel: str = ""
    subject: str = ""
    priority: Priority = "normal"
    language: str = ""
    last_agent: str = ""
    failed: tuple[str, ...] = ()
    returned_by: str = ""
    needs: tuple[tuple[str, bool, tuple[tuple[float, int], ...]], ...] = ()
    run: str = ""
    entered_at: datetime | None = None
    person: str = ""

    wording = QueueEffect.wording | {"subject", "entered_at"}

    def holds_in(self, situation: Situation) -> bool:
        entry = situation.queue_entry
        asked = (self.team, self.ticket, self.priority, self.language, self.needs, self.person)
        return entry is not None and entry.state != "owned" and entry.asked == asked


class AskTeam(InQueue):
    """Enter a team's queue."""

    kind: Literal["ask_team"] = "ask_team"

    @property
    def doing(self) -> str:
        return f"get in line at {self.team}"


class FindEntry(InQueue):
    """Make sure that a team runs and knows the conversation's queue entry; where it does not, enter the queue again."""

    kind: Literal["find_place"] = "find_place"

    @property
    def doing(self) -> str:
        return f"look for the place at {self.team}"

    @property
    def about(self) -> str:
        return self.team


class TellOwner(QueueEffect):
    """Tell a team which of its agents has the conversation now, and whether the customer waits for an answer.

    On hold it takes up no room. Where it comes back from hold (`is_back`), the agent has it again if they have room.
    """

    kind: Literal["tell_owner"] = "tell_owner"
    team: str
    ticket: str
    agent: str
    policy: str
    version: int
    channel: str = ""
    subject: str = ""
    is_waiting: bool = False
    is_on_hold: bool = False
    is_back: bool = False
    run: str = ""

    wording = QueueEffect.wording | {"subject"}

    @property
    def doing(self) -> str:
        return f"tell {self.team} who has it"

    def holds_in(self, situation: Situation) -> bool:
        entry, told = situation.queue_entry, (self.team, self.ticket, self.agent, self.is_on_hold)
        return entry is not None and (entry.team, entry.ticket, entry.agent, entry.is_on_hold) == told


class LeaveTeam(QueueEffect):
    """Tell a team that the conversation no longer needs it."""

    kind: Literal["leave_team"] = "leave_team"
    team: str
    policy: str
    version: int

    @property
    def doing(self) -> str:
        return f"leave {self.team}"

    def holds_in(self, situation: Situation) -> bool:
        return situation.queue_entry is None or situation.queue_entry.team != self.team


AnyQueueEffect = AskTeam | FindEntry | TellOwner | LeaveTeam
