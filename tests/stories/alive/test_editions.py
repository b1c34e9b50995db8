"""Runs of another edition than the worker's own: what an old worker says, and how a run moves on."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from activities.editions import allow, newest_allowed, open_runs
from policies.editions import FIRST, NEWEST
from tests.conftest import story_policies
from tests.stories.alive.runs import failed_tasks, has_edition
from tests.stories.conftest import MONDAY_10_AM, Story, replay_all
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.moving_on import move_quiet_runs
from worker.temporal.skipping import Clockwork, skipping_server

IN_A_MONTH = datetime.now(UTC) + timedelta(days=30)
"""Later than any start of a run here; a run that continues another begins at its own, skipped, time."""


async def first_event(handle: WorkflowHandle[Any, Any]) -> Any:
    """Return the first event of the latest run's history."""
    return (await handle.fetch_history()).events[0].workflow_execution_started_event_attributes


async def test_a_conversation_moves_into_the_workers_edition(clockwork: Clockwork) -> None:
    """A quiet conversation that is asked to move on does so, and its promise is called broken at the same time."""
    body = {"conversation_id": "moves-on", "policy": "tiered", "channel": "email"}
    story = Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, "moves-on")
    await story.settled()
    before = (await story.handle.describe()).run_id

    async def has_moved() -> bool:
        return (await clockwork.client.get_workflow_handle(story.handle.id).describe()).run_id != before

    await story.handle.signal("move_on", {"edition": NEWEST + 1})
    await until(has_moved)
    handle = clockwork.client.get_workflow_handle(story.handle.id)
    data = (await first_event(handle)).input.payloads[0].data
    assert f'"edition":{NEWEST}' in data.decode().replace(" ", "")
    await story.after(minutes=16)
    await story.settled()
    breached = [entry["at"] for entry in await story.timeline() if entry["kind"] == "clock_breached"]
    assert breached == [(MONDAY_10_AM + timedelta(minutes=15)).isoformat()]


async def test_a_conversation_of_the_same_edition_stays_in_its_run(clockwork: Clockwork) -> None:
    """A conversation that already has the edition it is asked to move to goes on in the same run."""
    body = {"conversation_id": "stays", "policy": "tiered", "channel": "email"}
    story = Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, "stays")
    before = (await story.handle.describe()).run_id
    await story.handle.signal("move_on", {"edition": NEWEST})
    await story.tell("message", author="customer", text="hello")
    assert (await story.settled())["messages"] == 1
    assert (await clockwork.client.get_workflow_handle(story.handle.id).describe()).run_id == before


async def test_an_old_worker_says_that_it_is_too_old(clockwork: Clockwork) -> None:
    """A worker that is older than a conversation's edition changes nothing and says which worker is needed."""
    body = {"taken_over": True, "carried": {}, "edition": NEWEST + 1}
    handle = await clockwork.client.start_workflow("Conversation", body, id="conversation/newer", task_queue="baton")
    story = Story(handle, clockwork, MONDAY_10_AM, "newer")

    async def has_failed() -> bool:
        return bool(await failed_tasks(story))

    await until(has_failed)
    (said, *_) = await failed_tasks(story)
    assert said == (
        f"this run has edition {NEWEST + 1}, and this worker knows no edition after {NEWEST}: "
        "start a worker of the newer version, see docs/upgrading.md"
    )
    await handle.terminate()


@pytest.mark.parametrize(("allowed", "given"), [(None, NEWEST), (FIRST, FIRST), (NEWEST + 1, NEWEST)])
def test_a_worker_gives_no_newer_edition_than_it_may_or_knows(allowed: int | None, given: int) -> None:
    """Runs that begin get the newest edition of the worker, or less where its settings say so."""
    allow(allowed)
    assert newest_allowed() == given
    allow(None)


@pytest.fixture
async def alone(settings: Settings, house: OutsideSystems) -> AsyncIterator[Clockwork]:
    """Yield a server of its own with a worker: other stories' conversations stay in their edition."""
    own = settings.model_copy(update={"edition_max": FIRST})
    async with skipping_server() as clockwork, make_worker(clockwork.client, own, house, story_policies()):
        yield clockwork
        await replay_all(clockwork)
    allow(None)


async def test_quiet_conversations_move_on_by_themselves(alone: Clockwork) -> None:
    """A day after an upgrade, quiet conversations and teams of the old edition have the new one."""
    body = {"conversation_id": "quiet", "policy": "queued", "channel": "web_chat", "tags": ["refund"]}
    story = Story(await alone.start(body, MONDAY_10_AM), alone, MONDAY_10_AM, "quiet")
    assert (await story.settled())["edition"] == FIRST
    await until(lambda: counts(alone, FIRST))
    assert await move_quiet_runs(alone.client, datetime.now(UTC), pause=0) == 0
    allow(None)
    assert await move_quiet_runs(alone.client, datetime.now(UTC), pause=0) == 0  # none is a day old
    assert await move_quiet_runs(alone.client, IN_A_MONTH, pause=0) > 0
    await until(lambda: has_edition(story, NEWEST))
    allow(FIRST)  # back again
    await until(lambda: counts(alone, NEWEST))
    assert await move_quiet_runs(alone.client, IN_A_MONTH, pause=0) > 0
    await until(lambda: has_edition(story, FIRST))
    assert [entry["text"] for entry in await story.timeline() if entry["kind"] == "edition_changed"] == [
        f"Goes on in edition {NEWEST} of Baton",
        f"Goes on in edition {FIRST} of Baton",
    ]


async def counts(clockwork: Clockwork, edition: int) -> bool:
    """Return whether the server lists an open run of that edition."""
    return edition in await open_runs(clockwork.client)
