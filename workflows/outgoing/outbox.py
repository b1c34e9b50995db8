"""Effects on their way out: in lanes, in order within a lane, with all lanes at the same time.

Promises that a target that is down delays nothing meant for others, that a call waits for no notice, that an effect
which is not wanted any more is taken back, and that nothing is lost between runs: `waiting` has everything not yet
confirmed. Must not know what an effect means.
"""

import asyncio
from collections.abc import Callable, Iterable

from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError

from activities.effects.accepted import Accepted
from activities.ledger.lines import LedgerBatch
from policies.state.effects import AnyEffect
from workflows.outgoing.backlog import GIVEN_UP, given_up
from workflows.outgoing.performing import perform


class Outbox:
    """Holds effects until the outside world has them.

    `accepted`, `failed` and `withdrawn` are called for each outcome.
    """

    def __init__(
        self,
        waiting: Iterable[AnyEffect],
        accepted: Callable[[AnyEffect, Accepted], None],
        failed: Callable[[AnyEffect, str], None],
        withdrawn: Callable[[AnyEffect], None],
        unwritten: Callable[[], LedgerBatch],
    ) -> None:
        self._lanes: dict[str, list[AnyEffect]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._under_way: dict[str, AnyEffect] = {}
        self._recalled: set[str] = set()
        self._accepted = accepted
        self._failed = failed
        self._withdrawn = withdrawn
        self._unwritten = unwritten
        self.is_held = False
        """True where no more effects may leave; those under way may end."""
        self.put(waiting)

    def put(self, effects: Iterable[AnyEffect]) -> None:
        """Queue effects. Nothing leaves before `send`.

        A lane that has become empty begins anew behind the others, as if a round had forgotten it. A worker that plays
        a history joins a workflow task without commands with the next one, and so has one round where there were two.
        """
        for effect in effects:
            lane = effect.lane
            if not self._lanes.get(lane) and self._is_idle(lane):
                self._lanes.pop(lane, None)
            self._lanes.setdefault(lane, []).append(effect)

    def withdraw(self, unwanted: Iterable[AnyEffect]) -> None:
        """Take back effects that wait. An attempt under way may end first, and counts where it succeeds."""
        for effect in unwanted:
            lane = effect.lane
            if self._under_way.get(lane) is not effect:
                self._lanes[lane].remove(effect)
                self._withdrawn(effect)
            elif effect.key not in self._recalled:
                self._recalled.add(effect.key)
                self._tasks[lane].cancel()

    def send(self) -> None:
        """Start to deliver each lane that has effects and is not under way. Gives up notices where too many wait."""
        for effect in given_up(self.waiting, [effects[0] for effects in self._lanes.values() if effects]):
            self._lanes[effect.lane].remove(effect)
            self._failed(effect, GIVEN_UP)
        self._forget_empty_lanes()
        for lane, effects in self._lanes.items():
            if lane not in self._tasks and not self.is_held:
                self._tasks[lane] = asyncio.create_task(self._deliver(lane, effects))

    @property
    def waiting(self) -> tuple[AnyEffect, ...]:
        """Everything not confirmed yet; in each lane, the effect under way comes first."""
        return tuple(effect for lane in self._lanes.values() for effect in lane)

    @property
    def is_under_way(self) -> bool:
        """True where an activity is running."""
        return any(not task.done() for task in self._tasks.values())

    def _is_idle(self, lane: str) -> bool:
        return lane not in self._tasks or self._tasks[lane].done()

    def _forget_empty_lanes(self) -> None:
        """Forget lanes without effects: each target and each call has a lane, and a conversation may live for long."""
        for lane in [lane for lane, task in self._tasks.items() if task.done()]:
            del self._tasks[lane]
        for lane in [lane for lane, effects in self._lanes.items() if not effects and lane not in self._tasks]:
            del self._lanes[lane]

    async def _deliver(self, lane: str, effects: list[AnyEffect]) -> None:
        """Deliver one lane until it is empty. An effect leaves the queue only once its outcome is known."""
        while effects and not self.is_held:
            effect = self._under_way[lane] = effects[0]
            try:
                accepted = await perform(effect, self._unwritten)
            except ActivityError as error:
                self._leave(lane, effects, effect)
                self._not_performed(effect, _why(error))
            except asyncio.CancelledError:
                if effect.key not in self._recalled:
                    raise  # the worker drops the workflow from its memory
                self._leave(lane, effects, effect)
                self._not_performed(effect, "")  # recalled in the instant in which it ended
            else:
                self._leave(lane, effects, effect)
                self._recalled.discard(effect.key)
                self._accepted(effect, accepted)

    def _leave(self, lane: str, effects: list[AnyEffect], effect: AnyEffect) -> None:
        del self._under_way[lane]
        effects.remove(effect)

    def _not_performed(self, effect: AnyEffect, why: str) -> None:
        if effect.key in self._recalled:
            self._recalled.discard(effect.key)
            self._withdrawn(effect)
        else:
            self._failed(effect, why)


def _why(error: ActivityError) -> str:
    """Return the innermost cause as a sentence: what the outside system said, or that time ran out."""
    cause: BaseException | None = error.cause
    while isinstance(cause, TimeoutError) and cause.cause is not None:
        cause = cause.cause
    if isinstance(cause, ApplicationError):
        return cause.message
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    return str(cause or error)
