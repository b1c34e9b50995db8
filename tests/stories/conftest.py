"""Where stories find their words; the server and its fixtures are shared with other tests, in `tests/conftest.py`."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.conftest import QUEUES, STORY_POLICIES, Story, next_weekday, replay_all
from tests.fakes.socket_mode import FakeWorkspace
from tests.stories.calling.phones import Phones
from worker.slack.interactions import Interactions
from worker.temporal.skipping import Clockwork

__all__ = ["QUEUES", "STORY_POLICIES", "Story", "next_weekday", "replay_all"]
MONDAY_10_AM = next_weekday(0, 10)


@pytest.fixture
async def phones(clockwork: Clockwork) -> AsyncIterator[Phones]:
    """Slack and what a worker does with it; tomorrow is the day after that Monday."""
    async with FakeWorkspace() as workspace:
        slack = AsyncWebClient("xoxb-test", base_url=workspace.url)
        yield Phones(workspace, Interactions(clockwork.client, slack, now=lambda: MONDAY_10_AM))
