"""Remembers the deliveries that Slack has refused only because it was asked too often.

Promises that after such a refusal the next attempt need not look for an earlier message, a call that Slack limits more
than messages: nothing was posted. Only the very next attempt may rely on this, because any later one may follow another
attempt that did post.
"""

from typing import NamedTuple

from temporalio import activity

from activities.effects.recent import Recent


class _Try(NamedTuple):
    run: str
    activity: str
    attempt: int


class Refusals:
    """The refusals that one worker knows; another worker looks."""

    def __init__(self) -> None:
        self._followed_by = Recent[_Try]()

    def add(self, key: str) -> None:
        """Remember that this attempt was refused, after it made sure that no earlier one had posted the message."""
        self._followed_by[key] = _this_try(later=1)

    def was_just_refused(self, key: str) -> bool:
        """Return whether the attempt before this one was refused. Forgets the answer."""
        return self._followed_by.pop(key, None) == _this_try()


def _this_try(later: int = 0) -> _Try:
    info = activity.info()
    return _Try(info.workflow_run_id or "", info.activity_id, info.attempt + later)
