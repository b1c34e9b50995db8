"""Changes that wait together for the helpdesk leave together, and each keeps an outcome of its own."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.desk.port import Done
from activities.desk.sql import SqlDesk
from activities.effects.errors import permanent
from policies.state.effects import AddInternalNote
from tests.conftest import story_policies
from tests.stories.conftest import MONDAY_10_AM, Story, replay_all
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.skipping import Clockwork, skipping_server

NOTE = {"actor": "anna", "tried": "a refund", "think": "a bug", "need": "a developer"}


class DeskWithoutNotes(SqlDesk):
    """A helpdesk that raises `trouble`, as often as there is some, where a note is added."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.trouble: list[Exception] = []

    async def add_internal_note(self, effect: AddInternalNote) -> Done:
        """Raise the next trouble, or add the note."""
        if self.trouble:
            raise self.trouble.pop(0)
        return await super().add_internal_note(effect)


@pytest.fixture
def desk(house: OutsideSystems) -> DeskWithoutNotes:
    """Return the helpdesk of these stories."""
    return DeskWithoutNotes(house.store)


@pytest.fixture
async def server(settings: Settings, house: OutsideSystems, desk: DeskWithoutNotes) -> AsyncIterator[Clockwork]:
    """Yield a server with a worker for that helpdesk; every history has to replay."""
    settings, house = settings.model_copy(update={"max_cached_workflows": 0}), replace(house, desk=desk)
    async with skipping_server() as clockwork, make_worker(clockwork.client, settings, house, story_policies()):
        yield clockwork
        await replay_all(clockwork)


async def handed_over(server: Clockwork, name: str) -> Story:
    """Start a conversation that is settled, then reassign it with a note: an assignment and a note leave together."""
    body = {"conversation_id": name, "policy": "tiered", "channel": "email"}
    story = Story(await server.start(body, MONDAY_10_AM), server, MONDAY_10_AM, name)
    await story.settled()
    await story.order("reassign", team="technical", assignee="sam", note="API keys", actor="jane")
    await story.settled()
    return story


async def asked(story: Story) -> list[str]:
    """Return the activities by which the helpdesk was asked, in their order."""
    history = await story.handle.fetch_history()
    kinds = [event.activity_task_scheduled_event_attributes.activity_type.name for event in history.events]
    return [kind for kind in kinds if kind.startswith("desk.")]


async def at_the_desk(story: Story, desk: SqlDesk) -> tuple[str, list[str]]:
    """Return the team that the helpdesk shows, and its notes."""
    conversation = await desk.conversation(story.id)
    assert conversation is not None
    return conversation.team, [note.body for note in await desk.notes(story.id)]


HANDED_OVER = "Handed over to Specialists — Technical / sam by jane — API keys"


async def test_one_turn_asks_the_helpdesk_once(server: Clockwork, desk: DeskWithoutNotes) -> None:
    """An assignment and its note reach the helpdesk by one activity."""
    story = await handed_over(server, "desk-together")
    assert await at_the_desk(story, desk) == ("technical", [HANDED_OVER])
    assert await asked(story) == ["desk.assign", "desk.perform"]


@pytest.mark.slow
async def test_an_effect_that_fails_goes_again_alone(server: Clockwork, desk: DeskWithoutNotes) -> None:
    """The helpdesk can't take the note now: the assignment is made once, and the note is added later."""
    desk.trouble = [ConnectionError("the desk is down")] * 2
    story = await handed_over(server, "desk-later")
    assert await at_the_desk(story, desk) == ("technical", [HANDED_OVER])
    assert await asked(story) == ["desk.assign", "desk.perform", "desk.add_internal_note"]


async def test_a_refused_effect_fails_alone(server: Clockwork, desk: DeskWithoutNotes) -> None:
    """The helpdesk refuses the note for good: the timeline says so, and the assignment stands."""
    desk.trouble = [ConnectionError("the desk is down"), permanent("notes are closed")]
    story = await handed_over(server, "desk-refused")
    assert await at_the_desk(story, desk) == ("technical", [])
    failed = [row["text"] for row in await story.timeline() if row["kind"] == "effect_failed"]
    assert failed == ["Could not add internal note: notes are closed"]
