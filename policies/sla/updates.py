"""Updates: a silence that rules hear of again and again, further apart each time, and without an end.

Promises that a wait of any length costs few events: after every fourth time the next ones come half as often, down
to once in a working day. Counts in the team's business time. Must not know what a rule does about it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count, islice

from policies.document.document import Wait
from policies.running.policy import Policy
from policies.state.records.sla import Silence, WaitRepeats
from policies.state.situation import Situation
from policies.time.hours import BusinessHours

AT_ONE_PACE = 4
"""The number of times after which the next ones come half as often."""
SLOWEST = timedelta(hours=8)
"""The longest that two times are apart, unless the policy asks for more: once in a working day of a team."""
_AHEAD = 3
"""The times ahead that are looked at: the next one, and others where it is set aside."""


def spans(wait: Wait) -> Iterator[tuple[int, timedelta]]:
    """Yield the number of each time and how long the silence has lasted then, without an end."""
    lasted = wait.span
    for times in count(1):
        yield times, lasted
        lasted += min(wait.every * 2 ** min(times // AT_ONE_PACE, 32), max(wait.every, SLOWEST))


def ahead(s: Situation, silence: Silence, policy: Policy, hours: BusinessHours) -> Iterator[Iterator[Wait]]:
    """Yield for each silence that repeats its times ahead, the earliest first.

    Of those that already lie in the past, because the policy or the wait was another one then, only the last is left. A
    customer who chose a callback is told nothing until then.
    """
    if s.waiting.is_callback_chosen and s.waiting.callback_at is not None:
        return
    used = silence.spent_by(s.at, hours)
    for wait in policy.waits:
        if wait.every and wait.name == silence.name:
            yield islice(_from(wait, silence.times_repeated(wait.span, wait.every), used), _AHEAD)


def _from(wait: Wait, reached: int, used: timedelta) -> Iterator[Wait]:
    passed: Wait | None = None
    for times, lasted in spans(wait):
        this = wait._replace(times=times, lasted=lasted)
        if times <= reached:
            continue
        if lasted <= used:
            passed = this
            continue
        if passed is not None:
            yield passed
            passed = None
        yield this


def reached(silence: Silence, wait: Wait) -> Silence:
    """Return the silence with this time of its repeats noted."""
    others = tuple(each for each in silence.repeated if (each.first, each.every) != (wait.span, wait.every))
    return replace(silence, repeated=(*others, WaitRepeats(wait.span, wait.every, wait.times)))
