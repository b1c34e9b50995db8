"""How a conversation stands at one instant: the state that events change.

Promises immutable records of plain values that serialise to JSON and back. Must not know how they come about
(`decide`) and holds no policy: names of teams and hours are looked up in the policy of the moment.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from policies.document.document import ClockName, Priority, SilenceName, Status
from policies.document.handoffs import Choice
from policies.document.hindsight import Asked, Given, Move
from policies.document.proposals import TagRecord
from policies.document.scores import Sign
from policies.state.context import Context
from policies.state.events import Author, Customer, Member
from policies.state.meaning import Understanding

ClockState = Literal["running", "paused", "met", "breached", "cancelled"]
AskedNeeds = tuple[tuple[str, bool, tuple[tuple[float, int], ...]], ...]
"""Skill, whether it is required, and `(seconds waited, level that is enough)`."""
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
class Clock:
    """One running promise, with the terms it was made on. `spent` is business time used before `since`; it runs where
    `since` is set. `pause_spent` is business time it stood still before `paused_at`. `team` is who owns, for ownership.
    """

    name: ClockName
    episode: int
    target: timedelta
    hours: str
    started_at: datetime
    at_risk: tuple[int, ...] = ()
    pause_while: tuple[Status, ...] = ()
    state: ClockState = "running"
    spent: timedelta = timedelta(0)
    since: datetime | None = None
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
        """Unique within the conversation: `next_response.3`."""
        return f"{self.name}.{self.episode}"

    @property
    def is_open(self) -> bool:
        """Whether the promise still waits to be kept, breached or not."""
        return self.ended_at is None

    @property
    def is_at_risk(self) -> bool:
        """Whether some share of the target, but not all of it, has been used."""
        return self.is_open and bool(self.reached) and self.state != "breached"


@dataclass(frozen=True, slots=True)
class Silence:
    """Somebody has not said a word. `key` says which silence this is: another key begins another one.

    `spent` is business time of `team` before `since`; it runs where `since` is set. `reached` are spans in seconds.
    """

    name: SilenceName
    key: str
    team: str
    spent: timedelta = timedelta(0)
    since: datetime | None = None
    reached: tuple[int, ...] = ()


_STEP_ID = re.compile(r"(?P<run>.+)/(?P<round>\d+)\.(?P<step>\d+)(~(?P<resumed>\d+))?", re.DOTALL)


def run_of(step: str) -> str:
    """The run that a step belongs to, `support-on-call.2` for `support-on-call.2/1.3`; a run is its own.

    An escalation may have any name, also one with a `/` or a `.` in it.
    """
    found = _STEP_ID.fullmatch(step)
    return found["run"] if found else step


def resumption(step: str) -> int:
    """How often its call had gone on when that step was tried: 2 for `support-on-call.2/1.3~2`."""
    found = _STEP_ID.fullmatch(step)
    return int(found["resumed"] or 0) if found else 0


def position(step: str) -> tuple[int, int, int]:
    """Where in its run a step is: how often the call had gone on, the round and the step. Later steps are greater."""
    found = _STEP_ID.fullmatch(step)
    return (int(found["resumed"] or 0), int(found["round"]), int(found["step"])) if found else (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Page:
    """One run of an on-call ladder.

    `next_at` is when the next step is tried: its wait after the current one was handed over, delivered or not.
    `is_delivered` says whether the current step's message has arrived, `has_reached` whether any message of this try of
    the ladder has. Where none had by the end of the last step, the ladder `begins_again` at `next_at`; `unheard` counts
    how often that was so. `ended` says why it stopped; empty while it runs. Whoever acknowledged has until
    `lease_until` to answer; then the call goes on, for the `resumed`-th time. `acknowledged` are those who did at a
    step that everyone has to acknowledge. `rule` is what began it; empty where a person did, or had it go on. While
    an `incident` calls in its place, it waits; `is_silent` where nobody had been called before. The incident has to
    be heard from by `heard_by`, or else the ladder goes on; `is_asking` says that it was asked. `stood_down` is why
    its messages say that nobody need come. `called` are those the step has reached, where everyone has to
    acknowledge. While the customer does not wait, `lease_left` is how much time whoever acknowledged has once they
    do. Neither a hold nor waiting for the customer stops it `despite_pause`: it was wanted in the midst of that. `by`
    names the escalation whose steps it calls since a change of policy: another one than it began with. `latest` is the
    `position` at which each step was last called: an earlier call of that step need not arrive any more.
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
        """The escalation whose steps it calls."""
        return self.by or self.escalation

    @property
    def id(self) -> str:
        """Unique within the conversation: `support-on-call.2`."""
        return f"{self.escalation}.{self.generation}"

    @property
    def step_id(self) -> str:
        """Unique within the conversation, for one attempt to reach somebody: `support-on-call.2/1.3`."""
        again = f"~{self.resumed}" if self.resumed else ""
        return f"{self.id}/{self.round}.{self.step}{again}"

    @property
    def may_fold(self) -> bool:
        """Whether an incident may call in its place: a rule began it, and nobody has taken it up since."""
        return bool(self.rule) and not self.resumed and not self.ended

    @property
    def can_go_on(self) -> bool:
        """Whether others may still be called: it looks for somebody, or somebody has it and has not answered yet."""
        return not self.ended or self.has_lease

    @property
    def has_lease(self) -> bool:
        """Whether somebody has it, and has not answered yet."""
        return self.lease_until is not None or self.lease_left is not None

    def is_put_off(self, *, is_paused: bool) -> bool:
        """Whether its next step waits until there is something to do again."""
        return is_paused and not self.despite_pause

    def is_meant_by(self, step: str) -> bool:
        """Whether somebody who names `step` speaks of this run: nothing, the escalation, the run, or a step of it."""
        return step in ("", self.escalation, self.ladder, self.id) or run_of(step) == self.id


