"""The state of a conversation at one instant, which events change.

Promises immutable records of plain values that serialise to JSON and back. Must not know how they come about (`decide`)
and holds no policy: names of teams and hours are looked up in the policy of the moment.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from policies.document.clocks import KINDS, ClockKind, ClockName
from policies.document.document import Priority, SilenceName, Status
from policies.document.handoffs import Choice
from policies.document.hindsight import Asked, Given, Move
from policies.document.proposals import TagRecord
from policies.document.scores import Sign
from policies.editions import FIRST
from policies.state.context import Context
from policies.state.entry_kind import RecordedKind
from policies.state.events import Author, Customer, Member
from policies.state.keys import root_of
from policies.state.meaning import Understanding
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
    """The share of the target, in percent."""
    at: datetime
    """The instant at which that share will have been used."""


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


@dataclass(frozen=True, slots=True)
class Page:
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
    """The people whom the step has reached, where everyone has to acknowledge."""
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
    def may_fold(self) -> bool:
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
class Lease(Stopwatch):
    """The time for which the assignee has let the customer wait, in the wait that began at `wait`."""

    wait: datetime
    """The instant since which the customer waits."""


@dataclass(frozen=True, slots=True)
class Place:
    """The conversation's entry in a team's queue, or the agent of that team who has the conversation.

    `priority`, `language` and `needs` are as the team was told.
    """

    team: str
    ticket: str
    state: Literal["waiting", "offered", "owned"]
    entered_at: datetime
    """The instant at which the conversation entered the queue."""
    priority: Priority = "normal"
    language: str = ""
    """The customer's language, such as `pt-BR`."""
    needs: AskedNeeds = ()
    """The skills that the conversation needs."""
    wait: datetime | None = None
    """The instant since which the customer waits, which decides the place in line."""
    agent: str = ""
    offer: str = ""
    failed: tuple[str, ...] = ()
    """The agents who had the conversation in this wait and did not answer."""
    is_given_back: bool = False
    """`true` where the conversation has just been taken back from an agent."""
    owned_since: datetime | None = None
    """The instant since which an agent has the conversation."""
    position: int = 0
    """The place in line; 1 is next."""
    present: int = 0
    """The number of agents who are there and could take the conversation if they had room."""
    estimate: str = ""
    """The probable wait; empty where too little is known."""
    wait_low: int | None = None
    """The lower end of the probable wait, in minutes."""
    wait_high: int | None = None
    """The upper end of the probable wait, in minutes."""
    lease: Lease | None = None
    """The time for which the agent has let the customer wait; null where the agent never has."""
    is_refused: bool = False
    """`true` where every agent who could ever take the conversation has declined, or had it and did not answer."""
    look_at: datetime | None = None
    """The instant at which the conversation next asks whether the team still knows of it; null while it is asking."""
    unheard: int = 0
    """The number of such questions in a row that failed."""

    @property
    def asked(self) -> tuple[object, ...]:
        """Everything that the team was told about the agent that the conversation needs."""
        return self.team, self.ticket, self.priority, self.language, self.needs


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
class Handoff:
    """A handoff from the assistant to people: requested, accepted by a person, committed once that person is there."""

    number: int
    """The number of the handoff within the conversation."""
    from_team: str
    """The team that had the conversation before."""
    because: str
    """The cause, in a sentence."""
    requested_at: datetime
    """The instant since which an agent is wanted."""
    state: Literal["requested", "accepted", "committed", "returned"] = "requested"
    """The stage of the handoff: the assistant is muted only once it is `committed`."""
    reason: str = ""
    """The reason, as a code for reports."""
    accepted_by: str = ""
    """The agent who comes, or has come."""
    accepted_at: datetime | None = None
    """The instant at which the agent accepted."""
    reopened: int = 0
    """The number of times that an agent was awaited anew: the one who accepted did not come, or a callback was due."""
    awaited_at: datetime | None = None
    """The instant since which another agent is awaited; null where that never happened."""
    committed_at: datetime | None = None
    """The instant at which the agent was there."""
    given_up: str = ""
    """The acceptance that was waited for in vain; empty where none was."""
    returned_at: datetime | None = None
    """The instant at which the assistant got the conversation back, or it was resolved before an agent came."""

    @property
    def is_open(self) -> bool:
        """`True` while the assistant still waits to be relieved."""
        return self.state in ("requested", "accepted")


