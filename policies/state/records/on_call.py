"""The people who are called for a conversation: on-call runs, drills and incidents.

Must not know whom a ladder calls.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from policies.state.events import Member
from policies.state.run_states import (
    AcknowledgedRun,
    CallingRun,
    ExhaustedRun,
    IncidentRun,
    RepeatingRun,
    RunState,
    StoodDownRun,
)
from policies.state.step_id import StepId


@dataclass(frozen=True, slots=True)
class OnCallRun:
    """One run of an escalation ladder. While an `incident` calls for this conversation, the run waits."""

    escalation: str
    """The escalation, by its name in the policy."""
    generation: int
    """The number of the run within the conversation."""
    cause: str
    """The cause: `breach`, a rule, or the person who called."""
    headline: str
    """The headline that people read."""
    started_at: datetime
    """The instant of the beginning."""
    round: int = 1
    """The number of times that all steps were gone through, the present one included."""
    step: int = 1
    """The number of the present step."""
    next_at: datetime | None = None
    """The instant at which the next step is tried, delivered or not; null where none will be."""
    acknowledged_by: str = ""
    """The person who said “I've got it”."""
    ended: str = ""
    """The reason why the run ended; empty while it runs."""
    acknowledged: tuple[str, ...] = ()
    """The people who acknowledged a step that everyone has to acknowledge, while one of them is missing."""
    lease_until: datetime | None = None
    """The instant by which the person who acknowledged has to answer; then the calling goes on."""
    resumed: int = 0
    """The number of times that the calling went on after an acknowledgement."""
    rule: str = ""
    """The rule that began the run; empty where a person began it or resumed it."""
    incident: str = ""
    """The incident that calls in this run's place, by the id of its own conversation; empty where none does."""
    is_silent: bool = False
    """`true` where the run had called no person when the incident began to call in its place."""
    stood_down: str = ""
    """The reason in the run's messages why no person needs to come any more; empty before."""
    called: tuple[str, ...] = ()
    """The people that the step has reached, where everyone has to acknowledge."""
    lease_left: timedelta | None = None
    """The time left to answer, while the customer does not wait; null where that time runs, or none was given."""
    despite_pause: bool = False
    """`true` where neither a hold nor waiting for the customer stops the run, because it was begun during one."""
    is_delivered: bool = False
    """`true` where the message of the present step has arrived."""
    has_reached: bool = False
    """`true` where a message has arrived since the ladder was begun or begun anew."""
    begins_again: bool = False
    """`true` where all steps were tried and no person was reached: at `next_at` the first one is tried again."""
    unheard: int = 0
    """The number of times that all steps were tried and no person was reached."""
    heard_by: datetime | None = None
    """The instant by which the incident has to report; without a word from it, the run goes on by itself."""
    is_asking: bool = False
    """`true` where the incident was asked, and has not answered yet."""
    by: str = ""
    """The escalation whose steps are called since a change of policy; empty for the run's own."""
    latest: tuple[tuple[int, int, int], ...] = ()
    """The latest call of each step: how often the run had been resumed, the round and the step."""

    @property
    def ladder(self) -> str:
        """The escalation whose steps this run calls."""
        return self.by or self.escalation

    @property
    def id(self) -> str:
        """The run's id, unique within the conversation: `support-on-call.2`."""
        return f"{self.escalation}.{self.generation}"

    @property
    def at_step(self) -> StepId:
        """The current call of the current step."""
        return StepId(self.id, self.resumed, self.round, self.step)

    @property
    def step_id(self) -> str:
        """The current step's id, unique within the conversation for one call of the step: `support-on-call.2/1.3`."""
        return str(self.at_step)

    @property
    def state(self) -> RunState:
        """The run's state, which several fields tell together."""
        if self.ended:
            if self.stood_down:
                return StoodDownRun(self.stood_down)
            return AcknowledgedRun(self.acknowledged_by) if self.acknowledged_by else ExhaustedRun(self.ended)
        if self.incident:
            return IncidentRun(self.incident)
        return RepeatingRun() if self.begins_again else CallingRun()

    @property
    def may_join_incident(self) -> bool:
        """`True` where an incident may call instead: a rule began the run, and it neither ended nor was resumed."""
        return bool(self.rule) and not self.resumed and not self.ended

    @property
    def can_go_on(self) -> bool:
        """`True` where more people may be called: no person has acknowledged, or the customer has no answer yet."""
        return not self.ended or self.has_lease

    @property
    def has_lease(self) -> bool:
        """`True` where a person has acknowledged and has not answered the customer yet."""
        return self.lease_until is not None or self.lease_left is not None

    def is_put_off(self, *, is_paused: bool) -> bool:
        """`True` where the next step waits until the conversation is no longer paused."""
        return is_paused and not self.despite_pause

    def is_meant_by(self, step: str) -> bool:
        """`True` where `step` refers to this run: empty, the escalation's name, the run's id, or one of its steps."""
        return step in ("", self.escalation, self.ladder, self.id) or StepId.of(step).run == self.id


@dataclass(frozen=True, slots=True)
class Incident:
    """The knowledge that an incident's own conversation has of the conversations it calls for."""

    escalation: str
    """The escalation, by its name in the policy."""
    cause: str
    """The rule that many conversations have in common."""
    total: int = 0
    """The number of conversations that the incident stands for."""
    left: int = 0
    """The number of those conversations that need no person any more."""
    first: tuple[Member, ...] = ()
    """The first of those conversations, as the incident's message lists them."""
    shown: int = 0
    """The `total` that the incident's messages show."""
    shown_left: int = 0
    """The `left` that the incident's messages show."""
    show_at: datetime | None = None
    """The instant at which the messages will be brought up to date; null where they are."""
    is_over: bool = False
    """`true` where the incident lets all conversations go."""


@dataclass(frozen=True, slots=True)
class Calling:
    """The on-call runs of the conversation, and the drill or incident that it is or belongs to."""

    runs: Annotated[tuple[OnCallRun, ...], Field(alias="pages")] = ()
    """The on-call runs: the people who were called, and how that went."""
    early: tuple[tuple[str, str], ...] = ()
    """News of steps that came before the steps themselves, as pairs of the step and its news."""
    drill: str = ""
    """The escalation that is rehearsed; empty where a customer waits."""
    incident: Incident | None = None
    """The conversations that this one calls for; null where it is no incident."""
    ended_incidents: tuple[str, ...] = ()
    """The latest incidents that called for this conversation and are over."""

    @property
    def running(self) -> tuple[OnCallRun, ...]:
        """The on-call runs that have not ended."""
        return tuple(run for run in self.runs if not run.ended)

    def step(self, named: str) -> StepId:
        """Return the call that `named` refers to. The id of a run here is that run, also where it reads like a step."""
        return StepId(named) if any(run.id == named for run in self.runs) else StepId.of(named)

    def run_of(self, called: StepId) -> OnCallRun | None:
        """Return the on-call run of a call; None where it is not known here."""
        return next((run for run in self.runs if run.id == called.run), None)

    def with_run(self, changed: OnCallRun) -> tuple[OnCallRun, ...]:
        """Return the on-call runs with one of them replaced, or added where it is new."""
        kept = tuple(changed if run.id == changed.id else run for run in self.runs)
        return kept if changed in kept else (*self.runs, changed)
