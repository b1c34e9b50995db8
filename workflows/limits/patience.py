"""How long Baton waits for the outside world, and how often it asks again: a name and a reason for each.

Must not know which effect uses which patience; `performing` says that.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio.common import RetryPolicy


@dataclass(frozen=True, slots=True)
class Patience:
    """The bounds of a call to the outside world.

    `attempt_within` bounds one try, `give_up_after` all tries and waits together.
    A try that takes long sends heartbeats; when none comes for `heartbeat_within`, another try begins.
    """

    attempt_within: timedelta
    give_up_after: timedelta
    retry: RetryPolicy
    heartbeat_within: timedelta | None = None


_GENTLE = RetryPolicy(maximum_interval=timedelta(minutes=1))
"""The pauses grow from a second, to twice as long each time."""

DESK = Patience(timedelta(seconds=20), timedelta(days=3), _GENTLE)
"""A helpdesk may be down for a weekend; an assignment or a note is still worth making then."""

_URGENT = RetryPolicy(maximum_interval=timedelta(seconds=30))
"""Even with the time of one attempt, a person who can be reached again is called within a minute."""

CALL = Patience(timedelta(seconds=15), timedelta(hours=2), _URGENT)
"""The ladder goes on while a call is tried, and a call that is not needed any more is taken back.

A call that later steps have overtaken is still worth making while no person has come; after two hours, the ladder has
made other calls.
"""

SLACK = Patience(timedelta(seconds=15), timedelta(hours=1), _GENTLE)
"""The text of a notice or an outcome is out of date after an hour."""

LISTING = Patience(timedelta(seconds=15), timedelta(days=1), _GENTLE)
"""Slack takes minutes to take thousands of lines, and no person waits for them."""

LETTING_GO = Patience(timedelta(minutes=10), timedelta(days=30), _GENTLE, heartbeat_within=timedelta(seconds=30))
"""The end of an incident is told to thousands of conversations one by one.

A conversation that is not told calls no one, so this is never given up.
"""

ASKING = Patience(timedelta(seconds=10), timedelta(minutes=9), _GENTLE)
"""A ladder waits ten minutes to hear whether an incident calls in its place (`policies.storms`)."""

TELLING = Patience(timedelta(seconds=20), timedelta(hours=1), _GENTLE)
"""Only Temporal itself takes part.

A queue entry that was not asked for in time is looked for (`policies.queues.entry_check`), and a merge that the other
conversation never heard of is undone.
"""

TELLING_MANY = Patience(timedelta(seconds=20), timedelta(seconds=30), _GENTLE)
"""Where no conversation of a batch could be told, the next batch gets its turn."""

TELLING_AGAIN = Patience(timedelta(seconds=20), timedelta(minutes=5), _GENTLE)
"""For conversations that could not be told at first; runs beside everything else."""

OUTAGE_CHECK = Patience(timedelta(seconds=20), timedelta(minutes=2), _GENTLE)
"""A check needs no other system. An outage whose check fails is opened anyway: people wait for it."""

OUTAGE_NEWS = Patience(timedelta(minutes=5), timedelta(minutes=10), _GENTLE, heartbeat_within=timedelta(minutes=1))
"""Ten thousand conversations are told within a minute. News that were given up are told again, newer ones first."""

FINDING = Patience(timedelta(seconds=15), timedelta(minutes=2), _GENTLE)
"""A team's queue answers at once or not at all. A look-up that failed is repeated, and people are told."""

ASKING_AFTER = Patience(timedelta(minutes=1), timedelta(minutes=10), _GENTLE)
"""Finds out which of a hundred conversations still run; the next look comes an hour later."""

CHANNEL = Patience(timedelta(seconds=15), timedelta(minutes=3), _GENTLE)
"""Apprise can't tell a wrong address from a gateway that is down, and the lead should hear of a wrong address soon."""

LOOK_UP = Patience(
    timedelta(seconds=5), timedelta(minutes=5), RetryPolicy(initial_interval=timedelta(milliseconds=200))
)
"""Runs inside the worker and is quick; a failure is a bug of this worker, and another worker may do better."""

CHECK = Patience(timedelta(seconds=20), timedelta(seconds=20), RetryPolicy(maximum_attempts=2))
"""Checking a policy takes some hundred milliseconds in a thread; its sender waits for the answer."""

LOOK_UP_AGAIN = timedelta(minutes=1)
"""The pause after a look-up was given up at the start: without a policy a conversation can only ask again."""

ADOPT = Patience(timedelta(seconds=5), timedelta(seconds=10), RetryPolicy(initial_interval=timedelta(milliseconds=200)))
"""The conversation waits for the policy to adopt, and so does the caller. A refusal is better than late promises."""

RECORD = Patience(timedelta(seconds=2), timedelta(seconds=4), RetryPolicy(maximum_attempts=1))
"""One try: the ledger is written again at the next occasion, so that a database that is down costs no history."""

LAST_RECORD = Patience(timedelta(seconds=20), timedelta(days=30), _GENTLE)
"""Before a conversation closes, its ledger must be complete: this waits for the database."""

UNDERSTAND = Patience(
    timedelta(seconds=1),
    timedelta(minutes=1),
    RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_attempts=2),
)
"""Reading a message takes a millisecond.

Workers may be away for a minute; after that, its result would come too late.
"""

CONTEXT = Patience(
    timedelta(seconds=2),
    timedelta(seconds=3),
    RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=2),
)
"""Each source gets a fraction of a second, so only a worker that died needs another try.

An agent waits for the briefing: a source that has not answered after three seconds is better named as missing than
waited for.
"""

RECALL = Patience(
    timedelta(seconds=2),
    timedelta(minutes=1),
    RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=2),
)
"""An attempt answers within a second; only a worker that died needs another one, and nothing waits for it."""

FORGET = Patience(timedelta(seconds=20), timedelta(days=30), _GENTLE)
"""A customer who does not agree any more has a right to it, however long the database is away."""

SETTLE = timedelta(seconds=8)
"""The wait before continuing as new: activities under way may finish, so that they need not be repeated."""

PAUSE = timedelta(seconds=2)
"""The longest that a run waits for a moment without new facts in which to end; then it judges what came in.

Together with `SETTLE`, that is ten seconds.
"""
