"""Deadlines: every promise of a situation as an instant that time alone brings, and what happens when it is reached.

Promises that all deadlines come from the situation and the policy, so that the earliest of them is the only timer a
conversation needs. Must not know what woke it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from policies import consequences, lifecycle, rules, storms
from policies.document.document import Overtime, Wait
from policies.handoff import coming
from policies.on_call import ladder
from policies.outages import joining
from policies.queues import named_person, queueing
from policies.running.facts import ClockFacts, WaitingFacts
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.running.workload import DEADLINE, NO_LIMIT
from policies.sla import after_hours, overtime, silence, sla
from policies.sla.overtime import Late
from policies.state.effects import Notify, SendReply
from policies.state.keys import Cause
from policies.state.records.on_call import OnCallRun
from policies.state.records.queue_entry import QueueEntry
from policies.state.records.sla import Clock, Mark, Silence
from policies.state.setting_aside import NOTHING, LeftOut, blaming
from policies.state.situation import Situation

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
    "person",
    "handoff",
    "callback",
    "incident",
    "outage",
    "close",
]
_LIMIT = 500
"""The most deadlines that may pass at one go. More means a policy that schedules itself for ever."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant at which something happens unless an event comes first.

    `subject` is the clock, on-call run, queue entry or silence that the deadline belongs to.
    """

    at: datetime
    kind: DeadlineKind
    what: str
    unless: str
    subject: Clock | OnCallRun | QueueEntry | Silence | None = None
    mark: Mark | None = None
    wait: Wait | None = None
    late: Late | None = None

    @property
    def id(self) -> str:
        """The deadline's name among all deadlines of a conversation."""
        return f"{self.kind} {self.at.isoformat()} {self.what}"


def deadlines(situation: Situation, policy: Policy) -> tuple[Deadline, ...]:
    """Return all deadlines of a situation, the earliest first."""
    return _in_order(situation, policy, None)


def _in_order(situation: Situation, policy: Policy, most: int | None) -> tuple[Deadline, ...]:
    """Return the deadlines, the earliest first; with `most`, at most that many of each clock and each silence."""
    found = [*_clocks(situation, policy, most), *_silences(situation, policy, most), *_on_call_runs(situation)]
    if change := after_hours.next_change(situation, policy):
        found.append(Deadline(change[0], "hours", change[1], "a reply to the customer"))
    for at, what, unless in queueing.deadlines(situation, policy):
        found.append(Deadline(at, "queue", what, unless, situation.queue_entry))
    for at, what, unless in named_person.deadlines(situation, policy):
        found.append(Deadline(at, "person", what, unless))
    if (entry := situation.queue_entry) is not None and entry.state != "owned" and entry.look_at is not None:
        what = f"the queue of {policy.team_name(entry.team)} is asked whether it knows of this place"
        found.append(Deadline(entry.look_at, "place", what, "a word from the team", entry))
    if (awaited := coming.deadline(situation, policy)) is not None:
        at, what, unless = awaited
        found.append(Deadline(at, "handoff", what, unless))
    if situation.waiting.callback_at is not None:
        found.append(
            Deadline(situation.waiting.callback_at, "callback", "the customer is called back", "a public reply")
        )
    if situation.lifecycle.held_until is not None:
        found.append(Deadline(situation.lifecycle.held_until, "hold", "the hold ends", "a release"))
    if situation.lifecycle.snoozed_until is not None:
        found.append(
            Deadline(situation.lifecycle.snoozed_until, "snooze", "the snooze ends", "a message from the customer")
        )
    if situation.on_call.incident is not None and (show_at := situation.on_call.incident.show_at) is not None:
        what = "the incident's messages are brought up to date"
        found.append(Deadline(show_at, "incident", what, "the end of the incident"))
    if (outage := situation.outages.link) is not None:
        what = f"the outage {outage.name} is taken for over"
        found.append(Deadline(outage.until, "outage", what, "news of the outage"))
    if situation.lifecycle.closes_at is not None:
        found.append(Deadline(situation.lifecycle.closes_at, "close", "the conversation closes", "a new message"))
    return tuple(sorted(found, key=lambda deadline: deadline.at))


def next_deadline(situation: Situation, policy: Policy, left_out: LeftOut = NOTHING) -> Deadline | None:
    """Return the earliest deadline that is not set aside, or None."""
    return next(_ahead(situation, policy, left_out), None)


def why_nothing(situation: Situation, policy: Policy) -> str:
    """Return why nothing is ahead though the customer waits; "" where no customer waits, or something is ahead."""
    if not situation.is_waiting or next_deadline(situation, policy) is not None:
        return ""
    clock = next((clock for clock in situation.sla.open_clocks if clock.kind.is_answer), None)
    if clock is None:
        return f"{policy.team_name(situation.responsible.team)} has promised no time for an answer"
    if clock.state == "breached":
        return f"{clock.kind.title} is late, and no person is called any more"
    return f"{clock.kind.title} stands still"


