"""Fixtures and names that stories use; the server and its fixtures serve other tests, too: see `tests/conftest.py`."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.conftest import QUEUES, STORY_POLICIES, Story, next_weekday, replay_all
from tests.fakes.socket_mode import FakeWorkspace
from tests.stories.calling.phones import Phones
from worker.buttons.carrying_out import CarryingOut
from worker.slack.interactions import Interactions
from worker.temporal.skipping import Clockwork

__all__ = ["QUEUES", "STORY_POLICIES", "Story", "next_weekday", "replay_all"]
MONDAY_10_AM = next_weekday(0, 10)


@pytest.fixture
async def phones(clockwork: Clockwork) -> AsyncIterator[Phones]:
    """Yield a fake Slack workspace and Baton's answers to its presses; there, "now" is always that Monday, 10 AM."""
    async with FakeWorkspace() as workspace:
        slack = AsyncWebClient("xoxb-test", base_url=workspace.url)
        yield Phones(workspace, Interactions(CarryingOut(clockwork.client, now=lambda: MONDAY_10_AM), slack))
