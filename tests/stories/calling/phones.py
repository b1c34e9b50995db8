"""People on call who press buttons in Slack, in stories."""

from dataclasses import dataclass
from typing import Any

from activities.slack.rendering.buttons import encode
from tests.conftest import Story
from tests.fakes.socket_mode import FakeWorkspace
from worker.slack.interactions import Interactions

FIRST_STEP = "on-call.1/1.1"


@dataclass
class Phones:
    """A fake Slack workspace, and the part of the worker that takes in its presses."""

    workspace: FakeWorkspace
    interactions: Interactions

    async def press(self, action: str, story: Story, *, by: str, step: str = FIRST_STEP) -> list[str]:
        """Press a button, and return the private messages that this person gets."""
        return await self.repeat(self.workspace.press(action, encode(story.id, step), user=by))

    async def repeat(self, payload: dict[str, Any]) -> list[str]:
        """Deliver a press, for the first time or again, and return the private messages that it leads to."""
        before = len(self.workspace.said)
        assert await self.interactions.take_in(payload) == {}
        await self.interactions.finish()
        return [said["text"] for said in self.workspace.said[before:]]

    async def send(self, values: dict[str, str], *, by: str) -> dict[str, Any]:
        """Fill in the open form and send it; return Baton's answer to Slack (`{}` closes the form)."""
        answer = await self.interactions.take_in(self.workspace.submit(values, user=by))
        await self.interactions.finish()
        return answer
