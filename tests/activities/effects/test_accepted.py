"""The times of confirmations."""

import time
from datetime import datetime, timedelta

from temporalio import activity

from activities.effects.accepted import Accepted
from activities.effects.accepted import Attempt as OneAttempt
from tests.activities.conftest import STARTED_AT, Attempt


@activity.defn
async def _inner() -> Accepted:
    return OneAttempt().accepted("there")


@activity.defn
async def _outer() -> list[datetime]:
    attempt, times = OneAttempt(), list[datetime]()
    for _ in range(20):
        times += [attempt.now, (await _inner()).accepted_at]
    return times


async def test_an_activity_that_calls_another_one_is_one_attempt(attempt: Attempt) -> None:
    """An activity that has another one do something confirms it at the time at which it was done."""
    times = await attempt(_outer)
    assert sorted(times) == times


async def test_each_attempt_counts_anew(attempt: Attempt) -> None:
    """A confirmation counts from the start of its own attempt, not from that of an earlier one in the same process."""
    await attempt(_outer)
    before = time.monotonic()
    accepted = await attempt(_inner)
    assert accepted.accepted_at - STARTED_AT <= timedelta(seconds=time.monotonic() - before)
