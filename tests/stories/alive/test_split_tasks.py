"""A query, a command and a write to the ledger in one workflow task: the history can still be replayed."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio import activity, workflow
from temporalio.client import WorkflowExecutionStatus
from temporalio.worker import Worker

import policies.decide
from activities.catalog import Catalog
from activities.ledger.lines import Ledger, LedgerBatch
from tests.conftest import story_policies
from tests.stories.alive.breaking import raising
from tests.stories.conftest import Story, next_weekday, replay_all
from tests.unsandboxed import Unsandboxed
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.commanding import execute_command
from worker.temporal.skipping import Clockwork, dynamic_config, skipping_server
from workflows.arrivals.handlers import takes_one_payload
from workflows.conversation import ConversationWorkflow

pytestmark = pytest.mark.slow

MONDAY_10_AM = next_weekday(0, 10)
NOTE = {"actor": "anna", "tried": "a refund", "think": "a bug", "need": "a developer"}
LINES = 45
"""More entries than one write to the ledger takes, and nearly enough events to end the run."""
AT_WORK = threading.Event()


@workflow.defn(name="Conversation")
class Hesitant(ConversationWorkflow):
    """A conversation whose worker waits half a second before it writes, so that a command arrives meanwhile."""

    @workflow.init
    @takes_one_payload
    def __init__(self, *inputs: Any) -> None:
        super().__init__(*inputs)

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> dict[str, Any]:
        """Run as usual."""
        return await super().run(*inputs)

    def _should_write(self, *, awake_anyway: bool) -> bool:
        writes = super()._should_write(awake_anyway=awake_anyway)
        if writes and not workflow.unsafe.is_replaying():
            AT_WORK.set()
            time.sleep(0.5)
        return writes


class PacedLedger(Ledger):
    """A ledger that takes a given time for each write, and keeps nothing."""

    def __init__(self, house: OutsideSystems, seconds: float) -> None:
        super().__init__(house.store)
        self._seconds = seconds

    @activity.defn(name="ledger.record")
    async def record(self, batch: LedgerBatch) -> int:
        """Wait that long, and claim to have written all entries."""
        await asyncio.sleep(self._seconds)
        return len(batch.entries)


@pytest.fixture
async def server() -> AsyncIterator[Clockwork]:
    """Yield a server that suggests continuing as new after 60 events."""
    async with skipping_server(extra=dynamic_config({"limit.historyCount.suggestContinueAsNew": "60"})) as clockwork:
        yield clockwork


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0, 0.005, 0.05, 0.5])
async def test_the_history_can_be_played_again(
    server: Clockwork, settings: Settings, house: OutsideSystems, seconds: float
) -> None:
    """A conversation that gets a query and a command while it writes carries both out, and any worker can go on."""
    body = {"conversation_id": "split", "policy": "tiered", "channel": "email"}
    async with make_worker(server.client, settings, house, story_policies()):
        story = Story(await server.start(body, MONDAY_10_AM), server, MONDAY_10_AM, "split")
        await story.settled()
    for number in range(LINES):
        await story.tell("attribute_changed", name="a", value=number)
    asking = asyncio.create_task(story.handle.query("state"))
    AT_WORK.clear()
    worker = Worker(
        server.client,
        task_queue="baton",
        workflows=[Hesitant],
        activities=[Catalog(story_policies(), "tiered").resolve, PacedLedger(house, seconds).record],
        workflow_runner=Unsandboxed(),
    )
    async with worker:
        await asyncio.to_thread(AT_WORK.wait)
        telling = asyncio.create_task(execute_command(story.handle, "add_note", NOTE))
        assert (await asking)["attributes"] is not None
        await asyncio.wait([telling], timeout=5)
    async with make_worker(server.client, settings, house, story_policies()):
        await telling
        assert "note_added" in await story.kinds()
        await replay_all(server)
    assert (await story.handle.describe()).status == WorkflowExecutionStatus.RUNNING


@pytest.mark.parametrize("number", range(3))
async def test_a_start_set_aside_beside_a_query_can_be_played_again(
    server: Clockwork, settings: Settings, house: OutsideSystems, number: int
) -> None:
    """A conversation whose start can't be judged while it is queried sets the start aside, and any worker can go on."""
    body = {"conversation_id": f"asked-{number}", "policy": "tiered", "channel": "email"}
    handle = await server.client.start_workflow(
        "Conversation", body, id=f"conversation/asked-{number}", task_queue="baton"
    )
    asking = asyncio.create_task(handle.query("state"))
    broken = raising(policies.decide, "play", lambda _turn, fact: fact.kind == "conversation_started")
    with broken:
        async with make_worker(server.client, settings, house, story_policies()):
            await asking
            story = Story(handle, server, MONDAY_10_AM, f"asked-{number}")
            assert [item["what"] for item in (await story.settled())["set_aside"]] == ["conversation started"]
            await replay_all(server)