@dataclass(frozen=True, slots=True)
class Word:
    """A person's words for the next assignee; `note` where they were left as one text.

    `briefing` is the number of the briefing they were left for.
    """

    at: datetime
    by: str
    tried: str = ""
    think: str = ""
    need: str = ""
    note: str = ""
    briefing: int = 0


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
    0 before one was.
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
    handoff: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """The escalation score as last weighed: points, by sign, and how many readings in a row were high enough."""

    points: int = 0
    """The points of all signs together."""
    in_a_row: int = 0
    """The number of readings in a row in which the score has been high enough."""
    is_high: bool = False
    """`true` where the score counts as high, until it is calm again."""
    parts: tuple[tuple[Sign, int], ...] = ()
    """The points by sign, the most first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline: an event or a decision, its instant in the conversation's time, and the reason.

    `facts` repeat the line as pairs for machines, where reports count such lines.
    """

    at: datetime
    """The instant of the event or decision, in the conversation's time."""
    kind: RecordedKind
    text: str
    """The event or decision, in a sentence."""
    rule: str = ""
    """The rule that fired, by its name in the policy."""
    clock: str = ""
    """The promise, such as `first_response.1`."""
    facts: tuple[tuple[str, str], ...] = ()
    """The same for machines, as pairs of a name and a value; empty for most kinds."""


@dataclass(frozen=True, slots=True)
class Stint:
    """A time during which one team was responsible."""

    team: str
    since: datetime
    because: str
    is_assistant: bool | None = None
    """`true` where the assistant answered for the team then, whatever a later policy says; null where unknown."""


@dataclass(frozen=True, slots=True)
class Said:
    """A recent message, cut to an excerpt."""

    at: datetime
    """The instant at which the message was written."""
    author: Author
    """The author: `customer`, `assistant` or `agent`."""
    author_id: str
    """Your id of the author."""
    text: str
    """The words of the message; cut after 4,000 characters."""