def advance(turn: Turn, until: datetime, *, inclusive: bool, limit: int = NO_LIMIT) -> bool:
    """Let time pass: reach every deadline before `until` (at it, too, where `inclusive`), each at its own instant.

    Returns False where the turn has taken `limit` steps before that: the other deadlines are still ahead. Raises
    `CouldNotBeJudgedError` with the deadline that could not be reached; then the turn is of no use any more.
    """
    for _ in range(_LIMIT):
        ahead = _next_but_closing(turn)
        if ahead is None or ahead.at > until or (ahead.at == until and not inclusive):
            return True
        if turn.spent >= limit:
            return False
        turn.spend(DEADLINE)
        with blaming("deadline", ahead.id, ahead.what, turn.left_out):
            _reach(turn, ahead)
    turn.record("rule_budget_tripped", f"{_LIMIT} deadlines passed at once: check the policy's spans")
    return True


def _next_but_closing(turn: Turn) -> Deadline | None:
    found = _ahead(turn.situation, turn.policy, turn.left_out)
    return next((ahead for ahead in found if ahead.kind != "close"), None)


def _ahead(situation: Situation, policy: Policy, left_out: LeftOut) -> Iterator[Deadline]:
    """Return the deadlines in order, without those set aside.

    Where none is set aside, only the next of each clock and each silence is looked at: the others come later.
    """
    found = _in_order(situation, policy, None if left_out.ids else 1)
    return (ahead for ahead in found if ahead.id not in left_out.ids)