@dataclass(frozen=True, slots=True)
class Lease:
    """How long whoever has a conversation has let its customer wait, in the wait that began at `wait`.

    `spent` is business time before `since`; it runs where `since` is set.
    """

    wait: datetime
    spent: timedelta = timedelta(0)
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a team's line, or which of the team's people has the conversation.

    `ticket` names this asking; answers to another one are stale. `wait` is the customer's wait it was asked for, and
    `failed` are those who had the conversation in that wait and did not answer. `entered_at` is when it got in line,
    `owned_since` when somebody got it, on a `lease`. `priority`, `language` and `needs` are what the team was told.
    `is_refused` says that everybody who could take it has declined. `look_at` is when the conversation makes sure that
    the team still knows of the place, None while it does so; `unheard` counts how often in a row that failed.
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
        """All that the team was told of who is wanted."""
        return self.team, self.ticket, self.priority, self.language, self.needs


@dataclass(frozen=True, slots=True)
class Incident:
    """What an incident's own conversation knows of those it calls for.

    `shown` and `shown_left` are what its messages say of `total` and `left`; they are brought up to date at `show_at`.
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
    """From the assistant to people: requested, accepted by somebody who comes, committed once they are there.

    `reopened` counts how often somebody was awaited anew, since `awaited_at`: who had accepted did not come, or it was
    time to call back. `given_up` names the acceptance that was waited for in vain. `returned` is what it is back with
    the assistant, or what was resolved before anybody came.
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
        """Whether the assistant still waits to be relieved."""
        return self.state in ("requested", "accepted")


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody left for whoever comes next; `note` where they said it in one piece.

    `briefing` is the number of the briefing it was left for; None in what earlier versions kept.
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
    """How often somebody has answered, how many of that failed, and the latest answer as an excerpt."""

    author: Author
    author_id: str
    count: int
    failed: int
    last_at: datetime
    last: str


@dataclass(frozen=True, slots=True)
class Briefing:
    """What the receivers of a conversation are told of it, kept where a policy wants that.

    `opening` is the customer's first message, cut; `team` the one that was briefed last, or began. `pending` is the key
    of what a note waits for that shall show what is known elsewhere; `early` is an answer nobody waited for, yet.
    `handoff` is the number of the handoff that was briefed last; None in what earlier versions kept.
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
    """The escalation score as last weighed: points, by sign, and in how many readings in a row it was high enough."""

    points: int = 0
    in_a_row: int = 0
    is_high: bool = False
    parts: tuple[tuple[Sign, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline: what happened or was decided, when in the conversation's time, and why.

    `facts` say it once more for machines, where somebody counts such lines.
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

    `is_assistant` says whether a machine answered for it then, whatever a later policy says; None where unknown.
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
    """What the customer of a conversation waited for when it was merged into another one."""

    waiting_since: datetime | None = None
    callback_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that is true of a conversation at `at`, the instant of the last thing that happened.

    `given_by` says whose choice the assignee was: their own or somebody else's (`person`; who was offered it has said
    yes), the team's queue's, or a rule's where empty. `is_callback_chosen` says that the customer wanted to be called
    back, and does not wait until then.
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
        """Whether the customer waits for a person: unanswered, and nobody is waiting for the customer."""
        return self.waiting_since is not None and not self.is_paused

    @property
    def is_paused(self) -> bool:
        """Whether nobody of ours has anything to do: it is on hold, waits for the customer, or is resolved."""
        return self.is_held or self.status != "open"

    @property
    def is_resolved(self) -> bool:
        """Whether the conversation only lingers for late events, feedback and reopening."""
        return self.status == "resolved"

    @property
    def open_clocks(self) -> tuple[Clock, ...]:
        """The promises that still wait to be kept."""
        return tuple(clock for clock in self.clocks if clock.is_open)

    @property
    def running_pages(self) -> tuple[Page, ...]:
        """The ladders that still look for somebody."""
        return tuple(page for page in self.pages if not page.ended)

    def run_of(self, step: str) -> str:
        """The run that somebody speaks of who names it, or one of its steps."""
        return step if any(page.id == step for page in self.pages) else run_of(step)

    def with_clock(self, changed: Clock) -> "Situation":
        """The same situation with one clock replaced, or added where it is new."""
        kept = tuple(changed if clock.id == changed.id else clock for clock in self.clocks)
        return replace(self, clocks=kept if changed in kept else (*self.clocks, changed))

    def with_page(self, changed: Page) -> "Situation":
        """The same situation with one ladder replaced, or added where it is new."""
        kept = tuple(changed if page.id == changed.id else page for page in self.pages)
        return replace(self, pages=kept if changed in kept else (*self.pages, changed))


def sla_state(situation: Situation) -> SlaState:
    """The worst state among the open promises to the customer; with none open, as the last ones ended."""
    clocks = tuple(clock for clock in situation.open_clocks if clock.name != "ownership")
    if any(clock.state == "breached" for clock in clocks):
        return "breached"
    if any(clock.is_at_risk for clock in clocks):
        return "at_risk"
    for state in ("running", "paused"):
        if any(clock.state == state for clock in clocks):
            return state
    ended = {clock.state for clock in situation.clocks if clock.name != "ownership"}
    return "breached" if "breached" in ended else "met" if "met" in ended else "none"
