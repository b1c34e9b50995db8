"""The base of all effects: the fields they share, and the questions that each effect answers about itself.

Promises that every effect carries an idempotency `key` built from the domain, the instant it fell due and why. Must not
know which effects there are.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from policies.state.situation import Situation

Audience = Literal["people", "customer", "conversation", "desk", "queues", "incidents", "none"]
"""The readers or hearers of an effect. `desk`: a value that agents see there; `none`: no person has to do anything."""


class Names(Protocol):
    """The names that the policy of the moment has for people to read."""

    def team_name(self, team: str) -> str:
        """Return the team's name."""
        ...


@dataclass(frozen=True, slots=True)
class ToldWords:
    """The words that an effect brings to its readers.

    `to` is the kind of reader, `target` the person or channel, empty where the kind says enough.
    """

    to: Literal["agents", "customer", "people"]
    text: str
    target: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StandDown:
    """Undo a notification: tell its target to stand down."""

    target: str

    @property
    def order(self) -> tuple[int, int, str]:
        """The place among everything that is undone: people first."""
        return 0, 0, ""


@dataclass(frozen=True, slots=True)
class SetAgain:
    """Undo a change of a value at the desk: set it as the situation has it. `number` and `name` are the value's."""

    number: int
    name: str
    effect: "type[Effect]" = field(kw_only=True, compare=False)
    fields: dict[str, Any] = field(kw_only=True, compare=False)

    @property
    def order(self) -> tuple[int, int, str]:
        """The place among everything that is undone: values in the order of their numbers, tags by name."""
        return 1, self.number, self.name


@dataclass(frozen=True, slots=True)
class TellQueue:
    """Undo a word to a team's queue: tell the queue where the conversation stands now."""

    team: str

    @property
    def order(self) -> tuple[int, int, str]:
        """The place among everything that is undone: queues last, by name."""
        return 2, 0, self.team


Undoing = StandDown | SetAgain | TellQueue
"""The ways to undo an effect. Where two effects are undone in the same way, that is done once."""


class Effect(BaseModel):
    """The fields that all effects share. `due_at` is aware UTC. `known_at` is when late news of it came, else None.

    Lateness is counted from the later of the two: what no worker could know yet was not late.
    `life` is different each time the conversation's id is used again after the conversation closed.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    conversation_id: str
    life: str = ""
    due_at: datetime
    because: str
    known_at: datetime | None = Field(default=None, exclude_if=lambda known_at: known_at is None)

    audience: ClassVar[Audience] = "none"
    wording: ClassVar[frozenset[str]] = frozenset({"due_at", "because", "known_at"})
    """The fields that may differ between two effects that do the same."""
    needs_no_desk: ClassVar[bool] = False
    """True where drills and incidents, which the helpdesk has no record of, ask for the effect, too."""

    @property
    def lane(self) -> str:
        """The effect's lane. Effects of one lane go out in their order, all lanes at the same time."""
        raise NotImplementedError

    @property
    def doing(self) -> str:
        """The deed in a few words, for operators. No personal data."""
        return str(type(self).model_fields["kind"].default).replace("_", " ")

    @property
    def summary(self) -> str:
        """The deed and the reason in one line, for operators."""
        return f"{self.doing}: {self.because}"

    @property
    def about(self) -> str:
        """The target, team or conversation that a failure names; empty where the kind of the effect says enough."""
        return ""

    @property
    def was_told(self) -> bool:
        """True where readers have to be told that the effect was wrong."""
        return self.audience in ("people", "customer", "conversation")

    @property
    def late_after(self) -> datetime:
        """The instant from which the effect is late: when it fell due, or when the late news of that came."""
        return max(self.due_at, self.known_at or self.due_at)

    @property
    def told(self) -> ToldWords | None:
        """The words that people or the customer read once the effect is accepted; None where no person reads any."""
        return None

    @property
    def is_for_people(self) -> bool:
        """True where people or the customer are told something, or get something to read."""
        return self.audience in ("people", "customer")

    def does_the_same_as(self, other: "Effect | None") -> bool:
        """True where the other effect differs in wording alone."""
        return other is not None and self._deed() == other._deed()

    def _deed(self) -> dict[str, Any]:
        return self.model_dump(exclude=set(self.wording))

    def holds_in(self, situation: Situation) -> bool:
        """True where the situation is as the effect makes it; an effect that only tells something always holds."""
        return True

    def is_superseded_in(self, situation: Situation) -> bool:
        """True where the effect need not go out, because the situation at the end of the turn is another one.

        The desk goes by arrival: it would keep the wrong value.
        """
        return not self.holds_in(situation)

    def undone_in(self, situation: Situation, names: Names) -> Undoing | None:
        """Return how the effect is undone; None where a note that it was wrong is enough."""
        return None
