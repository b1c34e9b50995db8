"""People with Slack in their hands, in stories."""

from dataclasses import dataclass
from typing import Any

from activities.slack.rendering.buttons import encode
from tests.conftest import Story
from tests.fakes.socket_mode import FakeWorkspace
from worker.slack.interactions import Interactions

FIRST_STEP = "on-call.1/1.1"


@dataclass
class Phones:
    """The people on call, with Slack in their hands."""

    workspace: FakeWorkspace
    interactions: Interactions

    async def press(self, action: str, story: Story, *, by: str, step: str = FIRST_STEP) -> list[str]:
        """Press a button; what only that person sees of it."""
        return await self.repeat(self.workspace.press(action, encode(story.id, step), user=by))

    async def repeat(self, payload: dict[str, Any]) -> list[str]:
        """Slack says the same thing (again); what the person sees of it."""
        before = len(self.workspace.said)
        assert await self.interactions.take_in(payload) == {}
        await self.interactions.finish()
        return [said["text"] for said in self.workspace.said[before:]]

    async def send(self, values: dict[str, str], *, by: str) -> dict[str, Any]:
        """Fill in the form that is open, and send it; what becomes of the form."""
        answer = await self.interactions.take_in(self.workspace.submit(values, user=by))
        await self.interactions.finish()
        return answer
