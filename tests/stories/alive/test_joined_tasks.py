"""Workflow tasks that a new worker would take for one: each message keeps the time at which it came."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from temporalio.client import WorkflowUpdateStage

from tests.conftest import story_policies
from tests.stories.conftest import MONDAY_10_AM, Story, replay_all
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.skipping import Clockwork, skipping_server

pytestmark = pytest.mark.slow

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