def _reach(turn: Turn, deadline: Deadline) -> None:
    at = max(deadline.at, turn.situation.at)
    turn.begin(at, _cause(deadline, at))
    turn.change(Situation, deadline_at=turn.at)
    match deadline.subject, deadline.mark:
        case Clock() as clock, Mark() as mark:
            sla.reach(turn, clock, mark)
            due = clock.due_at.isoformat() if clock.due_at else ""
            facts = ClockFacts(clock=clock.name, percent=mark.percent, team=turn.situation.responsible.team, due_at=due)
            rules.fire(turn, facts, f"clock:{clock.name}@{mark.percent}")
        case Clock() as clock, _ if (late := deadline.late) is not None:
            rules.fire(turn, overtime.reach(turn, clock, late), late.overtime.topic)
        case Clock() as clock, None:
            sla.end_pause(turn, clock)
        case OnCallRun() as run, _ if run.incident:
            storms.reach_deadline(turn, run)
        case OnCallRun() as run, _:
            ladder.reach_deadline(turn, run)
        case Silence() as kept, _ if (wait := deadline.wait) is not None:
            silence.reach(turn, kept, wait)
            if wait.every:
                turn.updates[turn.cause] = f"{kept.name}@{kept.key}", wait.topic
            rules.fire(turn, WaitingFacts(wait.after // timedelta(minutes=1), wait.times), wait.topic)
        case _ if deadline.kind == "hold":
            lifecycle.hold_over(turn)
        case _ if deadline.kind == "snooze":
            lifecycle.wake(turn, "its time is over")
        case _ if deadline.kind == "queue":
            queueing.reach_deadline(turn)
        case _ if deadline.kind == "person":
            named_person.reach_deadline(turn)
        case _ if deadline.kind == "place":
            queueing.check_entry(turn)
        case _ if deadline.kind == "handoff":
            coming.reach_deadline(turn)
        case _ if deadline.kind == "callback":
            lifecycle.callback_due(turn)
        case _ if deadline.kind == "incident":
            storms.show(turn)
        case _ if deadline.kind == "outage":
            joining.reach_deadline(turn)
        case _:
            pass  # the business hours changed; `follow` below looks at them after every deadline
    consequences.follow(turn)


def overtaken(turn: Turn) -> frozenset[str]:
    """Return the keys of warnings that came too late: the promise has ended, or people hear of something worse.

    Happens after an outage, or when a late fact changes the past. The timeline keeps the warning at its instant.
    """
    notices = [effect for effect in turn.effects if isinstance(effect, Notify)]
    is_late: dict[str, bool] = {}
    for moments, is_over in _told_in_order(turn) if notices else ():
        is_told = False
        for cause, topic in reversed(moments):
            asked = _asked_at(cause, topic, turn, notices)
            for notice in asked if not topic.endswith("@100") else ():
                if not notice.page:
                    is_late.setdefault(notice.key, is_told or is_over)
            is_told = is_told or bool(asked)
    return frozenset(key for key, late in is_late.items() if late) | _overtaken_updates(turn)


def _overtaken_updates(turn: Turn) -> frozenset[str]:
    """Return the keys of words about a wait that came too late: it is over, or the next words about it came with them.

    Also in an outage, the customer then reads one message and not each that was due meanwhile.
    """
    waits = {f"{kept.name}@{kept.key}" for kept in turn.situation.sla.silences}
    latest = {series: cause for cause, series in turn.updates.items()}
    return frozenset(
        effect.key
        for effect in turn.effects
        if isinstance(effect, SendReply | Notify)
        and (series := turn.updates.get(turn.causes[effect.key])) is not None
        and (latest[series] != turn.causes[effect.key] or series[0] not in waits)
    )


def _told_in_order(turn: Turn) -> Iterator[tuple[list[tuple[Cause, str]], bool]]:
    """Yield for each promise and each silence the moments that it has reached, the worst last, and whether it is over.

    A moment is its cause with its topic. Of silences, moments were all told before edition 3.
    """
    sla_now, policy = turn.situation.sla, turn.policy
    for clock in sla_now.clocks:
        shares = [Late(Overtime(clock.name, share)) for share in sorted(clock.reached) if share <= 100]
        lates = (*shares, *overtime.passed(clock))
        yield [(late.cause(clock), late.overtime.topic) for late in lates], not clock.is_open
    for kept in sla_now.silences if turn.situation.edition >= 3 else ():
        yield [(_cause_of(kept, wait), wait.topic) for wait in silence.passed(kept, policy)], False


def _asked_at(cause: Cause, topic: str, turn: Turn, notices: Sequence[Notify]) -> list[Notify]:
    """Return the notices of rules that listen to this topic, for this cause."""
    names = {listener.rule.name for listener in turn.policy.listeners.get(topic, ())}
    return [notice for notice in notices if turn.causes[notice.key] == cause and notice.because in names]


def _cause(deadline: Deadline, at: datetime) -> Cause:
    """Return the cause of a deadline, part of its effects' keys. `at` is when it is reached: its time, or later."""
    match deadline.subject, deadline.mark:
        case Clock() as clock, Mark() as mark:
            return Cause.of_share(clock.name, mark.percent, clock.started_at)
        case Clock() as clock, _ if deadline.late is not None:
            return deadline.late.cause(clock)
        case Clock() as clock, None:
            return Cause.of_deadline("pause", clock.name, at=deadline.at)
        case OnCallRun() as run, _ if run.incident:
            return Cause.of_deadline("incident", run.step_id, at=at)
        case OnCallRun() as run, _:
            return Cause.of_deadline("wait" if run.lease_until is None else "lease", run.step_id)
        case Silence() as kept, _:
            return _cause_of(kept, deadline.wait)
        case QueueEntry() as entry, _ if deadline.kind == "place":
            return Cause.of_deadline("place", entry.ticket, at=at)
        case QueueEntry() as entry, _:  # a person's time may be over at the very instant at which another team's begins
            return Cause.of_deadline("queue", entry.team, entry.state, at=deadline.at)
        case None, _:  # a callback promised again for a time that has passed is due again
            return Cause.of_deadline(deadline.kind, at=at if deadline.kind == "callback" else deadline.at)


def _cause_of(kept: Silence, wait: Wait | None) -> Cause:
    return Cause.of_deadline(kept.name, wait.told if wait else "", at=kept.key)


def _clocks(situation: Situation, policy: Policy, most: int | None) -> list[Deadline]:
    found: list[Deadline] = []
    for clock in situation.sla.open_clocks:
        for mark in clock.marks[:most]:
            how = "breached" if mark.percent == 100 else f"at risk ({mark.percent}%)"
            found.append(Deadline(mark.at, "clock", f"{clock.kind.title} {how}", clock.kind.unless, clock, mark))
        for instants in overtime.ahead(situation, clock, policy):
            for late, at in islice(instants, most):
                what = f"{clock.kind.title} still owed: {late.title(clock)}"
                found.append(Deadline(at, "clock", what, clock.kind.unless, clock, late=late))
        if (ends_at := sla.pause_ends_at(situation, clock, policy)) is not None:
            what = f"{clock.kind.title} runs on: its pause has used up its budget"
            found.append(Deadline(ends_at, "pause", what, "the end of the pause", clock))
    return found


def _silences(situation: Situation, policy: Policy, most: int | None) -> list[Deadline]:
    return [
        Deadline(at, "silence", silence.title(kept, wait), silence.UNLESS[kept.name], kept, wait=wait)
        for kept, ends in silence.spans_ahead(situation, policy)
        for wait, at in islice(ends, most)
    ]


def _on_call_runs(situation: Situation) -> list[Deadline]:
    waits = [
        Deadline(run.next_at, "page", f"{run.escalation}: next step", "an acknowledgement", run)
        for run in situation.on_call.running
        if run.next_at is not None and not run.is_put_off(is_paused=situation.lifecycle.is_paused)
    ]
    leases = [
        Deadline(run.lease_until, "page", f"{run.escalation} goes on", f"an answer by {run.acknowledged_by}", run)
        for run in situation.on_call.runs
        if run.lease_until is not None and situation.is_waiting
    ]
    incidents = [
        Deadline(run.heard_by, "page", f"{run.incident} is looked after", "the end of the incident", run)
        for run in situation.on_call.running
        if run.heard_by is not None and not run.is_put_off(is_paused=situation.lifecycle.is_paused)
    ]
    return [*waits, *leases, *incidents]
