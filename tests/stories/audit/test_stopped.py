"""The audit notices workflows that are paused, and goes on when the server fails for single conversations."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import PauseWorkflowExecutionRequest
from temporalio.client import (
    Client,
    DescribeWorkflowInput,
    Interceptor,
    OutboundInterceptor,
    WorkflowExecutionDescription,
    WorkflowHandle,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.audit.effects import last_errors
from activities.audit.findings import AuditReport, AuditRequest, Finding
from activities.audit.look import Audit
from tests.fakes.monitor import FakeMonitor
from tests.stories.audit.audits import listed
from worker.temporal.skipping import dynamic_config, skipping_server

pytestmark = pytest.mark.slow

IS_RUNNING = "WorkflowType = 'Conversation' AND ExecutionStatus = 'Running'"
IS_PAUSED = "WorkflowType = 'Conversation' AND ExecutionStatus = 'Paused'"
PAUSED = "paused in Temporal: its promises run on, and nothing is decided"


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    """Yield a client of a server that can pause workflows and has no worker."""
    async with skipping_server(extra=dynamic_config({"frontend.WorkflowPauseEnabled": "true"})) as clockwork:
        yield clockwork.client


@pytest.fixture
async def monitor() -> AsyncIterator[FakeMonitor]:
    """Yield a monitor that counts signs of life."""
    async with FakeMonitor() as fake:
        yield fake


async def begin(client: Client, name: str, **options: Any) -> WorkflowHandle[Any, Any]:
    """Start a conversation that no worker serves, which is no finding within the audit's grace."""
    body = {"conversation_id": name, "channel": "email"}
    return await client.start_workflow("Conversation", body, id=f"conversation/{name}", task_queue="nobody", **options)


async def look(client: Client, monitor: FakeMonitor) -> AuditReport:
    """Make one pass, and leave out what other tests have terminated."""
    report = await Audit(client, monitor.url).look(AuditRequest(), now=datetime.now(UTC))
    return report.model_copy(update={"findings": [each for each in report.findings if each.kind != "terminated"]})


async def test_row_auditor_blind_to_a_paused_conversation(client: Client, monitor: FakeMonitor) -> None:
    """An operator paused a conversation in Temporal: its promises run on undecided, so it is reported."""
    handle = await begin(client, "paused")
    await listed(client, IS_RUNNING)
    assert (await look(client, monitor)).heartbeat == "pinged"
    pause = PauseWorkflowExecutionRequest(namespace="default", workflow_id=handle.id, request_id="p", reason="test")
    await client.workflow_service.pause_workflow_execution(pause)
    await listed(client, IS_PAUSED)
    report = await look(client, monitor)
    assert report.findings == [Finding(kind="paused", conversation_id="paused", what=PAUSED)]
    assert (report.left, report.heartbeat, monitor.calls) == (1, "", 1)
    await handle.terminate()
    await listed(client, IS_PAUSED, 0)


class Stumbling(Interceptor, OutboundInterceptor):
    """A client of a server that can't describe some conversations."""

    def __init__(self, *names: str) -> None:
        self._ids = {f"conversation/{name}" for name in names}

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Put this interceptor between the SDK and the server."""
        OutboundInterceptor.__init__(self, next)
        return self

    async def describe_workflow(self, input: DescribeWorkflowInput) -> WorkflowExecutionDescription:
        """Fail for the chosen conversations; pass other calls on."""
        if input.id in self._ids:
            raise RPCError("shard is moving", RPCStatusCode.UNAVAILABLE, b"")
        return await super().describe_workflow(input)


def stumbling(client: Client, *names: str) -> Client:
    """Return the same client, with a server that fails for these conversations."""
    return Client(client.service_client, data_converter=client.data_converter, interceptors=[Stumbling(*names)])


async def test_row_auditor_blind_for_a_moment(client: Client, monitor: FakeMonitor) -> None:
    """The server fails for one conversation: that one is reported, and all others are looked at."""
    handles = [await begin(client, f"c{number}") for number in range(30)]
    await listed(client, IS_RUNNING, 30)
    report = await look(stumbling(client, "c7"), monitor)
    assert report.findings == [
        Finding(kind="unseen", conversation_id="c7", what="the server did not say how it stands (shard is moving)")
    ]
    assert (report.looked_at, monitor.calls) == (30, 0)
    down = stumbling(client, *(f"c{number}" for number in range(30)))
    with pytest.raises(RPCError, match="shard is moving"):
        await look(down, monitor)
    for handle in handles:
        await handle.terminate()
    await listed(client, IS_RUNNING, 0)


def test_each_effect_is_shown_with_the_error_of_its_own_system() -> None:
    """Slack's error stands beside effects for Slack, and the helpdesk's error beside effects for the helpdesk."""
    pending = [PendingActivityInfo() for _ in range(3)]
    for each, (name, error) in zip(
        pending,
        [("desk.assign", "desk is down"), ("slack.notify", "Slack is down"), ("ledger.record", "")],
        strict=True,
    ):
        each.activity_type.name = name
        each.last_failure.message = error
    assert last_errors(pending) == {"desk": "desk is down", "people": "Slack is down"}
