"""The state of a conversation at one instant, which events change.

Promises immutable records of plain values that serialise to JSON and back. Must not know how they come about (`decide`)
and holds no policy: names of teams and hours are looked up in the policy of the moment.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from policies.document.clocks import KINDS, ClockKind, ClockName
from policies.document.document import Priority, SilenceName, Status
from policies.document.handoffs import Choice
from policies.document.hindsight import Asked, Given, Move
from policies.document.proposals import TagRecord
from policies.document.scores import Sign
from policies.state.context import Context
from policies.state.events import Author, Customer, Member
from policies.state.meaning import Understanding
from policies.time.stopwatch import Stopwatch

ClockState = Literal["running", "paused", "met", "breached", "cancelled"]
AskedNeeds = tuple[tuple[str, bool, tuple[tuple[float, int], ...]], ...]
"""Needed skills: the skill, whether it is required, and `(seconds waited, level that is enough)` pairs."""
Giver = Literal["", "person", "queue"]
SlaState = Literal["none", "met", "paused", "running", "at_risk", "breached"]

RECENT_MESSAGES = 6
EXCERPT = 280


@dataclass(frozen=True, slots=True)
class Mark:
    """The instant at which a running clock will have used `percent` of its target."""

    percent: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Clock(Stopwatch):
    """One promise, with the terms it was made on.

    `since` is when the clock last began to run, and None while it stands still; `spent` is the business time used
    before that. `pause_spent` is the business time it stood still before `paused_at`. `team` was responsible when the
    clock started; the `ownership` clock ends when another team is.
    """

    name: ClockName
    episode: int
    target: timedelta
    hours: str
    started_at: datetime
    at_risk: tuple[int, ...] = ()
    pause_while: tuple[Status, ...] = ()
    state: ClockState = "running"
    marks: tuple[Mark, ...] = ()
    due_at: datetime | None = None
    reached: tuple[int, ...] = ()
    ended_at: datetime | None = None
    team: str = ""
    pause_budget: timedelta | None = None
    paused_at: datetime | None = None
    pause_spent: timedelta = timedelta(0)

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

    @property
    def is_open(self) -> bool:
        """`True` while the promise still waits to be kept, breached or not."""
        return self.ended_at is None

    @property
    def is_at_risk(self) -> bool:
        """`True` where some share of the target has been used, but not all of it."""
        return self.is_open and bool(self.reached) and self.state != "breached"


@dataclass(frozen=True, slots=True)
class Silence(Stopwatch):
    """One of the silences that rules listen to, such as `customer_silent`. Another `key` begins another silence.

    `since` is when it last began to count, and None while it does not; `spent` is the time before that, in the business
    hours of `team` or, for `customer_silent`, around the clock. `reached` are the spans, in seconds, whose rules have
    fired.
    """

    name: SilenceName
    key: str
    team: str
    reached: tuple[int, ...] = ()


_STEP_ID = re.compile(r"(?P<run>.+)/(?P<round>\d+)\.(?P<step>\d+)(~(?P<resumed>\d+))?", re.DOTALL)


def run_of(step: str) -> str:
    """Return the on-call run that a step belongs to: `support-on-call.2` for `support-on-call.2/1.3`, and for itself.

    An escalation may have any name, also one with a `/` or a `.` in it.
    """
    found = _STEP_ID.fullmatch(step)
    return found["run"] if found else step


def resumption(step: str) -> int:
    """Return how often the run had been resumed when this step was tried: 2 for `support-on-call.2/1.3~2`."""
    found = _STEP_ID.fullmatch(step)
    return int(found["resumed"] or 0) if found else 0


def position(step: str) -> tuple[int, int, int]:
    """Return the step's place in its run: the resumption, the round and the step. Later steps compare greater."""
    found = _STEP_ID.fullmatch(step)
    return (int(found["resumed"] or 0), int(found["round"]), int(found["step"])) if found else (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Page:
    """One run of an escalation ladder.

    Steps: `next_at` is when the next step is tried, which is the current step's wait after its message was handed over,
    delivered or not. `is_delivered` says whether the current step's message has arrived; `has_reached` whether any
    message has arrived since the ladder was begun or begun anew. Where none had by the end of the last step, the ladder
    `begins_again` at `next_at`; `unheard` counts how often that happened. `called` are the people the step reached and
    `acknowledged` those who acknowledged, where everyone has to. `latest` is the `position` at which each step was last
    called: an earlier call of that step need not arrive any more.

    Acknowledgement: the person in `acknowledged_by` has until `lease_until` to answer; then the run is resumed, for the
    `resumed`-th time. While the customer does not wait, the lease stands still and `lease_left` is its remaining time.

    Beginning and end: `rule` began the run; it is empty where a person began it or resumed it. `by` is the escalation
    whose steps are called since a change of policy, where that is not `escalation`. With `despite_pause`, neither a
    hold nor waiting for the customer stops the run, because it was begun during one. `ended` says why it stopped, and
    is empty while it runs. `stood_down` is the reason in its messages why nobody needs to come any more.

    Incident: while an `incident` calls for this conversation, the ladder waits; `is_silent` where it had not called
    anybody before. Without a word from the incident by `heard_by`, the ladder goes on; `is_asking` says that the
    incident was asked.
    """

    escalation: str
    generation: int
    cause: str
    headline: str
    started_at: datetime
    round: int = 1
    step: int = 1
    next_at: datetime | None = None
    acknowledged_by: str = ""
    ended: str = ""
    acknowledged: tuple[str, ...] = ()
    lease_until: datetime | None = None
    resumed: int = 0
    rule: str = ""
    incident: str = ""
    is_silent: bool = False
    stood_down: str = ""
    called: tuple[str, ...] = ()
    lease_left: timedelta | None = None
    despite_pause: bool = False
    is_delivered: bool = False
    has_reached: bool = False
    begins_again: bool = False
    unheard: int = 0
    heard_by: datetime | None = None
    is_asking: bool = False
    by: str = ""
    latest: tuple[tuple[int, int, int], ...] = ()

    @property
    def ladder(self) -> str:
        """The escalation whose steps this run calls."""
        return self.by or self.escalation

    @property
    def id(self) -> str:
        """The run's id, unique within the conversation: `support-on-call.2`."""
        return f"{self.escalation}.{self.generation}"

    @property
    def step_id(self) -> str:
        """The current step's id, unique within the conversation for one call of the step: `support-on-call.2/1.3`."""
        again = f"~{self.resumed}" if self.resumed else ""
        return f"{self.id}/{self.round}.{self.step}{again}"

    @property
    def may_fold(self) -> bool:
        """`True` where an incident may call instead: a rule began the run, and it neither ended nor was resumed."""
        return bool(self.rule) and not self.resumed and not self.ended

    @property
    def can_go_on(self) -> bool:
        """`True` where more people may be called: nobody has acknowledged, or the customer has no answer yet."""
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
        return step in ("", self.escalation, self.ladder, self.id) or run_of(step) == self.id


@dataclass(frozen=True, slots=True)
class Lease(Stopwatch):
    """The time for which the assignee has let the customer wait, in the wait that began at `wait`.

    `since` is when it last began to count, and None while it does not; `spent` is the business time before that.
    """

    wait: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """The conversation's entry in a team's queue, or the agent of that team who has the conversation.

    `ticket` names this request; answers to another one are stale. `entered_at` is when the conversation entered the
    queue. `wait` is when the customer's wait began that the request was made for, and `failed` are the agents who had
    the conversation in that wait and did not answer. `priority`, `language` and `needs` are as the team was told.
    `is_refused` says that every agent who could take it has declined. `owned_since` is when `agent` got it, on a
    `lease`. `look_at` is when the conversation next makes sure that the team knows of the entry, and None while it is
    doing so; `unheard` counts how often in a row that failed.
    """

    team: str
    ticket: str
    state: Literal["waiting", "offered", "owned"]
    entered_at: datetime
    priority: Priority = "normal"
    language: str = ""
    needs: AskedNeeds = ()
    wait: datetime | None = None
    agent: str = ""
    offer: str = ""
    failed: tuple[str, ...] = ()
    is_given_back: bool = False
    owned_since: datetime | None = None
    position: int = 0
    present: int = 0
    estimate: str = ""
    wait_low: int | None = None
    wait_high: int | None = None
    lease: Lease | None = None
    is_refused: bool = False
    look_at: datetime | None = None
    unheard: int = 0

    @property
    def asked(self) -> tuple[object, ...]:
        """Everything the team was told about whom the conversation needs."""
        return self.team, self.ticket, self.priority, self.language, self.needs


@dataclass(frozen=True, slots=True)
class Incident:
    """The knowledge that an incident's own conversation has of the conversations it calls for.

    `shown` and `shown_left` are the values of `total` and `left` in its messages, which are brought up to date at
    `show_at`.
    """

    escalation: str
    cause: str
    total: int = 0
    left: int = 0
    first: tuple[Member, ...] = ()
    shown: int = 0
    shown_left: int = 0
    show_at: datetime | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Handoff:
    """A handoff from the assistant to people: requested, accepted by a person, committed once that person is there.

    `reopened` counts how often a person was awaited anew, since `awaited_at`: the one who had accepted did not come, or
    it was time to call back. `given_up` names the acceptance that was waited for in vain. The state `returned` means
    that the assistant has the conversation again, or that it was resolved before a person came.
    """

    number: int
    from_team: str
    because: str
    requested_at: datetime
    state: Literal["requested", "accepted", "committed", "returned"] = "requested"
    reason: str = ""
    accepted_by: str = ""
    accepted_at: datetime | None = None
    reopened: int = 0
    awaited_at: datetime | None = None
    committed_at: datetime | None = None
    given_up: str = ""
    returned_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """`True` while the assistant still waits to be relieved."""
        return self.state in ("requested", "accepted")


@dataclass(frozen=True, slots=True)
class Word:
    """A person's words for the next assignee; `note` where they were left as one text.

    `briefing` is the number of the briefing they were left for, and None in the state of earlier versions.
    """

    at: datetime
    by: str
    tried: str = ""
    think: str = ""
    need: str = ""
    note: str = ""
    briefing: int | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """One author's answers: how many, how many of them failed, and an excerpt of the latest."""

    author: Author
    author_id: str
    count: int
    failed: int
    last_at: datetime
    last: str


@dataclass(frozen=True, slots=True)
class Briefing:
    """The material for briefing the next assignee, kept where the policy has briefings.

    `opening` is the customer's first message, cut. `team` is the team that was briefed last, or had the conversation
    first. `pending` is the key of the `GatherContext` effect that the note waits for. `early` is the key and the answer
    of such an effect where no note waits for it yet. `handoff` is the number of the handoff that was briefed last, and
    None in the state of earlier versions.
    """

    opening: str = ""
    words: tuple[Word, ...] = ()
    answers: tuple[Answers, ...] = ()
    team: str = ""
    number: int = 0
    move: str = ""
    from_team: str = ""
    pending: str = ""
    context: Context | None = None
    early: tuple[str, Context] | None = None
    handoff: int | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The escalation score as last weighed: points, by sign, and how many readings in a row were high enough."""

    points: int = 0
    in_a_row: int = 0
    is_high: bool = False
    parts: tuple[tuple[Sign, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline: an event or a decision, its instant in the conversation's time, and the reason.

    `facts` repeat the line as pairs for machines, where reports count such lines.
    """

    at: datetime
    kind: str
    text: str
    rule: str = ""
    clock: str = ""
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stint:
    """A time during which one team was responsible.

    `is_assistant` says whether the assistant answered for the team then, whatever a later policy says; None where
    unknown.
    """

    team: str
    since: datetime
    because: str
    is_assistant: bool | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A recent message, cut to an excerpt."""

    at: datetime
    author: Author
    author_id: str
    text: str


@dataclass(frozen=True, slots=True)
class GivenAway:
    """The customer's wait and promised callback at the time a conversation was merged into another one."""

    waiting_since: datetime | None = None
    callback_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that is true of a conversation at `at`, the instant of the latest event.

    `given_by` says who chose the assignee: `person` where they chose themselves, accepted an offer or were chosen by
    another person, `queue` where the team's queue did, and empty where a rule did. `is_callback_chosen` says that the
    customer wanted to be called back, and does not wait until then.
    """

    conversation_id: str
    opened_at: datetime
    at: datetime
    channel: str = ""
    inbox: str = ""
    subject: str = ""
    customer: Customer = Customer()  # noqa: RUF009  immutable
    page: dict[str, Any] | str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    status: Status = "open"
    is_held: bool = False
    held_until: datetime | None = None
    priority: Priority = "normal"
    tags: tuple[str, ...] = ()
    team: str = ""
    assignee: str = ""
    assigned_by: str = ""
    given_by: Giver = ""
    returns_to: str = ""
    outside_noted: str = ""
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    answered_by: str = ""
    place: Place | None = None
    callback_at: datetime | None = None
    is_callback_chosen: bool = False
    snoozed_until: datetime | None = None
    silences: tuple[Silence, ...] = ()
    clocks: tuple[Clock, ...] = ()
    pages: tuple[Page, ...] = ()
    early: tuple[tuple[str, str], ...] = ()
    path: tuple[Stint, ...] = ()
    recent: tuple[Said, ...] = ()
    messages: int = 0
    reopened: int = 0
    escalations: int = 0
    reason: str = ""
    closes_at: datetime | None = None
    merged_into: str = ""
    given_away: GivenAway | None = None
    absorbed: tuple[str, ...] = ()
    rating: float | None = None
    deadline_at: datetime | None = None
    firings: tuple[datetime, ...] = ()
    is_tripped: bool = False
    understanding: Understanding | None = None
    score: Score | None = None
    mentions: tuple[tuple[str, int], ...] = ()
    handoff: Handoff | None = None
    briefing: Briefing | None = None
    is_assistant_muted: bool = False
    confirmed: tuple[str, ...] = ()
    offered: tuple[Choice, ...] = ()
    offered_at: datetime | None = None
    preferences: tuple[tuple[str, str], ...] = ()
    tagging: TagRecord | None = None
    drill: str = ""
    incident: Incident | None = None
    ended_incidents: tuple[str, ...] = ()
    life: str = ""
    run: str = ""
    moves: tuple[Move, ...] = ()
    feedback: tuple[Given, ...] = ()
    asked: tuple[Asked, ...] = ()
    timeline: tuple[Entry, ...] = ()

    @property
    def key_root(self) -> str:
        """The beginning of every effect's key: `<conversation>[/<life>]`."""
        return "/".join(filter(None, (self.conversation_id, self.life)))

    @property
    def is_waiting(self) -> bool:
        """`True` where the customer waits for a person: unanswered, and the conversation is not paused."""
        return self.waiting_since is not None and not self.is_paused

    @property
    def is_paused(self) -> bool:
        """`True` where support has nothing to do: on hold, waiting for the customer, or resolved."""
        return self.is_held or self.status != "open"

    @property
    def is_resolved(self) -> bool:
        """`True` where the conversation is resolved and only stays for late events, feedback and reopening."""
        return self.status == "resolved"

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
    def running_pages(self) -> tuple[Page, ...]:
        """The on-call runs that have not ended."""
        return tuple(page for page in self.pages if not page.ended)

    def run_of(self, step: str) -> str:
        """Return the on-call run that `step` refers to, which may be the id of a run or of one of its steps."""
        return step if any(page.id == step for page in self.pages) else run_of(step)

    def with_clock(self, changed: Clock) -> "Situation":
        """Return the situation with one clock replaced, or added where it is new."""
        kept = tuple(changed if clock.id == changed.id else clock for clock in self.clocks)
        return replace(self, clocks=kept if changed in kept else (*self.clocks, changed))

    def with_page(self, changed: Page) -> "Situation":
        """Return the situation with one on-call run replaced, or added where it is new."""
        kept = tuple(changed if page.id == changed.id else page for page in self.pages)
        return replace(self, pages=kept if changed in kept else (*self.pages, changed))


def sla_state(situation: Situation) -> SlaState:
    """Return the worst state among the open promises to the customer. With none open, the ended ones decide."""
    clocks = situation.open_promises
    if any(clock.state == "breached" for clock in clocks):
        return "breached"
    if any(clock.is_at_risk for clock in clocks):
        return "at_risk"
    for state in ("running", "paused"):
        if any(clock.state == state for clock in clocks):
            return state
    ended = {clock.state for clock in situation.clocks if clock.kind.is_to_customer}
    return "breached" if "breached" in ended else "met" if "met" in ended else "none"
