"""Which deliveries Slack has refused only because it was asked too often.

Promises that such a refusal spares the look for an earlier message, which is a call that Slack limits more than
messages: nothing was posted. Anything else may have happened in between only by another attempt, so this is said to the
very next one alone.
"""

from typing import NamedTuple

from temporalio import activity

from activities.effects.recent import Recent


class _Try(NamedTuple):
    run: str
    activity: str
    attempt: int


class Refusals:
    """As one worker knows them; another one looks."""

    def __init__(self) -> None:
        self._followed_by = Recent[_Try]()

    def add(self, key: str) -> None:
        """This attempt was refused, having made sure that none before had posted the message."""
        self._followed_by[key] = _this_try(later=1)

    def was_just_refused(self, key: str) -> bool:
        """Whether the attempt before this one was refused; asked once."""
        return self._followed_by.pop(key, None) == _this_try()


def _this_try(later: int = 0) -> _Try:
    info = activity.info()
    return _Try(info.workflow_run_id or "", info.activity_id, info.attempt + later)
