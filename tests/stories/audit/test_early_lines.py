"""The ledger knows what was decided within seconds, also while an outside system is down."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.desk.port import Done
from activities.desk.sql import SqlDesk
from policies.state.effects import Assign
from tests.conftest import story_policies
from tests.stories.conftest import MONDAY_10_AM, Story
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.skipping import Clockwork, skipping_server

pytestmark = pytest.mark.slow


class DeskThatIsDown(SqlDesk):
    """A helpdesk that takes no assignment until `is_back` is set."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.is_back = asyncio.Event()

    async def assign(self, effect: Assign) -> Done:
        """Wait until the helpdesk is back."""
        await self.is_back.wait()
        return await super().assign(effect)


@pytest.fixture
def desk(house: OutsideSystems) -> DeskThatIsDown:
    """Return the helpdesk of this story."""
    return DeskThatIsDown(house.store)


@pytest.fixture
async def server(settings: Settings, house: OutsideSystems, desk: DeskThatIsDown) -> AsyncIterator[Clockwork]:
    """Yield a server with a worker that writes lines at once."""
    settings, house = settings.model_copy(update={"ledger_after": 0.0}), replace(house, desk=desk)
    async with skipping_server() as clockwork, make_worker(clockwork.client, settings, house, story_policies()):
        yield clockwork


async def test_a_breach_is_on_record_while_the_helpdesk_is_down(
    server: Clockwork, house: OutsideSystems, desk: DeskThatIsDown
) -> None:
    """The helpdesk hangs when a conversation begins: its beginning and its assignment are on record all the same."""
    body = {"conversation_id": "down", "policy": "tiered", "channel": "email"}
    story = Story(await server.start(body, MONDAY_10_AM), server, MONDAY_10_AM, "down")

    async def waits() -> bool:
        state = await story.handle.query("state")
        return [effect["kind"] for effect in state["waiting_effects"]] == ["assign"]

    await until(waits)

    async def is_recorded() -> bool:
        return bool(await house.ledger.entries("down"))

    await until(is_recorded)
    recorded = await house.ledger.entries("down")
    assert [entry.kind for entry in recorded][:2] == ["conversation_started", "assigned"]
    desk.is_back.set()
    await story.settled()
