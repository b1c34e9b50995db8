"""The promises to the customer and to support, and the silences that rules listen to.

Must not know the targets of a policy.
"""

import operator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from policies.document.clocks import KINDS, ClockKind, ClockName
from policies.document.document import SilenceName, Status
from policies.time.stopwatch import Stopwatch

ClockState = Literal["running", "paused", "met", "breached", "cancelled"]
SlaState = Literal["none", "met", "paused", "running", "at_risk", "breached"]


@dataclass(frozen=True, slots=True)
class Mark:
    """The instant at which a running clock will have used `percent` of its target."""

    percent: int
    """The share of the target, in percent."""
    at: datetime
    """The instant at which that share will have been used."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """A span after the breach of which rules hear again and again."""

    every: timedelta
    """The span."""
    times: int
    """The number of such spans that have passed since the breach."""


@dataclass(frozen=True, slots=True)
class Clock(Stopwatch):
    """One promise, with the terms it was made on."""

    name: ClockName
    """The promise's name."""
    episode: int
    """The number of the clock: each new wait for an answer starts another one."""
    target: timedelta
    """The time that was promised."""
    hours: str
    """The business hours in which the clock runs; empty for around the clock."""
    started_at: datetime
    """The instant of the beginning."""
    at_risk: tuple[int, ...] = ()
    """The shares of the target, in percent, of which the policy wants to know."""
    pause_while: tuple[Status, ...] = ()
    """The statuses in which the clock stands still."""
    state: ClockState = "running"
    marks: tuple[Mark, ...] = ()
    """The shares of the target that will be reached, each with its instant."""
    due_at: datetime | None = None
    """The instant of the breach; null while the clock stands still."""
    reached: tuple[int, ...] = ()
    """The shares that were reached, in percent."""
    ended_at: datetime | None = None
    """The instant at which the clock was met or cancelled; null while it is open."""
    team: str = ""
    """The team that was responsible when the clock began; the `ownership` clock ends when another team is."""
    pause_budget: timedelta | None = None
    """The business time for which the clock may stand still in all; null for any time."""
    paused_at: datetime | None = None
    """The instant since which the clock uses its pause budget; null where it runs, or where an operator stopped it."""
    pause_spent: timedelta = timedelta(0)
    """The business time for which the clock stood still before `paused_at`."""
    late_from: timedelta | None = None
    """The business time that was used at the breach: more than the target where a change broke the promise."""
    repeated: tuple[Repeated, ...] = ()
    """The spans after the breach that rules hear of again and again, with how many of them have passed."""

    @property
    def id(self) -> str:
        """The clock's id, unique within the conversation: `next_response.3`."""
        return f"{self.name}.{self.episode}"

    @property
    def kind(self) -> ClockKind:
        """Everything that is true of all clocks of this name."""
        return KINDS[self.name]

    @property
    def pause(self) -> Stopwatch:
        """The business time it stood still that counts against `pause_budget`."""
        return Stopwatch(spent=self.pause_spent, since=self.paused_at)

    def with_pause(self, pause: Stopwatch) -> "Clock":
        """Return the clock with this time of its pauses."""
        return replace(self, pause_spent=pause.spent, paused_at=pause.since)

    def times_repeated(self, every: timedelta) -> int:
        """Return how many spans of this length after the breach have passed."""
        return next((each.times for each in self.repeated if each.every == every), 0)

    def with_repeats(self, every: timedelta, times: int) -> "Clock":
        """Return the clock with so many spans of this length passed."""
        others = (each for each in self.repeated if each.every != every)
        return replace(self, repeated=(*others, Repeated(every, times)))

    @property
    def is_open(self) -> bool:
        """`True` while the promise still waits to be kept, breached or not."""
        return self.ended_at is None

    @property
    def is_at_risk(self) -> bool:
        """`True` where some share of the target has been used, but not all of it."""
        return self.is_open and bool(self.reached) and self.state != "breached"


@dataclass(frozen=True, slots=True)
class WaitRepeats:
    """A wait of the customer that rules hear of again and again."""

    first: timedelta
    """How long the wait has lasted the first time."""
    every: timedelta
    """The span between the first times; later ones are further apart."""
    times: int
    """The number of times so far."""


@dataclass(frozen=True, slots=True)
class Silence(Stopwatch):
    """One of the silences that rules listen to, such as `customer_silent`. Another `key` begins another silence.

    `since` is when it last began to count, and None while it does not; `spent` is the time before that, in the business
    hours of `team` or, for `customer_silent`, around the clock. `reached` are the spans, in seconds, whose rules have
    fired; `reached_in_business` those of rules that waited for business hours; `repeated` counts the spans that repeat.
    """

    name: SilenceName
    key: str
    team: str
    reached: tuple[int, ...] = ()
    reached_in_business: tuple[int, ...] = ()
    repeated: Annotated[tuple[WaitRepeats, ...], Field(exclude_if=operator.not_)] = ()

    def times_repeated(self, first: timedelta, every: timedelta) -> int:
        """Return how often rules have heard of a wait that repeats so."""
        return next((each.times for each in self.repeated if (each.first, each.every) == (first, every)), 0)


@dataclass(frozen=True, slots=True)
class Sla:
    """The clocks and silences of the conversation."""

    silences: tuple[Silence, ...] = ()
    """The silences that rules listen to, and how long each has lasted."""
    clocks: tuple[Clock, ...] = ()
    """The promises, running and ended."""

    @property
    def open_clocks(self) -> tuple[Clock, ...]:
        """The clocks whose promises still wait to be kept."""
        return tuple(clock for clock in self.clocks if clock.is_open)

    @property
    def open_promises(self) -> tuple[Clock, ...]:
        """The open clocks of promises to the customer."""
        return tuple(clock for clock in self.open_clocks if clock.kind.is_to_customer)

    @property
    def answer_due_at(self) -> datetime | None:
        """When the customer was promised an answer; None where no clock for an answer runs."""
        return next((clock.due_at for clock in self.open_clocks if clock.kind.is_answer), None)

    @property
    def state(self) -> SlaState:
        """The worst state among the open promises to the customer. With none open, the ended ones decide."""
        clocks = self.open_promises
        if any(clock.state == "breached" for clock in clocks):
            return "breached"
        if any(clock.is_at_risk for clock in clocks):
            return "at_risk"
        for state in ("running", "paused"):
            if any(clock.state == state for clock in clocks):
                return state
        ended = {clock.state for clock in self.clocks if clock.kind.is_to_customer}
        return "breached" if "breached" in ended else "met" if "met" in ended else "none"

    def with_clock(self, changed: Clock) -> tuple[Clock, ...]:
        """Return the clocks with one of them replaced, or added where it is new."""
        kept = tuple(changed if clock.id == changed.id else clock for clock in self.clocks)
        return kept if changed in kept else (*self.clocks, changed)
