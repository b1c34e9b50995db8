"""The alarm: the timer of a workflow, on a real server."""

from contextlib import suppress

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.service import RPCError
from temporalio.worker import Worker

from tests.stories.teams import until
from tests.unsandboxed import Unsandboxed
from worker.temporal.skipping import Clockwork
from workflows.waits.alarm import Alarm

TIMER_STARTED = EventType.EVENT_TYPE_TIMER_STARTED


@workflow.defn
class Rings:
    """A workflow that sets its alarm for deadlines of one instant in the past, one after another."""

    def __init__(self) -> None:
        self.armed = 0

    @workflow.run
    async def run(self, deadlines: list[str]) -> None:
        """Wait until the alarm has rung for each deadline."""
        alarm, at = Alarm(), workflow.now()
        for what in deadlines:
            alarm.set(at, what)
            self.armed += 1
            await workflow.wait_condition(lambda: alarm.has_rung)
            alarm.stop()

    @workflow.query
    def number(self) -> int:
        """Return how often the alarm was set."""
        return self.armed


async def waits(clockwork: Clockwork, deadlines: list[str], armed: int) -> list[int]:
    """Run the workflow until its alarm was set `armed` times, and return each timer's whole seconds."""
    runner = Unsandboxed()
    async with Worker(clockwork.client, task_queue="rings", workflows=[Rings], workflow_runner=runner):
        handle = await clockwork.client.start_workflow(Rings.run, deadlines, id="rings", task_queue="rings")

        async def is_armed() -> bool:
            return await handle.query(Rings.number) == armed

        await until(is_armed)
        events = (await handle.fetch_history()).events
        with suppress(RPCError):  # the workflow may have ended after the last ring
            await handle.terminate()
    started = [event.timer_started_event_attributes for event in events if event.event_type == TIMER_STARTED]
    return [round(timer.start_to_fire_timeout.ToTimedelta().total_seconds()) for timer in started]


@pytest.mark.parametrize(
    ("deadlines", "moments", "minutes"),
    [
        (["first response"] * 5, 3, 1),
        (["first response", "next response"] * 4, 6, 1),
        ([f"rule {number}" for number in range(12)], 12, 0),
        pytest.param([f"rule {number}" for number in range(102)], 100, 1, marks=pytest.mark.slow),
    ],
    ids=["one that stays", "two that stay", "many together", "too many together"],
)
async def test_it_does_not_ring_on_and_on(
    clockwork: Clockwork, deadlines: list[str], moments: int, minutes: int
) -> None:
    """A deadline that stays rings three times, then each minute; others of the same instant are not held up."""
    assert await waits(clockwork, deadlines, moments + minutes) == [0] * moments + [60] * minutes
