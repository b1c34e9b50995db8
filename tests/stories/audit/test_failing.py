"""Workflow tasks that fail again and again: the audit reports the reason that the Event History has."""

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

pytestmark = pytest.mark.slow

with workflow.unsafe.imports_passed_through():
    from activities.audit.findings import AuditRequest
    from activities.audit.look import Audit
    from tests.stories.audit.audits import tried_again
    from worker.process.hosting import runner
    from worker.temporal.skipping import skipping_server


_TOO_LONG = 3
"""Seconds of work; the SDK reports a deadlock after two."""


@workflow.defn(name="Conversation")
class Failing:
    """A workflow under a conversation's name whose task fails in the way it is told to."""

    def __init__(self) -> None:
        self.how = ""
        self.timer: asyncio.Task[None] | None = None

    @workflow.run
    async def run(self, _body: Any) -> None:
        """Start a timer, wait to be told how to fail, and fail."""
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
        """Choose how to fail."""
        self.how = how

    @workflow.query
    def state(self) -> dict[str, Any]:
        """Return a state, although the workflow task fails."""
        return {"policy": None}


@workflow.defn(name="Conversation")
class OtherCode(Failing):
    """A change of code that does not fit the history."""

    @workflow.run
    async def run(self, _body: Any) -> None:
        """Start no timer."""
        await workflow.wait_condition(lambda: False)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Yield a client of a server of the test's own."""
    async with skipping_server() as clockwork:
        yield clockwork.client


def serve(client: Client, kind: type) -> Worker:
    """Return a worker that runs this workflow class without a cache."""
    return Worker(client, task_queue="failing", workflows=[kind], workflow_runner=runner(), max_cached_workflows=0)


async def begin(client: Client) -> WorkflowHandle[Any, Any]:
    """Start a conversation, and wait until it answers."""
    handle = await client.start_workflow("Conversation", {}, id="conversation/failing", task_queue="failing")
    await handle.query("state")
    return handle


async def reason(client: Client, handle: WorkflowHandle[Any, Any]) -> str:
    """Return what the audit says of the conversation once its task has failed twice."""
    await tried_again(handle)
    (found,) = (await Audit(client).look(AuditRequest(), now=datetime.now(UTC))).findings
    assert (found.kind, found.conversation_id, found.repaired) == ("failing", "failing", False)
    return re.sub(r"attempt \d+", "attempt N", found.what)


@pytest.mark.usefixtures("as_for_people")
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("a bug", "KeyError: 'carried'"),
        pytest.param("too much state", "PayloadsTooLarge: ", marks=pytest.mark.slow),
        pytest.param("too much work", "[TMPRL1101] Potential deadlock detected: ", marks=pytest.mark.slow),
    ],
)
async def test_the_reason_is_the_one_of_the_history(client: Client, how: str, said: str) -> None:
    """A task fails by a bug, by too large a state or by too long work: the audit's report has the reason."""
    async with serve(client, Failing):
        handle = await begin(client)
        await handle.signal("fail", how)
        told = await reason(client, handle)
    assert told.startswith("its workflow task fails (attempt N): ")
    assert said in told


async def test_code_that_does_not_fit_the_history(client: Client) -> None:
    """A worker whose code does not fit the history is reported as such: the operator has to deploy the right one."""
    async with serve(client, Failing):
        handle = await begin(client)
    async with serve(client, OtherCode):
        await handle.signal("fail", "a bug")
        told = await reason(client, handle)
    assert told.startswith("its workflow task fails (attempt N): non deterministic error: ")


@pytest.mark.parametrize("workflow_id", ["conversation/failing", "team/failing"])
async def test_a_worker_that_dies_of_each_task(client: Client, workflow_id: str) -> None:
    """A task that workers begin and never finish is reported as such, of a conversation and of a team."""
    kind = "Conversation" if workflow_id.startswith("conversation") else "Team"
    second = timedelta(seconds=1)
    handle = await client.start_workflow(kind, {}, id=workflow_id, task_queue="dying", task_timeout=second)
    poll = PollWorkflowTaskQueueRequest(namespace=client.namespace, task_queue=TaskQueue(name="dying"), identity="it")
    for _ in range(2):
        assert (await client.workflow_service.poll_workflow_task_queue(poll)).workflow_execution.workflow_id
    await tried_again(handle)
    (found,) = (await Audit(client).look(AuditRequest(), now=datetime.now(UTC))).findings
    assert (found.kind, found.subject) == ("failing", "failing" if kind == "Conversation" else "team failing")
    assert found.what.endswith("a worker began it and did not end in time: the worker died, or it was too slow")
