"""A workflow task that takes longer than the SDK allows, on a worker that goes on."""

import asyncio
import os
import time

import pytest
from temporalio import workflow
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from worker.process.hosting import runner
    from worker.temporal.skipping import Clockwork

_TOO_LONG = 2.5
"""The seconds that the task takes; the SDK interrupts it after two, and it ends half a second later."""
_ONCE = "BATON_TEST_SLOW_ONCE"
"""The variable that makes the task slow once, as the only memory that a workflow shares with its test."""


@workflow.defn(name="Slow")
class SlowOnce:
    """A workflow whose task takes too long the first time."""

    def __init__(self) -> None:
        self.is_told = False

    @workflow.run
    async def run(self) -> str:
        """Wait for the signal while a timer runs beside."""
        beside = asyncio.create_task(workflow.sleep(3600))
        await workflow.wait_condition(lambda: self.is_told)
        with workflow.unsafe.sandbox_unrestricted():
            if os.environ.pop(_ONCE, ""):
                time.sleep(_TOO_LONG)
        beside.cancel()
        return "done"

    @workflow.signal
    def go(self) -> None:
        """Let the workflow go on."""
        self.is_told = True


@pytest.mark.slow
@pytest.mark.usefixtures("as_for_people")
async def test_a_task_that_took_too_long_once(clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was too slow for one task does it again, and it can stop afterwards."""
    monkeypatch.setenv(_ONCE, "yes")
    worker = Worker(clockwork.client, task_queue="slow", workflows=[SlowOnce], workflow_runner=runner())
    async with asyncio.timeout(60), worker:
        handle = await clockwork.client.start_workflow("Slow", id="slow", task_queue="slow")
        await handle.signal("go")
        assert await handle.result() == "done"
    assert _ONCE not in os.environ
