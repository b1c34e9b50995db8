"""How long Baton waits for the outside world, and how often it asks again: named, each with its why.

Must not know which effect uses what; that is for `performing`.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio.common import RetryPolicy


@dataclass(frozen=True, slots=True)
class Patience:
    """`attempt_within` bounds one try; `give_up_after` all of them together, with the waits in between.

    A try that takes long says every now and then that it lives; without a word for `heartbeat_within` another begins.
    """

    attempt_within: timedelta
    give_up_after: timedelta
    retry: RetryPolicy
    heartbeat_within: timedelta | None = None


_GENTLE = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=1)
)

DESK = Patience(timedelta(seconds=20), timedelta(days=3), _GENTLE)
"""A helpdesk may be down for a weekend; an assignment or a note is still worth making then."""

_URGENT = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=30)
)
"""With the time of an attempt, somebody who can be reached again is called within a minute."""

CALL = Patience(timedelta(seconds=15), timedelta(hours=2), _URGENT)
"""The ladder goes on meanwhile, and a call that is not needed any more is taken back. What has been overtaken by later
steps is still worth making while nobody has come; after two hours, other calls of the ladder have been made."""

SLACK = Patience(timedelta(seconds=15), timedelta(hours=1), _GENTLE)
"""What a notice or an outcome says is old after an hour."""

LISTING = Patience(timedelta(seconds=15), timedelta(days=1), _GENTLE)
"""Thousands of lines take Slack minutes, and nobody waits for them."""

LETTING_GO = Patience(timedelta(minutes=10), timedelta(days=30), _GENTLE, heartbeat_within=timedelta(seconds=30))
"""Thousands of conversations are told one by one. Whoever is not told calls nobody, so this is never given up."""

ASKING = Patience(timedelta(seconds=10), timedelta(minutes=9), _GENTLE)
"""A ladder waits ten minutes for an answer whether somebody calls in its place (`policies.storms`)."""

TELLING = Patience(timedelta(seconds=20), timedelta(hours=1), _GENTLE)
"""Only Temporal itself takes part. A place that was not asked for in time is looked for
(`policies.queues.keeping_place`), and a merge of which no other conversation heard is undone."""

TELLING_MANY = Patience(timedelta(seconds=20), timedelta(seconds=30), _GENTLE)
"""Where not one conversation of a batch could be told, what comes after it gets its turn."""

TELLING_AGAIN = Patience(timedelta(seconds=20), timedelta(minutes=5), _GENTLE)
"""Beside everything else: to conversations that could not be told at first."""

FINDING = Patience(timedelta(seconds=15), timedelta(minutes=2), _GENTLE)
"""The queue of a team answers at once or not at all; a look that failed is repeated, and people hear."""

ASKING_AFTER = Patience(timedelta(minutes=1), timedelta(minutes=10), _GENTLE)
"""Of a hundred conversations, whether they run; the next look comes an hour later."""

CHANNEL = Patience(timedelta(seconds=15), timedelta(minutes=3), _GENTLE)
"""Apprise does not tell a wrong address from a gateway that is down, and the lead should know of a wrong one soon."""

LOOK_UP = Patience(
    timedelta(seconds=5), timedelta(minutes=5), RetryPolicy(initial_interval=timedelta(milliseconds=200))
)
"""In-process and quick; a failure is a bug of this worker, and another one may do better."""

CHECK = Patience(timedelta(seconds=20), timedelta(seconds=20), RetryPolicy(maximum_attempts=2))
"""Judging a policy takes some hundred milliseconds in a thread; its sender waits for the answer."""

LOOK_UP_AGAIN = timedelta(minutes=1)
"""After a look-up was given up at the start: without a policy a conversation can do nothing but ask again."""

ADOPT = Patience(timedelta(seconds=5), timedelta(seconds=10), RetryPolicy(initial_interval=timedelta(milliseconds=200)))
"""The conversation waits for the policy it shall adopt, and so does who asked: better refused than late promises."""

RECORD = Patience(timedelta(seconds=2), timedelta(seconds=4), RetryPolicy(maximum_attempts=1))
"""The ledger is tried again at the next occasion, so that a dead database costs no history."""

LAST_RECORD = Patience(timedelta(seconds=20), timedelta(days=30), _GENTLE)
"""Before a conversation closes its ledger must be complete: this waits for the database."""

UNDERSTAND = Patience(
    timedelta(seconds=1),
    timedelta(minutes=1),
    RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_attempts=2),
)
"""Takes a millisecond. Workers may be away for a minute; what is understood later than that has been overtaken."""

CONTEXT = Patience(
    timedelta(seconds=2),
    timedelta(seconds=3),
    RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=2),
)
"""Sources are waited for a fraction of a second each, so only a worker that died needs another try. Somebody waits for
the briefing: what is not known after three seconds is better named as missing than waited for."""

SETTLE = timedelta(seconds=8)
"""Before continuing as new: what is under way may finish, so that it need not be repeated."""

PAUSE = timedelta(seconds=2)
"""A run waits so long for a moment without new facts in which to end, then judges what came in. With `SETTLE`, ten."""
