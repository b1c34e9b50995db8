"""Effects on their way out: in lanes, one per outside system, in order within a lane.

Promises that a system that is down delays its own effects only, and that nothing is lost between runs: `waiting` has
everything not yet confirmed. Must not know what an effect means.
"""

import asyncio
from collections.abc import Callable, Iterable

from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError

from activities.accepted import Accepted
from activities.ledger import LedgerBatch
from policies.effects import AnyEffect
from workflows.backlog import GIVEN_UP, given_up
from workflows.performing import lane_of, perform


class Outbox:
    """Holds effects until the outside world has them; `accepted` and `failed` are told of each."""

    def __init__(
        self,
        waiting: Iterable[AnyEffect],
        accepted: Callable[[AnyEffect, Accepted], None],
        failed: Callable[[AnyEffect, str], None],
        unwritten: Callable[[], LedgerBatch],
    ) -> None:
        self._lanes: dict[str, list[AnyEffect]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._accepted = accepted
        self._failed = failed
        self._unwritten = unwritten
        self.is_closed = False
        self.put(waiting)

    def put(self, effects: Iterable[AnyEffect]) -> None:
        """Queue effects; nothing leaves before `send`."""
        for effect in effects:
            self._lanes.setdefault(lane_of(effect), []).append(effect)

    def send(self) -> None:
        """Start a lane's delivery where it has something to deliver and is not under way; give up what is too much."""
        for effect in given_up(self.waiting, [effects[0] for effects in self._lanes.values() if effects]):
            self._lanes[lane_of(effect)].remove(effect)
            self._failed(effect, GIVEN_UP)
        for lane, effects in self._lanes.items():
            task = self._tasks.get(lane)
            if effects and not self.is_closed and (task is None or task.done()):
                self._tasks[lane] = asyncio.create_task(self._deliver(effects))

    def close(self) -> None:
        """Let nothing more leave in this run; what is under way may end."""
        self.is_closed = True

    @property
    def waiting(self) -> tuple[AnyEffect, ...]:
        """Everything not confirmed yet, those under way first in each lane."""
        return tuple(effect for lane in self._lanes.values() for effect in lane)

    @property
    def is_under_way(self) -> bool:
        """Whether an activity is running."""
        return any(not task.done() for task in self._tasks.values())

    async def _deliver(self, effects: list[AnyEffect]) -> None:
        """One lane until it is empty. An effect leaves the queue only once its fate is known."""
        while effects and not self.is_closed:
            effect = effects[0]
            try:
                accepted = await perform(effect, self._unwritten)
            except ActivityError as error:
                effects.remove(effect)
                self._failed(effect, _why(error))
            else:
                effects.remove(effect)
                self._accepted(effect, accepted)


def _why(error: ActivityError) -> str:
    """The innermost cause as a sentence: what the outside system said, or that time ran out."""
    cause: BaseException | None = error.cause
    while isinstance(cause, TimeoutError) and cause.cause is not None:
        cause = cause.cause
    if isinstance(cause, ApplicationError):
        return cause.message
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    return str(cause or error)
