"""What time alone will bring: every promise of a situation as a deadline, and what happens when one is reached.

Promises that all deadlines come from the situation and the policy, so that the earliest of them is the only timer a
conversation needs. Must not know what woke it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from policies import after_hours, consequences, ladder, lifecycle, queueing, rules, silence, sla, storms
from policies.effects import AnyEffect, Notify
from policies.facts import ClockFacts, WaitingFacts
from policies.handoff import coming
from policies.policy import Policy
from policies.setting_aside import NOTHING, LeftOut, blaming
from policies.situation import Clock, Mark, Page, Place, Silence, Situation
from policies.turn import Turn

DeadlineKind = Literal[
    "clock",
    "pause",
    "silence",
    "hours",
    "page",
    "hold",
    "snooze",
    "queue",
    "place",
    "handoff",
    "callback",
    "incident",
    "close",
]
_UNLESS = {
    "first_response": "a public reply by an agent",
    "next_response": "a public reply by an agent",
    "resolution": "resolving it",
    "ownership": "handing it over or resolving it",
}
_LIMIT = 500
"""Deadlines that may pass at one go; more means a policy that schedules itself for ever."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant at which something happens unless an event comes first. `subject` is what it belongs to."""

    at: datetime
    kind: DeadlineKind
    what: str
    unless: str
    subject: Clock | Page | Place | Silence | None = None
    mark: Mark | None = None
    seconds: int = 0

    @property
    def id(self) -> str:
        """Names it among all deadlines of a conversation."""
        return f"{self.kind} {self.at.isoformat()} {self.what}"


def deadlines(situation: Situation, policy: Policy) -> tuple[Deadline, ...]:
    """All of them, the earliest first."""
    found = [*_clocks(situation, policy), *_silences(situation, policy), *_pages(situation)]
    if change := after_hours.next_change(situation, policy):
        found.append(Deadline(change[0], "hours", change[1], "a reply to the customer"))
    for at, what, unless in queueing.deadlines(situation, policy):
        found.append(Deadline(at, "queue", what, unless, situation.place))
    if (place := situation.place) is not None and place.state != "owned" and place.look_at is not None:
        what = f"the queue of {policy.team_name(place.team)} is asked whether it knows of this place"
        found.append(Deadline(place.look_at, "place", what, "a word from the team", place))
    if (awaited := coming.deadline(situation, policy)) is not None:
        at, what, unless = awaited
        found.append(Deadline(at, "handoff", what, unless))
    if situation.callback_at is not None:
        found.append(Deadline(situation.callback_at, "callback", "the customer is called back", "a public reply"))
    if situation.held_until is not None:
        found.append(Deadline(situation.held_until, "hold", "the hold ends", "a release"))
    if situation.snoozed_until is not None:
        found.append(Deadline(situation.snoozed_until, "snooze", "the snooze ends", "a message from the customer"))
    if situation.incident is not None and (show_at := situation.incident.show_at) is not None:
        what = "the incident's messages are brought up to date"
        found.append(Deadline(show_at, "incident", what, "the end of the incident"))
    if situation.closes_at is not None:
        found.append(Deadline(situation.closes_at, "close", "the conversation closes", "a new message"))
    return tuple(sorted(found, key=lambda deadline: deadline.at))


def next_deadline(situation: Situation, policy: Policy, left_out: LeftOut = NOTHING) -> Deadline | None:
    """Return the earliest thing that time alone will bring, those set aside left out."""
    return next((ahead for ahead in deadlines(situation, policy) if ahead.id not in left_out.ids), None)


def advance(turn: Turn, until: datetime, *, inclusive: bool) -> None:
    """Let time pass: reach every deadline before `until` (at it, too, where `inclusive`), each at its own instant.

    Raises `CouldNotBeJudgedError` with the deadline that could not be reached; then the turn is of no use any more.
    """
    for _ in range(_LIMIT):
        ahead = _next_but_closing(turn)
        if ahead is None or ahead.at > until or (ahead.at == until and not inclusive):
            return
        with blaming("deadline", ahead.id, ahead.what, turn.left_out):
            _reach(turn, ahead)
    turn.record("rule_budget_tripped", f"{_LIMIT} deadlines passed at once: check the policy's spans")


def _next_but_closing(turn: Turn) -> Deadline | None:
    found = (ahead for ahead in deadlines(turn.situation, turn.policy) if ahead.kind != "close")
    return next((ahead for ahead in found if ahead.id not in turn.left_out.ids), None)


