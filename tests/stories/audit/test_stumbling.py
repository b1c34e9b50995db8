"""A conversation that the audit can't look at is reported, and does not hide others."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, Interceptor, OutboundInterceptor
from temporalio.common import RawValue
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

from activities.audit.findings import AuditReport, AuditRequest
from activities.audit.look import Audit
from activities.catalog import Catalog
from tests.conftest import story_policies
from tests.stories.audit.audits import end_like_the_server, listed
from tests.unsandboxed import Unsandboxed
from worker.temporal.skipping import skipping_server
from worker.trouble import TroubleError
from worker.watch import auditing
from workflows.arrivals.handlers import takes_one_payload
from workflows.conversation import ConversationWorkflow
from workflows.showing.unshown import less_state

pytestmark = pytest.mark.slow
UNREADABLE = Payload(metadata={"encoding": b"binary/encrypted"}, data=b"?")


@workflow.defn(name="Conversation")
class HalfShown(ConversationWorkflow):
    """A conversation with a bug: it can't show all of its state."""

    @workflow.init
    @takes_one_payload
    def __init__(self, *inputs: Any) -> None:
        super().__init__(*inputs)

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> dict[str, Any]:
        """Run as usual."""
        return await super().run(*inputs)

    @workflow.query(name="state")
    @takes_one_payload
    def state(self, *_inputs: Any) -> dict[str, Any]:
        """Return the shorter state that is shown when the whole one raises."""
        return less_state(self._state.conversation, self._state.pinned, (), self._state.aside, "a bug of ours")


@workflow.defn(name="Conversation")
class Stranger:
    """Another program's workflow, whose answers are not those of a conversation."""

    @workflow.run
    async def run(self, _body: Any) -> None:
        """Wait for ever."""
        await workflow.wait_condition(lambda: False)

    @workflow.query
    def state(self) -> list[str]:
        """Return a list where an object is expected."""
        return ["well"]

    @workflow.query
    def upcoming(self) -> str:
        """Return a text where a list is expected."""
        return "nothing"


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Yield a client of a server of the test's own."""
    async with skipping_server() as clockwork:
        yield clockwork.client


def serve(client: Client, kind: type) -> Worker:
    """Return a worker for conversations of this class."""
    return Worker(
        client,
        task_queue=kind.__name__,
        workflows=[kind],
        activities=[Catalog(story_policies(), "tiered").resolve],
        workflow_runner=Unsandboxed(),
    )


async def begin(client: Client, name: str, queue: str, body: Any, **options: Any) -> Any:
    """Start a conversation with these inputs."""
    return await client.start_workflow("Conversation", body, id=f"conversation/{name}", task_queue=queue, **options)


async def look(client: Client) -> AuditReport:
    """Make one pass of an audit."""
    return await Audit(client).look(AuditRequest(), now=datetime.now(UTC))


async def test_a_conversation_that_cannot_show_how_it_stands(client: Client) -> None:
    """A conversation that can't show part of its state because of a bug is reported."""
    async with serve(client, HalfShown):
        await begin(client, "half", "HalfShown", {"conversation_id": "half", "channel": "email"})
        await listed(client, "WorkflowType = 'Conversation'")
        (found,) = (await look(client)).findings
    assert (found.kind, found.conversation_id) == ("unseen", "half")
    assert found.what == "it can't show how it stands: a bug of ours"


async def test_one_that_cannot_be_looked_at_hides_no_other(client: Client) -> None:
    """Another program's workflow is reported, and a lost conversation beside it is still resumed."""
    async with serve(client, Stranger):
        await begin(client, "stranger", "Stranger", {})
        lost = await begin(client, "lost", "Stranger", {})
        await lost.query("state")
        await end_like_the_server(client, lost)
        await listed(client, "WorkflowType = 'Conversation'", 2)
        report = await look(client)
    assert [(each.kind, each.conversation_id, each.repaired) for each in report.findings] == [
        ("unseen", "lost", False),
        ("unseen", "stranger", False),
        ("lost", "lost", True),
    ]
    assert report.findings[0].what.startswith("the audit could not look at it, and the worker's log says why (")


@pytest.mark.slow
async def test_an_unreadable_start_begins_again_as_it_was(client: Client) -> None:
    """A conversation with an encrypted start times out: the audit starts it again with exactly the same bytes."""
    limit = timedelta(seconds=1)
    handle = await begin(client, "sealed", "nobody", RawValue(UNREADABLE), execution_timeout=limit)
    await listed(client, "WorkflowId = 'conversation/sealed' AND ExecutionStatus = 'TimedOut'")
    (found,) = (await look(client)).findings
    assert (found.kind, found.repaired) == ("lost", True)
    history = await client.get_workflow_handle(handle.id).fetch_history()
    assert list(history.events[0].workflow_execution_started_event_attributes.input.payloads) == [UNREADABLE]


class Denied(Interceptor):
    """A server that denies one kind of call to the audit's key."""

    def __init__(self, call: str) -> None:
        self.call = call

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Between the audit and the server."""
        denying = OutboundInterceptor(next)
        setattr(denying, self.call, self.deny)
        return denying

    def deny(self, _input: Any) -> Any:
        """Answer as the server does whose key lacks the permission."""
        raise RPCError("Request unauthorized.", RPCStatusCode.PERMISSION_DENIED, b"")


@pytest.mark.parametrize(
    ("call", "what", "mended"),
    [
        ("query_workflow", "ask workflows how they stand", ["denied-lost"]),
        ("describe_workflow", "look at workflows, or mend them", []),
    ],
)
async def test_a_missing_permission_is_told_once(client: Client, call: str, what: str, mended: list[str]) -> None:
    """The audit's key lacks a permission: the audit names it once, and does all that it may do without."""
    async with serve(client, HalfShown):
        for number in range(25):  # more than there may be before the server counts as down
            body = {"conversation_id": f"denied-{number}", "channel": "email"}
            await begin(client, f"denied-{number}", "HalfShown", body)
        lost = await begin(client, "denied-lost", "HalfShown", {"conversation_id": "denied-lost", "channel": "email"})
        await lost.query("state")
        await end_like_the_server(client, lost)
        await listed(client, "WorkflowType = 'Conversation'", 26)
        report = await look(Client(**{**client.config(), "interceptors": [Denied(call)]}))
    (told,) = (each for each in report.findings if each.what.startswith("the server does not let the audit " + what))
    assert told.what.startswith(f"the server does not let the audit {what}: give its API key or its certificate that ")
    assert [each.conversation_id for each in report.findings if each.kind == "lost" and each.repaired] == mended


async def test_a_list_that_is_denied_ends_the_audit_with_a_sentence(client: Client) -> None:
    """Without the permission to list workflows the audit can't look at anything, and says why."""
    with pytest.raises(
        TroubleError, match=r"^The server does not allow it: look at TEMPORAL_API_KEY .* \(Request unauthorized\.\)$"
    ):
        await auditing.look(
            Client(**{**client.config(), "interceptors": [Denied("list_workflows")]}), AuditRequest(), ""
        )
