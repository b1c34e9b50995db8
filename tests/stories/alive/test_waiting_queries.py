"""Queries that wait for a worker while something happens: each message has the time of the task that it came with."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.conftest import story_policies
from tests.stories.conftest import MONDAY_10_AM, Story, replay_all
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.skipping import Clockwork, skipping_server

pytestmark = pytest.mark.slow

NOTE = {"actor": "anna", "tried": "a refund", "think": "a bug", "need": "a developer"}
SIGNALED = "workflow_execution_signaled_event_attributes"


async def begin(server: Clockwork, number: int) -> Story:
    """Return a conversation that has one message and waits."""
    name = f"asked-{number}"
    body = {"conversation_id": name, "policy": "tiered", "channel": "email"}
    story = Story(await server.start(body, MONDAY_10_AM), server, MONDAY_10_AM, name)
    await story.handle.signal("message", {"event_id": "first", "author": "customer", "text": "Hello?"})
    await story.settled()
    return story


async def says_two_things(story: Story) -> None:
    """Let two messages come from the customer."""
    for text in ("Is anyone there?", "Hello??"):
        await story.handle.signal("message", {"event_id": text, "author": "customer", "text": text})


async def times(story: Story) -> tuple[list[datetime], list[datetime]]:
    """Return when each message came to the server, and the time that the conversation gives it."""
    await story.settled()
    events = (await story.handle.fetch_history()).events
    rows = [row for row in await story.timeline() if row["kind"] == "message"]
    came = [event.event_time.ToDatetime(UTC) for event in events if event.HasField(SIGNALED)]
    return came, [datetime.fromisoformat(row["at"]) for row in rows]


async def test_an_operator_looks_while_no_worker_is_there(settings: Settings, house: OutsideSystems) -> None:
    """Operators open conversations while no worker runs, then messages and notes come: no message counts too early."""
    async with skipping_server() as server:
        async with make_worker(server.client, settings, house, story_policies()):
            stories = await asyncio.gather(*(begin(server, number) for number in range(4)))
        queries = [asyncio.create_task(story.handle.query("state")) for story in stories]
        await asyncio.gather(*(story.handle.describe() for story in stories))
        await asyncio.gather(*map(says_two_things, stories))
        notes = [asyncio.create_task(story.handle.execute_update("add_note", NOTE)) for story in stories[::2]]
        async with make_worker(server.client, settings, house, story_policies()):
            await asyncio.gather(*queries, *notes)
            for story in stories:
                came, counted = await times(story)
                assert len(counted) == 3
                assert [at for at, came_at in zip(counted, came, strict=True) if at < came_at] == []
        await replay_all(server)
