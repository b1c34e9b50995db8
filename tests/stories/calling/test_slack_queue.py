"""Slack's own task queue on the real server: messages that wait there go out by urgency."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.worker import Worker

from policies.loading.load import load_policy
from tests.fakes.slack import FakeSlack, Message
from tests.stories.conftest import STORY_POLICIES, Story, next_weekday
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, main_worker, slack_worker
from worker.temporal.skipping import Clockwork

MONDAY_10_AM = next_weekday(0, 10)
QUEUE = "patient"
A_FEW = 3


class Office:
    """Conversations on a task queue of their own, whose Slack queue is served only when a test says so."""

    def __init__(self, clockwork: Clockwork, settings: Settings, house: OutsideSystems) -> None:
        self.clockwork = clockwork
        self._settings = settings
        self._house = house

    async def begin(self, name: str, tag: str) -> Story:
        """Start a conversation with a tag, because of which Slack has to be told something."""
        body = {"conversation_id": name, "policy": "queue", "channel": "email"}
        handle = await self.clockwork.start(body, MONDAY_10_AM, task_queue=QUEUE)
        story = Story(handle, self.clockwork, MONDAY_10_AM, name)
        await story.tell("tag_added", tag=tag)
        return story

    def slack(self, per_second: float = 0) -> Worker:
        """Return a worker that serves Slack's task queue, with at most `per_second` tasks; 0 means no limit."""
        own = self._settings.model_copy(update={"slack_per_second": per_second})
        # One task at a time: on a busy machine two tasks could otherwise overtake each other after leaving the queue.
        return slack_worker(self.clockwork.client, own, self._house, at_once=1)

    async def has_waiting(self, number: int) -> None:
        """Wait until at least so many tasks wait in Slack's task queue."""
        client = self.clockwork.client
        request = DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=f"{QUEUE}-slack"),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
            report_stats=True,
        )

        async def are_there() -> bool:
            described = await client.workflow_service.describe_task_queue(request)
            return described.stats.approximate_backlog_count >= number

        await until(are_there)


@pytest.fixture
async def office(clockwork: Clockwork, settings: Settings, house: OutsideSystems) -> AsyncIterator[Office]:
    """Yield an office whose conversations are served, and whose Slack queue is not served yet."""
    own = settings.model_copy(update={"task_queue": QUEUE})
    text = (STORY_POLICIES / "queue.yaml").read_text()
    document = load_policy(text, file="queue.yaml", today=datetime.now(UTC).date())
    documents = {"queue": document, own.default_policy: document}
    async with main_worker(clockwork.client, own, house, documents):
        yield Office(clockwork, own, house)


def heard(slack: FakeSlack, *stories: Story) -> list[str]:
    """Return the conversations that Slack was told about, in order, one for each message."""
    said: list[Message] = [message for message in slack.messages if "/" in message.key]
    names = {story.id for story in stories}
    return [name for message in said if (name := message.key.partition("/")[0]) in names]


@pytest.mark.slow
async def test_pages_go_first_then_updates_then_the_rest(office: Office, slack: FakeSlack) -> None:
    """When few messages a second may go out, calls go first, then updates of calls, then notices."""
    async with office.slack():
        called = [await office.begin(f"called-{number}", "urgent") for number in range(A_FEW)]
        for story in called:
            await story.settled()
    before = heard(slack, *called)
    noticed = [await office.begin(f"noticed-{number}", "watched") for number in range(A_FEW)]
    await office.has_waiting(A_FEW)
    for story in called:
        await story.order("acknowledge")
    await office.has_waiting(2 * A_FEW)
    urgent = [await office.begin(f"urgent-{number}", "urgent") for number in range(A_FEW)]
    await office.has_waiting(3 * A_FEW)
    assert heard(slack, *called, *noticed, *urgent) == before
    async with office.slack(per_second=A_FEW):
        for story in (*called, *noticed, *urgent):
            await story.settled()
    told = heard(slack, *called, *noticed, *urgent)[A_FEW:]
    assert [name.partition("-")[0] for name in told] == ["urgent"] * A_FEW + ["called"] * A_FEW + ["noticed"] * A_FEW
    assert sorted(told) == sorted(story.id for story in (*called, *noticed, *urgent))
