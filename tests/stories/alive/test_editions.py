"""Runs of another edition than the worker's own: what an old worker says, and how a run moves on."""

from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from policies.editions import NEWEST
from tests.stories.alive.test_set_aside import failed_tasks
from tests.stories.conftest import MONDAY_10_AM, Story
from tests.stories.teams import until
from worker.temporal.skipping import Clockwork


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
