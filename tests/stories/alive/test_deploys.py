"""A new version of Baton that takes over while conversations and teams run."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from tests.stories.alive.deploys import Deploys
from tests.stories.conftest import Story, next_weekday, replay_all
from tests.stories.teams import CREW, Crew, documents, until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems
from worker.temporal.commanding import execute_command
from worker.temporal.skipping import Clockwork, skipping_server

pytestmark = pytest.mark.slow

MONDAY_10_AM = next_weekday(0, 10)


@pytest.fixture
async def server() -> AsyncIterator[Clockwork]:
    """Yield a server without workers; the deploys bring them."""
    async with skipping_server() as clockwork:
        yield clockwork


@pytest.mark.slow
async def test_a_deploy_in_the_middle_of_everything(
    server: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """A message, a note and an agent's presence come while a new version takes over: each counts once."""
    async with Deploys(server.client, settings, house, documents(settings, CREW)) as deploys:
        body = {"conversation_id": "moved", "policy": "tiered", "channel": "email"}
        story = Story(await server.start(body, MONDAY_10_AM), server, MONDAY_10_AM, "moved")
        queued = {"conversation_id": "moved-queued", "policy": "crew", "channel": "email"}
        waiting = Story(await server.start(queued, MONDAY_10_AM), server, MONDAY_10_AM, "moved-queued")
        crew = Crew("crew", server.client.get_workflow_handle("team/crew"), server)
        await waiting.settled()
        await until(lambda: is_in_queue(crew, waiting.id))
        await deploys.next()
        note = {"actor": "anna", "tried": "x", "think": "y", "need": "z", "command_id": "note"}
        await asyncio.gather(
            story.tell("message", author="customer", text="Hello?"),
            execute_command(story.handle, "add_note", note),
            crew.there("ann"),
            waiting.tell("message", author="customer", text="Hello?"),
        )
        for handle in (story.handle, waiting.handle, crew.handle):
            await until(lambda handle=handle: moves_to(handle, "v2"))
        await deploys.stop_oldest()
        await until(lambda: owns(crew, waiting.id, "ann"))
        await story.after(minutes=16)
        breached = [entry["at"] for entry in await story.timeline() if entry["kind"] == "clock_breached"]
        assert len(breached) == 1
        assert (await story.state())["messages"] == 1
        assert [entry["kind"] for entry in await story.timeline()].count("note_added") == 1
        await replay_all(server)


async def is_in_queue(crew: Crew, name: str) -> bool:
    """True where the conversation waits in the team's queue."""
    return name in await crew.waiting()


async def owns(crew: Crew, name: str, agent: str) -> bool:
    """True where the team shows this agent beside the conversation, which may also be an offer."""
    return (await crew.has()).get(name, ("", ""))[1] == agent


async def moves_to(handle: WorkflowHandle[Any, Any], build_id: str) -> bool:
    """True where the newest run belongs to that version; else send a signal, because a run moves with its next task."""
    told = await handle.describe()
    if told.raw_description.workflow_execution_info.versioning_info.deployment_version.build_id == build_id:
        return True
    await handle.signal("nudge", {})
    return False
