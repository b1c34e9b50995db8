"""Effects that are due and blocked: the audit says what blocks them, and repairs what it can."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import activity, workflow
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import PauseActivityRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.audit.findings import AuditReport, AuditRequest, Finding
from activities.audit.look import Audit
from tests.fakes.slack import FakeSlack
from tests.stories.audit.audits import listed
from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import until
from tests.unsandboxed import Unsandboxed
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, main_worker, make_worker
from worker.temporal.skipping import Clockwork, skipping_server
from workflows.conversation import ConversationWorkflow

pytestmark = pytest.mark.slow

MONDAY_10_AM = next_weekday(0, 10)
LATER = MONDAY_10_AM + timedelta(minutes=5)
DEADLINE = SearchAttributeKey.for_datetime("BatonNextDeadline")


@workflow.defn(name="Conversation")
class Stale:
    """A conversation that a bug left with an outdated deadline in the server's lists."""

    @workflow.run
    async def run(self, body: Any) -> None:
        """Show a deadline in the lists, and have none."""
        workflow.upsert_search_attributes([DEADLINE.value_set(datetime.fromisoformat(body["shown"]))])
        await workflow.wait_condition(lambda: False)

    @workflow.signal
    def nudge(self, _body: Any) -> None:
        """Remove the deadline from the lists."""
        workflow.upsert_search_attributes([DEADLINE.value_unset()])

    @workflow.query
    def state(self) -> dict[str, Any]:
        """Return a state without any trouble."""
        return {"conversation_id": "stale", "policy": {"name": "flat"}, "waiting_effects": [], "pages": []}

    @workflow.query
    def upcoming(self) -> list[dict[str, Any]]:
        """Return no deadlines."""
        return []


@pytest.fixture
async def server() -> AsyncIterator[Clockwork]:
    """Yield a server of the test's own, because an audit looks at every conversation that there is."""
    async with skipping_server() as clockwork:
        yield clockwork


async def look(client: Client, now: datetime, **asked: Any) -> AuditReport:
    """Make one pass of an audit."""
    return await Audit(client, ask_within=timedelta(seconds=2)).look(AuditRequest(**asked), now=now)


async def tagged(server: Clockwork, queue: str) -> Story:
    """Start a conversation that has something to tell Slack."""
    body = {"conversation_id": "c-1", "policy": "tiered", "channel": "email"}
    story = Story(await server.start(body, MONDAY_10_AM, task_queue=queue), server, MONDAY_10_AM, "c-1")
    await story.settled()
    await story.tell("tag_added", tag="billing", at=MONDAY_10_AM)
    return story


async def only_slack_waits(story: Story) -> PendingActivityInfo:
    """Wait until only Slack's activity is pending, and return that activity."""
    found: list[PendingActivityInfo] = []

    async def is_alone() -> bool:
        found[:] = (await story.handle.describe()).raw_description.pending_activities
        kinds = [effect["kind"] for effect in (await story.handle.query("state"))["waiting_effects"]]
        return kinds == ["notify"] and [each.activity_type.name for each in found] == ["slack.notify"]

    await until(is_alone)
    return found[0]


@pytest.mark.slow
async def test_a_task_queue_without_a_worker_is_named(
    server: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """Only half of the workers run: the report names the task queue that no worker serves."""
    own = settings.model_copy(update={"task_queue": "half"})
    async with main_worker(server.client, own, house, load_policies(own)):
        story = await tagged(server, "half")
        await only_slack_waits(story)
        (found,) = (await look(server.client, LATER)).findings
    assert found == Finding(
        kind="waiting_effect",
        conversation_id="c-1",
        what="notify is not accepted yet (billing topic); no worker takes work on task queue half-slack",
        since=MONDAY_10_AM,
    )


async def test_a_paused_activity(
    server: Clockwork, settings: Settings, house: OutsideSystems, slack: FakeSlack
) -> None:
    """An operator paused Slack's activity in Temporal: the audit reports it, and leaves it paused."""
    async with make_worker(server.client, settings, house, load_policies(settings)):
        with slack.down():
            story = await tagged(server, settings.task_queue)
            waiting = await only_slack_waits(story)
            await server.client.workflow_service.pause_activity(
                PauseActivityRequest(
                    namespace="default",
                    execution=WorkflowExecution(workflow_id=story.handle.id),
                    id=waiting.activity_id,
                )
            )

            async def is_paused() -> bool:
                return (await only_slack_waits(story)).paused

            await until(is_paused)
        for _ in range(2):
            (found,) = (await look(server.client, LATER)).findings
            assert (found.kind, found.repaired) == ("waiting_effect", False)
            assert found.what.endswith(f"; its activity {waiting.activity_id} is paused in Temporal")


@activity.defn(name="policy.resolve")
async def finds_nothing(_name: str, _begun: Any = None) -> None:
    """Fail to look a policy up, for good."""
    raise ApplicationError("no policy", non_retryable=True)


async def test_a_conversation_that_finds_no_policy(server: Clockwork) -> None:
    """A conversation for which no policy can be looked up is reported as not begun."""
    worker = Worker(
        server.client,
        task_queue="bare",
        workflows=[ConversationWorkflow],
        activities=[finds_nothing],
        workflow_runner=Unsandboxed(),
    )
    async with worker:
        body = {"conversation_id": "c-1", "channel": "email"}
        handle = await server.start(body, MONDAY_10_AM, task_queue="bare")
        assert (await handle.query("state"))["policy"] is None
        await listed(server.client, "WorkflowId = 'conversation/c-1' AND ExecutionStatus = 'Running'")
        (found,) = (await look(server.client, datetime.now(UTC) + timedelta(days=60))).findings
        assert (found.kind, found.what) == ("not_begun", "it has no policy to run under yet")


async def test_a_deadline_that_only_the_lists_show(server: Clockwork) -> None:
    """The lists show a deadline that the conversation no longer has: a nudge corrects them, and nothing is late."""
    worker = Worker(server.client, task_queue="stale", workflows=[Stale], workflow_runner=Unsandboxed())
    async with worker:
        shown = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        body = {"shown": shown.isoformat()}
        await server.client.start_workflow("Conversation", body, id="conversation/stale", task_queue="stale")
        await listed(server.client, "WorkflowId = 'conversation/stale' AND BatonNextDeadline IS NOT NULL")
        told = Finding(
            kind="stale",
            conversation_id="stale",
            what="the lists show a deadline that the conversation does not have any more",
            since=shown,
        )
        assert (await look(server.client, datetime.now(UTC), repair=False)).findings == [told]
        mended = told.model_copy(update={"repaired": True})
        assert (await look(server.client, datetime.now(UTC))).findings == [mended]
        await listed(server.client, "WorkflowId = 'conversation/stale' AND BatonNextDeadline IS NULL")
        assert (await look(server.client, datetime.now(UTC))).findings == []
