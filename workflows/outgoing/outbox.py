"""Effects on their way out: in lanes, in order within a lane, with all lanes at the same time.

Promises that a target that is down delays nothing meant for others, that a call waits for no notice, that an effect
which is not wanted any more is taken back, and that nothing is lost between runs: `waiting` has everything not yet
confirmed. Must not know what an effect means.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError

from activities.effects.accepted import Accepted
from activities.ledger.lines import LedgerBatch
from policies.state.effects import AnyEffect
from workflows.outgoing.backlog import GIVEN_UP, given_up
from workflows.outgoing.performing import goes_together, perform


class Outbox:
    """Holds effects until the outside world has them.

    `accepted`, `failed` and `withdrawn` are called for each outcome. `may_join` returns whether effects that wait
    together for the helpdesk may leave together.
    """

    def __init__(
        self,
        waiting: Iterable[AnyEffect],
        accepted: Callable[[AnyEffect, Accepted], None],
        failed: Callable[[AnyEffect, str], None],
        withdrawn: Callable[[AnyEffect], None],
        unwritten: Callable[[], LedgerBatch],
        may_join: Callable[[], bool] = lambda: False,
    ) -> None:
        self._lanes: dict[str, list[AnyEffect]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._under_way: dict[str, Sequence[AnyEffect]] = {}
        self._recalled: set[str] = set()
        self._accepted = accepted
        self._failed = failed
        self._withdrawn = withdrawn
        self._unwritten = unwritten
        self._may_join = may_join
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
        """Take back effects that wait. An attempt under way may end first, and counts where it succeeds.

        What goes out together is not taken back.
        """
        for effect in unwanted:
            lane = effect.lane
            going = self._under_way.get(lane, ())
            if effect not in going:
                self._lanes[lane].remove(effect)
                self._withdrawn(effect)
            elif len(going) == 1 and effect.key not in self._recalled:
                self._recalled.add(effect.key)
                self._tasks[lane].cancel()

    def send(self) -> None:
        """Start to deliver each lane that has effects and is not under way. Gives up notices where too many wait."""
        first = [effects[0] for effects in self._lanes.values() if effects]
        for effect in given_up(self.waiting, [*first, *chain(*self._under_way.values())]):
            self._lanes[effect.lane].remove(effect)
            self._failed(effect, GIVEN_UP)
        self._forget_empty_lanes()
        for lane, effects in self._lanes.items():
            if lane not in self._tasks and not self.is_held:
                self._tasks[lane] = asyncio.create_task(self._deliver(lane, effects))

    @property
    def waiting(self) -> tuple[AnyEffect, ...]:
        """Everything not confirmed yet; in each lane, what is under way comes first."""
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
            going = self._under_way[lane] = goes_together(effects) if self._may_join() else effects[:1]
            accepted: Sequence[Accepted] = ()
            why = ""
            try:
                accepted = await perform(going, self._unwritten)
            except ActivityError as error:
                why = _why(error)
            except asyncio.CancelledError:
                if going[0].key not in self._recalled:
                    raise  # the worker drops the workflow from its memory
            del self._under_way[lane]
            for effect in going[: len(accepted) or 1]:  # the others go again
                effects.remove(effect)
            self._tell(going, accepted, why)

    def _tell(self, going: Sequence[AnyEffect], accepted: Sequence[Accepted], why: str) -> None:
        """Tell the outcome of each effect that has one: of those accepted, or of the first alone."""
        is_recalled = going[0].key in self._recalled
        self._recalled.discard(going[0].key)
        for effect, confirmation in zip(going, accepted, strict=False):
            self._accepted(effect, confirmation)
        if not accepted and is_recalled:
            self._withdrawn(going[0])
        elif not accepted:
            self._failed(going[0], why)


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
