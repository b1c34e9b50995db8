"""Workflow tasks that a new worker would take for one: each message keeps the time at which it came."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetStickyTaskQueueRequest
from temporalio.client import WorkflowUpdateStage

from tests.conftest import story_policies
from tests.stories.conftest import MONDAY_10_AM, Story, replay_all
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.skipping import Clockwork, skipping_server

SIGNALED = "workflow_execution_signaled_event_attributes"
NOTE = {"actor": "anna", "tried": "a refund", "think": "a bug", "need": "a developer"}


@pytest.fixture
async def server() -> AsyncIterator[Clockwork]:
    """Yield a server without a worker."""
    async with skipping_server() as clockwork:
        yield clockwork


async def said(story: Story) -> list[tuple[str, str]]:
    """Return the customer's messages, each with the time at which it came."""
    await story.settled()
    return [(row["at"], row["text"]) for row in await story.timeline() if row["kind"] == "message"]


async def test_messages_keep_their_times_on_another_worker(
    server: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """Two messages come, the worker is replaced, and a note follows: both messages keep the time at which they came."""
    body = {"conversation_id": "replaced", "policy": "tiered", "channel": "email"}
    async with make_worker(server.client, settings, house, story_policies()):
        story = Story(await server.start(body, MONDAY_10_AM), server, MONDAY_10_AM, "replaced")
        await story.settled()
        for text in ("Hello?", "Is anyone there?", "Hello??"):
            await story.handle.signal("message", {"event_id": text, "author": "customer", "text": text})
            before = await said(story)
    noting = asyncio.create_task(
        story.handle.start_update("add_note", NOTE, wait_for_stage=WorkflowUpdateStage.COMPLETED)
    )
    async with make_worker(server.client, settings, house, story_policies()):
        await noting
        after_the_note = await said(story)
    async with make_worker(server.client, settings, house, story_policies()):
        assert before == after_the_note == await said(story)
        await replay_all(server)


async def meet(story: Story, rounds: int) -> None:
    """Let messages, questions and notes, some of them refused, meet in the same workflow tasks."""
    forgotten = ResetStickyTaskQueueRequest(
        namespace="default", execution=WorkflowExecution(workflow_id=story.handle.id)
    )
    for number in range(rounds):
        if number % 2:  # so that any worker may take the next task, as after a pause
            await story.clockwork.client.workflow_service.reset_sticky_task_queue(forgotten)
        told = {"author": "customer", "text": "Hello?"}
        meeting = (
            story.handle.signal("message", {"event_id": f"a-{number}", **told}),
            story.handle.signal("message", {"event_id": f"b-{number}", **told}),
            *(story.handle.query("state") for _ in range(3)),
            story.handle.execute_update("add_note", NOTE if number % 3 else {"actor": "anna"}),
        )
        await asyncio.gather(*meeting, return_exceptions=True)
    await story.settled()


async def too_early(story: Story) -> list[datetime]:
    """Return the times of the latest messages that count from before they came."""
    events = (await story.handle.fetch_history()).events
    came = [event.event_time.ToDatetime(UTC) for event in events if event.HasField(SIGNALED)][-40:]
    counted = [datetime.fromisoformat(at) for at, _ in await said(story)][-40:]
    return [at for at, came_at in zip(counted, came, strict=True) if at < came_at]


@pytest.mark.slow
async def test_messages_beside_commands_have_the_time_at_which_they_came(
    server: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """Twelve busy conversations get messages and notes at the same moments: no message counts from before it came."""
    async with make_worker(server.client, settings, house, story_policies()):
        stories: list[Story] = []
        for number in range(12):
            body = {"conversation_id": f"busy-{number}", "policy": "tiered", "channel": "email"}
            handle = await server.start(body, MONDAY_10_AM)
            stories.append(Story(handle, server, MONDAY_10_AM, f"busy-{number}"))
        await asyncio.gather(*(meet(story, 24) for story in stories))
        assert [await too_early(story) for story in stories] == [[]] * len(stories)
    await replay_all(server)
