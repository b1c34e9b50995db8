"""A team's queue in stories: its policy, and its agents who come and go, accept and decline."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from policies.loading.load import load_policy
from tests.cases import case
from tests.conftest import Story
from worker.environment.settings import Settings
from worker.process.hosting import load_policies
from worker.temporal.commanding import execute_command
from worker.temporal.skipping import Clockwork

PATIENCE = 300.0
"""The seconds after which a story fails that waits for what never comes; the busiest machine needs less."""


@dataclass
class Crew:
    """The team of one story, and the name under which stories know it."""

    name: str
    handle: WorkflowHandle[Any, Any]
    clockwork: Clockwork

    async def there(self, *people: str, presence: str = "available") -> None:
        """Set the presence of these agents, `available` unless told otherwise."""
        for agent in people:
            await execute_command(self.handle, "set_presence", {"actor": agent, "presence": presence})

    async def say(self, agent: str, answer: str, story: Story) -> dict[str, Any]:
        """Accept or decline the offer of this conversation, as this agent; raise the refusal that they get."""
        return await execute_command(self.handle, answer, {"actor": agent, "conversation_id": story.id})

    async def after(self, **span: float) -> None:
        """Let this span pass for the team."""
        await self.clockwork.forward(self.handle, timedelta(**span))

    async def state(self) -> dict[str, Any]:
        """Return the team's answer to the query `state`."""
        return await self.handle.query("state")

    async def has(self) -> dict[str, tuple[str, str]]:
        """Return the conversations that agents have or are offered: each id mapped to (state, agent)."""
        return {row["conversation"]: (row["state"], row["agent"]) for row in (await self.state())["with"]}

    async def waiting(self) -> list[str]:
        """Return the ids of the conversations in the queue, the next to be offered first."""
        return [row["conversation"] for row in (await self.state())["line"]]


async def until(found: Callable[[], Awaitable[bool]], within: float = PATIENCE) -> None:
    """Wait until messages between workflows have made `found` true; raise TimeoutError after `within` seconds."""
    async with asyncio.timeout(within):
        while True:
            if await found():
                return
            await asyncio.sleep(0.02)


CREW = case("stories/queues/crew")


def documents(settings: Settings, *texts: str) -> dict[str, Any]:
    """Return the shipped policies and these, by name, as a worker knows them."""
    found = load_policies(settings)
    for text in texts:
        document = load_policy(text, file="crew.yaml", today=datetime.now(UTC).date())
        found[document.policy] = document
    return found


async def in_queue(story: Story, crew: Crew) -> None:
    """Wait until the team and the conversation both show that it waits in the queue."""

    async def stands() -> bool:
        entry = (await story.settled())["place"]
        return story.id in await crew.waiting() and entry is not None and entry["state"] == "waiting"

    await until(stands)
