"""A team's queue in stories: its people come and go, and say yes or no."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from tests.conftest import Story
from worker.temporal.commanding import execute_command
from worker.temporal.skipping import Clockwork


@dataclass
class Crew:
    """The team of one story."""

    name: str
    handle: WorkflowHandle[Any, Any]
    clockwork: Clockwork

    async def there(self, *people: str, presence: str = "available") -> None:
        """These people came, or went."""
        for agent in people:
            await execute_command(self.handle, "set_presence", {"actor": agent, "presence": presence})

    async def say(self, agent: str, answer: str, story: Story) -> dict[str, Any]:
        """Somebody accepts or declines; raises what they would be told."""
        return await execute_command(self.handle, answer, {"actor": agent, "conversation_id": story.id})

    async def after(self, **span: float) -> None:
        """Let time pass for the team."""
        await self.clockwork.forward(self.handle, timedelta(**span))

    async def state(self) -> dict[str, Any]:
        """How the team stands."""
        return await self.handle.query("state")

    async def has(self) -> dict[str, tuple[str, str]]:
        """Who has what: conversation to state and person."""
        return {row["conversation"]: (row["state"], row["agent"]) for row in (await self.state())["with"]}

    async def line(self) -> list[str]:
        """Who waits, the first in line first."""
        return [row["conversation"] for row in (await self.state())["line"]]


async def until(found: Callable[[], Awaitable[bool]], within: float = 30) -> None:
    """Wait for what messages between workflows will bring; a story that never gets there runs into its time limit."""
    async with asyncio.timeout(within):
        while True:
            if await found():
                return
            await asyncio.sleep(0.02)
