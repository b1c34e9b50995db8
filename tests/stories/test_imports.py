"""Imports and catching up on the real server: all that has arrived is taken in before time is judged."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import EventType

from tests.conftest import QUEUES
from tests.stories.conftest import STORY_POLICIES, Story, next_weekday
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.temporal.skipping import Clockwork

MONDAY_10_AM = next_weekday(0, 10)


async def _started(clockwork: Clockwork, name: str, opened_at: datetime, **signal: str) -> Story:
    """Start a conversation now that was opened before, with a signal that is there from the beginning."""
    handle = await clockwork.client.start_workflow(
        "Conversation",
        {"conversation_id": name, "policy": "clocks", "channel": "email", "opened_at": opened_at.isoformat()},
        id=f"conversation/{name}",
        task_queue=QUEUES[0],
        start_signal="message" if signal else None,
        start_signal_args=[signal] if signal else [],
    )
    return Story(handle, clockwork, opened_at, name)


async def test_an_import_tells_no_person_of_its_past(clockwork: Clockwork, house: OutsideSystems) -> None:
    """A conversation of five days ago is imported: it is late on the record, and no note or reply is written."""
    story = await _started(clockwork, "import-old", datetime.now(UTC) - timedelta(days=5))
    kinds = await story.kinds()
    assert "imported" in kinds
    assert "clock_breached" in kinds
    assert await house.desk.notes(story.id) == []


async def test_an_answer_that_came_with_the_start_keeps_the_promise(
    clockwork: Clockwork, house: OutsideSystems
) -> None:
    """A start with `opened_at` hours ago and its answer in the inbox: nothing is judged first and corrected then."""
    opened_at = datetime.now(UTC) - timedelta(hours=20)
    answered = (opened_at + timedelta(seconds=5)).isoformat()
    said = {"event_id": "a", "author": "agent", "author_id": "ann", "text": "Hello", "occurred_at": answered}
    story = await _started(clockwork, "import-answered", opened_at, **said)
    kinds = await story.kinds()
    assert "clock_met" in kinds
    assert not {"clock_breached", "retracted", "imported"} & {*kinds}
    assert await house.desk.notes(story.id) == []


async def test_an_answer_that_has_arrived_is_taken_in_before_time_is_judged(
    clockwork: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """While no worker runs, a rule on waiting falls due and an answer is reported: the rule never fires."""
    own = settings.model_copy(update={"task_queue": "catching-up", "policies": STORY_POLICIES})
    body = {"conversation_id": "catching-up", "policy": "clocks", "channel": "email"}
    async with make_worker(clockwork.client, own, house, load_policies(own)):
        handle = await clockwork.start(body, MONDAY_10_AM, task_queue="catching-up")
        story = Story(handle, clockwork, MONDAY_10_AM, "catching-up")
        await story.settled()
    passing = asyncio.create_task(story.after(minutes=31))
    await until(lambda: _has_fired(story))
    answered = MONDAY_10_AM + timedelta(minutes=29)
    await story.tell("message", at=answered, event_id="a", author="agent", author_id="ann", text="Hello")
    await story.handle.signal("nudge", {})
    async with make_worker(clockwork.client, own, house, load_policies(own)):
        await passing
        kinds = await story.kinds()
    assert "clock_met" in kinds
    assert not {"waiting", "retracted"} & {*kinds}


async def _has_fired(story: Story) -> bool:
    events = (await story.handle.fetch_history()).events
    return any(event.event_type == EventType.EVENT_TYPE_TIMER_FIRED for event in events)
