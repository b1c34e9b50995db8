"""Work that fails again and again is reported with the reason that the Event History has, whatever it is."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import workflow
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollWorkflowTaskQueueRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from activities.audit.findings import AuditRequest
    from activities.audit.look import Audit
    from worker.process.hosting import runner
    from worker.temporal.skipping import skipping_server


_TOO_LONG = 3
"""Seconds; the SDK takes a task that runs for two seconds for dead."""


@workflow.defn(name="Conversation")
class Failing:
    """Fails in the way it is told to."""

    def __init__(self) -> None:
        self.how = ""
        self.timer: asyncio.Task[None] | None = None

    @workflow.run
    async def run(self, _body: Any) -> None:
        """Set a timer and wait, then fail."""
        self.timer = asyncio.create_task(workflow.sleep(3600))
        await workflow.wait_condition(lambda: bool(self.how))
        match self.how:
            case "a bug":
                raise KeyError("carried")
            case "too much work":
                with workflow.unsafe.sandbox_unrestricted():
                    time.sleep(_TOO_LONG)
            case _:
                workflow.continue_as_new("x" * 3_000_000)

    @workflow.signal
    def fail(self, how: str) -> None:
        """Say how."""
        self.how = how

    @workflow.query
    def state(self) -> dict[str, Any]:
        """It answers, though it fails."""
        return {"policy": None}


@workflow.defn(name="Conversation")
class OtherCode(Failing):
    """A change of code that the history does not allow."""

    @workflow.run
    async def run(self, _body: Any) -> None:
        """Set no timer."""
        await workflow.wait_condition(lambda: False)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A server of its own."""
    async with skipping_server() as clockwork:
        yield clockwork.client


def serve(client: Client, kind: type) -> Worker:
    """A worker that runs this workflow and remembers nothing."""
    return Worker(client, task_queue="failing", workflows=[kind], workflow_runner=runner(), max_cached_workflows=0)


async def begin(client: Client) -> WorkflowHandle[Any, Any]:
    """A conversation that has begun."""
    handle = await client.start_workflow("Conversation", {}, id="conversation/failing", task_queue="failing")
    await handle.query("state")
    return handle


async def reason(client: Client, handle: WorkflowHandle[Any, Any]) -> str:
    """What the audit says of it once it has failed twice."""
    while (await handle.describe()).raw_description.pending_workflow_task.attempt < 2:
        pass
    (found,) = (await Audit(client).look(AuditRequest(), now=datetime.now(UTC))).findings
    assert (found.kind, found.conversation_id, found.repaired) == ("failing", "failing", False)
    return re.sub(r"attempt \d+", "attempt N", found.what)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("a bug", "KeyError: 'carried'"),
        pytest.param("too much state", "PayloadsTooLarge: ", marks=pytest.mark.slow),
        pytest.param("too much work", "[TMPRL1101] Potential deadlock detected: ", marks=pytest.mark.slow),
    ],
)
async def test_the_reason_is_the_one_of_the_history(client: Client, how: str, said: str) -> None:
    """A bug, a state over the server's limit, work for more than two seconds: the report names what it is."""
    async with serve(client, Failing):
        handle = await begin(client)
        await handle.signal("fail", how)
        told = await reason(client, handle)
    assert told.startswith("its workflow task fails (attempt N): ")
    assert said in told


async def test_code_that_does_not_fit_the_history(client: Client) -> None:
    """A worker whose code would have decided otherwise is named as such: the operator deploys the right one."""
    async with serve(client, Failing):
        handle = await begin(client)
    async with serve(client, OtherCode):
        await handle.signal("fail", "a bug")
        told = await reason(client, handle)
    assert told.startswith("its workflow task fails (attempt N): non deterministic error: ")


@pytest.mark.parametrize("workflow_id", ["conversation/failing", "team/failing"])
async def test_a_worker_that_dies_of_each_task(client: Client, workflow_id: str) -> None:
    """A task that is begun again and again and never ends is told as such, of a conversation and of a team."""
    kind = "Conversation" if workflow_id.startswith("conversation") else "Team"
    second = timedelta(seconds=1)
    handle = await client.start_workflow(kind, {}, id=workflow_id, task_queue="dying", task_timeout=second)
    poll = PollWorkflowTaskQueueRequest(namespace=client.namespace, task_queue=TaskQueue(name="dying"), identity="it")
    for _ in range(2):
        assert (await client.workflow_service.poll_workflow_task_queue(poll)).workflow_execution.workflow_id
    while (await handle.describe()).raw_description.pending_workflow_task.attempt < 2:
        pass
    (found,) = (await Audit(client).look(AuditRequest(), now=datetime.now(UTC))).findings
    assert (found.kind, found.subject) == ("failing", "failing" if kind == "Conversation" else "team failing")
    assert found.what.endswith("a worker began it and did not end in time: the worker died, or it was too slow")