@dataclass(frozen=True, slots=True)
class GivenAway:
    """The customer's wait and promised callback at the time a conversation was merged into another one."""

    waiting_since: datetime | None = None
    """The instant since which the customer waits for a person; null where no customer waits."""
    callback_at: datetime | None = None
    """The instant of the promised callback; null where none was promised."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that is true of a conversation at `at`, the instant of the latest event."""

    conversation_id: str
    opened_at: datetime
    """The instant at which the customer made contact: the promises run from here."""
    at: datetime
    """The instant of the latest event."""
    channel: str = ""
    inbox: str = ""
    """The address or number within the channel; the policy may send one inbox to another team."""
    subject: str = ""
    customer: Customer = Customer()  # noqa: RUF009  immutable
    """The customer as you know them; fields of your own are kept."""
    page: dict[str, Any] | str | None = None
    """The web page of your product that the customer looked at: an address, or an object of your own."""
    attributes: tuple[tuple[str, str], ...] = ()
    """Named values of your own, which rules may look at."""
    status: Status = "open"
    """The status of the conversation."""
    is_held: bool = False
    """`true` where an operator stopped the clocks."""
    held_until: datetime | None = None
    """The instant at which the hold ends; null where there is none."""
    priority: Priority = "normal"
    tags: tuple[str, ...] = ()
    """The conversation's tags."""
    team: str = ""
    assignee: str = ""
    assigned_by: str = ""
    """The key of the assignment, where Baton made it."""
    given_by: Giver = ""
    """The chooser of the assignee: a `person` (also the assignee), the team's `queue`, or a rule where empty."""
    returns_to: str = ""
    """The team that gets the conversation back when business hours begin."""
    outside_noted: str = ""
    waiting_since: datetime | None = None
    """The instant since which the customer waits for a person; null where no customer waits."""
    answered_at: datetime | None = None
    """The instant at which a person last answered the customer; null where no person has."""
    answered_by: str = ""
    """The person who answered last."""
    place: Place | None = None
    """The entry in a team's queue, or the agent of that team who has it; null where the team has no queue."""
    callback_at: datetime | None = None
    """The instant of the promised callback; null where none was promised."""
    is_callback_chosen: bool = False
    """`true` where the customer chose the callback, and does not wait for an answer until then."""
    snoozed_until: datetime | None = None
    """The instant at which the snooze ends; null where there is none."""
    silences: tuple[Silence, ...] = ()
    clocks: tuple[Clock, ...] = ()
    """The promises, running and ended."""
    pages: tuple[Page, ...] = ()
    """The on-call runs: the people who were called, and how that went."""
    early: tuple[tuple[str, str], ...] = ()
    path: tuple[Stint, ...] = ()
    """The teams that were responsible, the first one first."""
    recent: tuple[Said, ...] = ()
    """The last messages."""
    messages: int = 0
    """The number of messages."""
    reopened: int = 0
    """The number of times that the conversation was reopened."""
    escalations: int = 0
    """The number of escalations by people."""
    reason: str = ""
    """The reason of the latest move, as a code for reports."""
    closes_at: datetime | None = None
    """The instant at which the workflow completes unless a message comes; null while the conversation is open."""
    merged_into: str = ""
    """The conversation in which this one goes on."""
    given_away: GivenAway | None = None
    """The customer's wait and promised callback when the conversation was merged into another one; else null."""
    absorbed: tuple[str, ...] = ()
    """The conversations that were merged into this one."""
    rating: float | None = None
    """The customer's score."""
    deadline_at: datetime | None = None
    firings: tuple[datetime, ...] = ()
    is_tripped: bool = False
    understanding: Understanding | None = None
    """The meaning of the customer's messages; null where no rule wants to know."""
    score: Score | None = None
    """The escalation score, as last weighed; null where the policy weighs none."""
    mentions: tuple[tuple[str, int], ...] = ()
    """The keywords of the policy, each with the number of the customer's messages that have it."""
    handoff: Handoff | None = None
    """The handoff from the assistant to people; null where there was none."""
    briefing: Briefing | None = None
    is_assistant_muted: bool = False
    """`true` where the assistant has to keep silent, because a person has the conversation."""
    confirmed: tuple[str, ...] = ()
    """The latest assignments that the desk has confirmed, while a handoff waited for it."""
    offered: tuple[Choice, ...] = ()
    offered_at: datetime | None = None
    preferences: tuple[tuple[str, str], ...] = ()
    """The customer's preferences, as you sent them and as the customer chose."""
    tagging: TagRecord | None = None
    """The fate of tags that Baton proposes; null where the policy has none proposed."""
    drill: str = ""
    """The escalation that is rehearsed; empty where a customer waits."""
    incident: Incident | None = None
    """The conversations that this one calls for; null where it is no incident."""
    ended_incidents: tuple[str, ...] = ()
    """The latest incidents that called for this conversation and are over."""
    life: str = ""
    """The mark that tells a conversation that has closed from one that begins again under the same id."""
    run: str = ""
    """The end of the id of the conversation's first run; empty where it is the same as `life`."""
    edition: int = FIRST
    """The number of the behaviour by which the conversation is judged: see docs/upgrading.md."""
    moves: tuple[Move, ...] = ()
    feedback: tuple[Given, ...] = ()
    asked: tuple[Asked, ...] = ()
    timeline: tuple[Entry, ...] = ()

    @property
    def key_root(self) -> str:
        """The beginning of every effect's key: `<conversation>[/<life>]`."""
        return root_of(self.conversation_id, self.life)

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

    def step(self, named: str) -> StepId:
        """Return the call that `named` refers to. The id of a run here is that run, also where it reads like a step."""
        return StepId(named) if any(page.id == named for page in self.pages) else StepId.of(named)

    def page_of(self, called: StepId) -> Page | None:
        """Return the on-call run of a call; None where it is not known here."""
        return next((page for page in self.pages if page.id == called.run), None)

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