def _reach(turn: Turn, deadline: Deadline) -> None:
    at = max(deadline.at, turn.situation.at)
    turn.begin(at, _cause(deadline, at))
    turn.change(deadline_at=turn.at)
    match deadline.subject, deadline.mark:
        case Clock() as clock, Mark() as mark:
            sla.reach(turn, clock, mark)
            due = clock.due_at.isoformat() if clock.due_at else ""
            facts = ClockFacts(clock=clock.name, percent=mark.percent, team=turn.situation.team, due_at=due)
            rules.fire(turn, f"clock:{clock.name}@{mark.percent}", facts)
        case Clock() as clock, None:
            sla.end_pause(turn, clock)
        case Page() as page, _ if page.incident:
            storms.reach_deadline(turn, page)
        case Page() as page, _:
            ladder.reach_deadline(turn, page)
        case Silence() as kept, _:
            silence.reach(turn, kept, deadline.seconds)
            facts = WaitingFacts(waiting_minutes=deadline.seconds // 60)
            rules.fire(turn, f"{kept.name}:{deadline.seconds}", facts)
        case _ if deadline.kind == "hold":
            lifecycle.hold_over(turn)
        case _ if deadline.kind == "snooze":
            lifecycle.wake(turn, "its time is over")
        case _ if deadline.kind == "queue":
            queueing.reach_deadline(turn)
        case _ if deadline.kind == "place":
            queueing.look_for_place(turn)
        case _ if deadline.kind == "handoff":
            coming.reach_deadline(turn)
        case _ if deadline.kind == "callback":
            lifecycle.callback_due(turn)
        case _ if deadline.kind == "incident":
            storms.show(turn)
        case _:
            pass  # the hours changed, which is looked at in any case
    consequences.follow(turn)
    storms.look(turn)


def is_overtaken(effect: AnyEffect, turn: Turn) -> bool:
    """Whether a warning came too late to warn: the promise has ended since, or people hear of something worse at once.

    Happens after an outage, or when a late fact shows what had been. The record keeps the warning at its instant.
    """
    if not isinstance(effect, Notify) or effect.page:
        return False
    for clock in turn.situation.clocks:
        for percent in clock.reached:
            if percent < 100 and _was_asked_at(effect, clock, percent, turn):
                worse = [share for share in clock.reached if share > percent]
                told = any(_was_asked_at(other, clock, share, turn) for other in turn.effects for share in worse)
                return told or not clock.is_open
    return False


def _was_asked_at(effect: AnyEffect, clock: Clock, percent: int, turn: Turn) -> bool:
    rules_of = turn.policy.listeners.get(f"clock:{clock.name}@{percent}", ())
    cause = f"{turn.situation.conversation_id}/{_cause_of(clock, percent)}/"
    is_by_rule = any(listener.rule.name == effect.because for listener in rules_of)
    return isinstance(effect, Notify) and is_by_rule and effect.key.startswith(cause)


def _cause_of(clock: Clock, percent: int) -> str:
    """Without the clock's episode: a late message may show that there was one more before it."""
    return f"{clock.name}@{percent}:{clock.started_at.isoformat()}"


def _cause(deadline: Deadline, at: datetime) -> str:
    """`at` is when it is reached, which is later than it was due where it was due before anybody knew."""
    match deadline.kind:
        case "clock":
            assert isinstance(deadline.subject, Clock)
            assert deadline.mark
            return _cause_of(deadline.subject, deadline.mark.percent)
        case "page":
            assert isinstance(deadline.subject, Page)
            if deadline.subject.incident:
                return f"incident:{deadline.subject.step_id}@{at.isoformat()}"
            what = "wait" if deadline.subject.lease_until is None else "lease"
            return f"{what}:{deadline.subject.step_id}"
        case "silence":
            assert isinstance(deadline.subject, Silence)
            return f"{deadline.subject.name}:{deadline.seconds}@{deadline.subject.key}"
        case "pause":
            assert isinstance(deadline.subject, Clock)
            return f"pause:{deadline.subject.name}@{deadline.at.isoformat()}"
        case "queue":  # somebody's time may be over at the very instant at which another team's begins
            assert isinstance(deadline.subject, Place)
            return f"queue:{deadline.subject.team}:{deadline.subject.state}@{deadline.at.isoformat()}"
        case "place":
            assert isinstance(deadline.subject, Place)
            return f"place:{deadline.subject.ticket}@{at.isoformat()}"
        case "callback":  # promised again for a time that has passed, it is due again
            return f"callback@{at.isoformat()}"
        case "hours" | "hold" | "snooze" | "handoff" | "incident" | "close":
            return f"{deadline.kind}@{deadline.at.isoformat()}"
        case _:
            assert_never(deadline.kind)


def _clocks(situation: Situation, policy: Policy) -> list[Deadline]:
    found: list[Deadline] = []
    for clock in situation.open_clocks:
        for mark in clock.marks:
            name = sla.title(clock.name)
            what = f"{name} breached" if mark.percent == 100 else f"{name} at risk ({mark.percent}%)"
            found.append(Deadline(mark.at, "clock", what, _UNLESS[clock.name], clock, mark))
        if (ends_at := sla.pause_ends_at(situation, clock, policy)) is not None:
            what = f"{sla.title(clock.name)} runs on: its pause has used up its budget"
            found.append(Deadline(ends_at, "pause", what, "the end of the pause", clock))
    return found


def _silences(situation: Situation, policy: Policy) -> list[Deadline]:
    return [
        Deadline(at, "silence", silence.title(kept, seconds), silence.UNLESS[kept.name], kept, seconds=seconds)
        for kept, seconds, at in silence.spans_ahead(situation, policy)
    ]


def _pages(situation: Situation) -> list[Deadline]:
    waits = [
        Deadline(page.next_at, "page", f"{page.escalation}: next step", "an acknowledgement", page)
        for page in situation.running_pages
        if page.next_at is not None and not page.is_put_off(is_paused=situation.is_paused)
    ]
    leases = [
        Deadline(page.lease_until, "page", f"{page.escalation} goes on", f"an answer by {page.acknowledged_by}", page)
        for page in situation.pages
        if page.lease_until is not None and situation.is_waiting
    ]
    incidents = [
        Deadline(page.heard_by, "page", f"{page.incident} is looked after", "the end of the incident", page)
        for page in situation.running_pages
        if page.heard_by is not None and not page.is_put_off(is_paused=situation.is_paused)
    ]
    return [*waits, *leases, *incidents]
