"""The frame that conversations and teams share: their loop, from the first task of a run to its end.

The loop ends in three ways: the workflow is over, it continues as new, or its input can't be read by this worker's
code. A cancellation does not end it, but becomes a line of the timeline. Promises that a run which ends has answered
every command, and hands on every fact that it has not judged. Must not know conversations or teams.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel
from temporalio import workflow
from temporalio.exceptions import FailureError

from activities.catalog import Begun, Catalog, PinnedPolicy, Resolved, pinned_of
from workflows.arrivals.arrivals import MOVING_ON, NO_POLICY_YET, Arrivals, RefusedError
from workflows.arrivals.beginning import CARRIED, EDITION_FIELD, UNREAD, Unread, lasting_run_timeout
from workflows.arrivals.handlers import Listener, only, refusal, takes_one_payload
from workflows.carrying.packing import packed_whole
from workflows.frame.guarded_state import GuardedState
from workflows.frame.sought_policy import SoughtPolicy
from workflows.limits.patience import ADOPT, LOOK_UP, LOOK_UP_AGAIN, PAUSE, SETTLE, Patience
from workflows.waits.alarm import Alarm
from workflows.waits.waiting import settle, until


class LoopEnd(Enum):
    """The reason why the loop ended."""

    OVER = "over"
    CONTINUES = "continues"


State = TypeVar("State", bound=GuardedState[Any])


class Shell(Listener, Generic[State]):
    """A workflow whose handlers store what arrives, and whose one loop does everything else."""

    arrivals: Arrivals
    _state: State
    _unread: Unread
    _alarm: Alarm
    _is_nudged = _is_to_retry = _is_to_move_on = False

    @workflow.signal(name="nudge", description="Look at the time again: {}. Changes nothing where all is well")
    @takes_one_payload
    def nudge(self, *_inputs: Any) -> None:
        """Do what has come due, set the alarm again, and publish and send everything anew. `baton audit` sends this."""
        self._is_nudged = True

    @workflow.signal(name="retry", description="Judge again what could not be judged: {}")
    @takes_one_payload
    def retry(self, *_inputs: Any) -> None:
        """Continue as new at once, so that everything set aside is judged again. `baton retry` sends this."""
        self._is_to_retry = True

    @workflow.signal(name="move_on", description="Continue as new where the run has another edition: {edition}")
    @takes_one_payload
    def move_on(self, *inputs: Any) -> None:
        """Continue as new, so that the next run has the edition that its worker gives. Workers send this."""
        body = only(inputs)
        asked = cast("Mapping[str, Any]", body).get(EDITION_FIELD) if isinstance(body, Mapping) else None
        self._is_to_move_on = isinstance(asked, int) and asked != self._state.edition

    @abstractmethod
    async def loop(self) -> LoopEnd:
        """Judge what arrives and the deadlines that pass, until the run ends."""

    @abstractmethod
    def _is_awake(self) -> bool:
        """Return whether there is something to do."""

    @abstractmethod
    def was_cancelled(self) -> None:
        """Put the cancellation on the timeline. Called between two steps of the loop."""

    @abstractmethod
    def snapshot(self, pinned: PinnedPolicy) -> BaseModel:
        """Return everything that the next run needs."""

    @abstractmethod
    def fit(self, state: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """Return the state, fit for the server's limit, and a sentence on what was dropped; empty where nothing was."""

    def memo(self, _pinned: PinnedPolicy) -> Mapping[str, Any] | None:
        """Return what lists show of the next run from its beginning; None where they show nothing."""
        return None

    @abstractmethod
    def hold_effects(self, is_held: bool) -> None:
        """Stop effects from leaving while this run ends, or let them leave again."""

    @abstractmethod
    def is_busy(self) -> bool:
        """Return whether an activity is under way whose result this run would still take in."""

    async def serve(self) -> None:
        """Run the loop to its end."""
        while True:
            loop = asyncio.create_task(self.loop())
            while not loop.done():
                try:
                    await workflow.wait_condition(loop.done)
                except asyncio.CancelledError:
                    self.was_cancelled()
            if loop.result() is LoopEnd.CONTINUES:
                self.continue_as_new()
                self._is_to_retry = self._is_to_move_on = False  # this run can't end now, and will try again by itself
                self.hold_effects(False)
            elif not self.has_waiting():
                return
            self.arrivals.is_moving = False  # a message came as the run ended, or the run can't end

    def continue_as_new(self) -> None:
        """Hand everything over to the next run, without an `await` between the snapshot and the command.

        Effects under way that did not finish are repeated with the same key. Returns only where that can't be done now:
        this run goes on.
        """
        state, memo = self._state, None
        if (pinned := state.pinned) is None or state.policy is None:
            handed_on = state.handed_on(self._still_unread, self._whole_unread)
        else:
            state.read(self.arrivals.take())
            handed_on = state.handed_on(partial(self._carried, pinned), partial(self._whole, pinned))
            memo = self.memo(pinned)
        if handed_on is not None:
            workflow.continue_as_new(
                handed_on,
                memo=memo,
                run_timeout=lasting_run_timeout(),
                initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE,
            )

    def _carried(self, pinned: PinnedPolicy) -> dict[str, Any]:
        return {CARRIED: self._said_dropped(*self.fit(self.snapshot(pinned).model_dump(mode="json")))}

    def _whole(self, pinned: PinnedPolicy) -> dict[str, Any]:
        return {CARRIED: packed_whole(self.snapshot(pinned).model_dump(mode="json"))}

    def _still_unread(self) -> dict[str, Any]:
        return {UNREAD: self._said_dropped(*self._unread.handed_on(self.arrivals, self._state.aside))}

    def _whole_unread(self) -> dict[str, Any]:
        return {UNREAD: self._unread.handed_on_whole(self.arrivals, self._state.aside)}

    def _said_dropped(self, form: dict[str, Any], dropped: str) -> dict[str, Any]:
        if dropped:
            self._state.warn("state_dropped", dropped=dropped)
        return form

    def has_waiting(self) -> bool:
        """Return whether something arrived that is not judged yet."""
        return bool(self.arrivals or self._state.has_unjudged)

    def should_end(self) -> bool:
        """Return whether to continue as new: the server suggests it, a person asks, or a retry is due."""
        is_time = (at := self._state.retry_at()) is not None and at <= workflow.now()
        is_time = is_time or lasting_run_timeout() is not None or should_continue_as_new()
        return self.is_asked_to_end() or (is_time and not self._state.has_to_stay)

    def is_asked_to_end(self) -> bool:
        """Return whether a signal asks for the next run: to judge again what is set aside, or in another edition."""
        return self._is_to_move_on or (self._is_to_retry and bool(self._state.aside.items))

    def look_again_at_what_is_left_out(self) -> None:
        """Set the alarm for what was set aside; where no next deadline can be computed, also for a look at the time."""
        if self._state.is_left_out("deadlines"):
            self._alarm.set(workflow.now() + LOOK_AGAIN, "what comes next can't be told; time is looked at again")
        if at := soonest(self._state.aside.tell_at(), self._state.retry_at()):
            self._alarm.set(at, "what could not be judged is looked at again")

    async def rest(self) -> None:
        """Wait until there is something to do, or end the task where it has done enough."""
        if self.arrivals.commands and self._state.has_done_enough:
            await self.go_on_later(f"{len(self.arrivals.commands)} more commands to carry out")
        await until(self._is_awake)
        self._state.begin_round()

    async def go_on_later(self, why: str) -> None:
        """Let the present task end, and go on in the next one."""
        await workflow.sleep(BREATH, summary=why)
        self._state.spent = 0

    async def go_on_at_one_time(self) -> None:
        """After a look-up, go on in the next task, whose time is the same in a replay.

        A query may split the task with the look-up: then a replay has its result earlier, by the first half's time.
        """
        if self._state.edition >= 3:
            await self.go_on_later("a policy was looked up")

    async def look_up(self, policy: str, patience: Patience, begun: Begun | None = None) -> Resolved:
        """Return the worker's policy of that name, and what the ledger knows. Raises FailureError."""
        return await self._state.in_task.perform(Catalog.resolve, patience, policy, begun)

    async def look_for(self, sought: SoughtPolicy) -> PinnedPolicy | None:
        """Return the worker's policy of that name; None where it can't be looked up now."""
        try:
            return pinned_of(await self.look_up(sought.policy, ADOPT))
        except FailureError as error:
            self._state.warn("policy_not_found", policy=sought.policy, reason=str(error))
            return None
        finally:
            await self.go_on_at_one_time()

    def look_again_for(self, sought: SoughtPolicy | None) -> None:
        """Set the alarm for the next look for a policy that no worker has shown yet."""
        if sought is not None and sought.look_at:
            self._alarm.set(sought.look_at, f"policy {sought.policy} v{sought.version} is looked for again")

    async def look_up_in_the_end(
        self, policy: str, question: Callable[[], Begun | None] = lambda: None
    ) -> Resolved | None:
        """Return the policy, asking again until a worker has it. None where the next run has to go on asking.

        Without a policy nothing can be judged. `question` returns what to ask the ledger by the same activity.
        """
        while True:
            try:
                return await self.look_up(policy, LOOK_UP, question())
            except FailureError as error:
                self._state.say_raised("policy_not_found", error, policy=policy)
                if not await self._wait_for_a_policy():
                    return None

    async def _wait_for_a_policy(self) -> bool:
        """Wait until the policy is to be looked up again, and refuse every command meanwhile.

        False where the next run has to.
        """
        again_at = workflow.now() + LOOK_UP_AGAIN
        while (left := again_at - workflow.now()) > timedelta(0):
            self.arrivals.refuse_commands(NO_POLICY_YET)
            await settle(lambda: bool(self.arrivals.commands), left)
        self.arrivals.refuse_commands(NO_POLICY_YET)
        return not (should_continue_as_new() and await self.drain())

    async def drain(self) -> bool:
        """Wait for the activities under way. What arrives meanwhile goes to the next run.

        Return whether the run may end.
        Returns False after ten seconds at most where facts come in without a pause: the loop judges them, then drains
        again.
        """
        self.arrivals.is_moving = True
        self.hold_effects(True)
        if self.is_busy():
            await settle(lambda: not self.is_busy(), SETTLE)
            await workflow.sleep(BREATH)
        self.arrivals.refuse_commands(MOVING_ON)
        if await self._can_end():
            return True
        self.hold_effects(False)
        return False

    async def answer_all(self, answer: dict[str, Any]) -> None:
        """Give all callers of commands the same answer, and wait until they have it."""
        for command in self.arrivals.commands:
            command.answer = answer
        self.arrivals.commands.clear()
        await until(workflow.all_handlers_finished)

    async def close(self) -> bool:
        """Wait until the callers of commands have their answers. Return False where facts come in without a pause."""
        self.arrivals.is_moving = True
        return await self._can_end()

    async def _can_end(self) -> bool:
        """Wait for a task in which no fact arrived. Return whether the run may end now.

        In such a short task, the next fact rarely comes before the task ends. If a fact does, the server takes the end
        of the run back, and the worker replays the whole run. That takes longer than the pause between two facts of a
        busy sender, so without this wait it would happen over and over.
        """
        until_at = workflow.now() + PAUSE
        while self._state.in_task.is_present or self.arrivals.came_at == workflow.now():
            if workflow.now() >= until_at:
                self.arrivals.is_moving = False
                return False
            await workflow.sleep(BREATH, summary="ends once nothing comes in")
        await until(workflow.all_handlers_finished)
        self.arrivals.is_moving = not self.arrivals.is_more_than_a_task_reads or self._state.policy is None
        return self.arrivals.is_moving

    def receive(self, name: str, body: Any) -> None:
        """Store a fact for the loop."""
        self.arrivals.tell(name, body)

    def refuse(self, name: str, body: Any) -> None:
        """Judge a command before it is accepted.

        Where that can't be told yet, accept the command and leave it to the loop.
        """
        try:
            if self.arrivals.is_moving or self._state.in_task.is_present:
                raise RefusedError(MOVING_ON)
            self._state.refuse(name, self.arrivals.looked_at(name, body), self.arrivals.received + 1)
        except RefusedError as refused:
            raise refusal(str(refused)) from None

    async def carry_out(self, name: str, body: Any) -> dict[str, Any]:
        """Have the loop carry out a command, and return its answer."""
        try:
            return await self.arrivals.ask(name, body)
        except RefusedError as refused:
            raise refusal(str(refused)) from None


def should_continue_as_new() -> bool:
    """Return whether the server suggests to continue as new, or a newer deployment waits to take over."""
    info = workflow.info()
    return info.is_continue_as_new_suggested() or info.is_target_worker_deployment_version_changed()


def soonest(*instants: datetime | None) -> datetime | None:
    """Return the earliest of the known instants; None where none is known."""
    return min((at for at in instants if at is not None), default=None)


BREATH = timedelta(milliseconds=1)
"""The pause in which a task that has done enough ends and the next one begins."""
LOOK_AGAIN = timedelta(minutes=1)
"""How often the time is judged while the next deadline can't be computed."""
