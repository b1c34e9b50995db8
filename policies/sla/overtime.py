"""Overtime: the business time of a promise after its breach, while it is still owed, and what rules hear of it.

Promises that it counts from the breach, and only while the clock runs: not on hold, in pauses or closed hours. It ends
with the promise; a span repeats at most `REPEATS` times. Must not know what a rule does about it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from policies.document.document import REPEATS, Overtime
from policies.document.part import format_span
from policies.running.facts import ClockFacts
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.keys import Cause
from policies.state.records.sla import Clock, Sla
from policies.state.situation import Situation

_NOTHING = timedelta(0)


class Late(NamedTuple):
    """One instant of a promise's overtime: after which span, and for a span that repeats, for which time."""

    overtime: Overtime
    times: int = 1

    def after(self, clock: Clock) -> timedelta:
        """Return the business time between the breach and this instant."""
        return self.overtime.every * self.times + clock.target * (self.overtime.percent - 100) / 100

    def title(self, clock: Clock) -> str:
        """Return how late the promise is: `150% of 20m used`, `30m after the breach`."""
        if self.overtime.every:
            return f"{format_span(self.after(clock))} after the breach"
        return f"{self.overtime.percent}% of {format_span(clock.target)} used"

    def cause(self, clock: Clock) -> Cause:
        """Return the cause of effects at this instant: each repeat is another one."""
        if self.overtime.every:
            return Cause.of_repeat(clock.name, self.overtime.every, self.times, clock.started_at)
        return Cause.of_share(clock.name, self.overtime.percent, clock.started_at)


def ahead(s: Situation, clock: Clock, policy: Policy) -> Iterator[Iterator[tuple[Late, datetime]]]:
    """Yield for each overtime that rules listen to its instants ahead, the earliest first.

    Of those that already lie in the past, because the policy or the clock was another one then, only the last is left.
    """
    wanted = policy.overtimes.get(clock.name, ())
    if clock.state != "breached" or not wanted:
        return
    used = clock.spent_by(s.at, policy.hours(clock.hours)) - _late_from(clock)
    shares = [late for each in wanted if not each.every and (late := Late(each)).overtime.percent not in clock.reached]
    passed = [late for late in shares if late.after(clock) <= used]
    yield _instants((late for late in shares if late not in passed[:-1]), clock, policy)
    for each in wanted:
        if each.every:
            first = max(clock.times_repeated(each.every) + 1, used // each.every)
            yield _instants((Late(each, times) for times in range(first, REPEATS + 1)), clock, policy)


def _instants(lates: Iterator[Late], clock: Clock, policy: Policy) -> Iterator[tuple[Late, datetime]]:
    for late in lates:
        at = clock.reaches(_late_from(clock) + late.after(clock), policy.hours(clock.hours))
        if at is not None:
            yield late, at


def reach(turn: Turn, clock: Clock, late: Late) -> ClockFacts:
    """Record that a broken promise is still owed so long after; return the facts that rules see."""
    overtime, times = late
    if overtime.every:
        changed = clock.with_repeats(overtime.every, times)
    else:
        changed = replace(clock, reached=(*clock.reached, overtime.percent))
    turn.change(Sla, clocks=turn.situation.sla.with_clock(changed))
    last = f"; the last of {REPEATS} times" if overtime.every and times == REPEATS else ""
    turn.record("clock_overdue", f"{clock.kind.title} still owed: {late.title(clock)}{last}", clock=clock.id)
    used = _late_from(clock) + late.after(clock)
    return ClockFacts(
        clock=clock.name,
        percent=used * 100 // clock.target,
        team=turn.situation.responsible.team,
        due_at=clock.due_at.isoformat() if clock.due_at else "",
        late_minutes=late.after(clock) // timedelta(minutes=1),
        times=times if overtime.every else 0,
    )


def passed(clock: Clock) -> list[Late]:
    """Return the instants of overtime that the clock has reached, the earliest first."""
    shares = [Late(Overtime(clock.name, share)) for share in clock.reached if share > 100]
    repeats = [
        Late(Overtime(clock.name, 100, each.every), times)
        for each in clock.repeated
        for times in range(1, each.times + 1)
    ]
    return sorted((*shares, *repeats), key=lambda late: late.after(clock))


def _late_from(clock: Clock) -> timedelta:
    return clock.target if clock.late_from is None else clock.late_from
