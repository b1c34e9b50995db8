"""A cancel request is kept in the timeline, whenever it comes, and ends neither a conversation nor a team's queue."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError

from tests.stories.alive.runs import failed_tasks, has_messages, runs_of
from tests.stories.calling.outages import ledger_away
from tests.stories.conftest import Story, next_weekday, replay_all
from tests.stories.teams import CREW, documents, until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.skipping import Clockwork, dynamic_config, skipping_server

MONDAY_10_AM = next_weekday(0, 10)
MINUTE = timedelta(minutes=1)
REJECTED = "Rejected cancellation"
Serve = Callable[[], Any]


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Clockwork]:
    """Yield a server without workers, which suggests continuing as new after 60 events."""
    async with skipping_server(extra=dynamic_config({"limit.historyCount.suggestContinueAsNew": "60"})) as clockwork:
        yield clockwork


@pytest.fixture
def serve(server: Clockwork, settings: Settings, house: OutsideSystems) -> Serve:
    """Return a function that starts a worker, which has nothing of earlier workers in its cache."""
    return lambda: make_worker(server.client, settings, house, documents(settings, CREW))


async def begin(clockwork: Clockwork, name: str, policy: str = "tiered") -> Story:
    """Start a conversation at that Monday, 10 AM."""
    body = {"conversation_id": name, "policy": policy, "channel": "email"}
    return Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, name)


async def cancellations(story: Story) -> int:
    """Return how many timeline entries report a rejected cancellation."""
    while True:
        try:
            return sum(REJECTED in entry["text"] for entry in await story.timeline())
        except RPCError:  # between two runs no workflow answers
            await asyncio.sleep(0.05)


async def is_running(handle: WorkflowHandle[Any, Any]) -> bool:
    """True where the workflow is running."""
    return (await handle.describe()).status == WorkflowExecutionStatus.RUNNING


async def test_before_the_first_task(server: Clockwork, serve: Serve) -> None:
    """A conversation that is cancelled before any worker saw it begins, and its timeline has the cancellation."""
    story = await begin(server, "cancelled-first")
    await story.handle.cancel()
    async with serve():
        assert await cancellations(story) == 1
        await story.tell("message", author="customer", text="Hello?")
        assert (await story.settled())["messages"] == 1
    assert await is_running(story.handle)


async def test_in_a_backlog_and_twice(server: Clockwork, serve: Serve) -> None:
    """A conversation that is cancelled twice among forty unread messages counts all of them."""
    async with serve():
        story = await begin(server, "cancelled-backlog")
        await story.settled()
    for number in range(40):
        await story.tell("message", author="customer", text=f"message {number}")
        if number in (10, 30):
            await story.handle.cancel()
    async with serve():
        await until(lambda: has_messages(story, 40))
        assert await cancellations(story) == 1
        await replay_all(server)
    assert (await is_running(story.handle), await failed_tasks(story)) == (True, [])


@pytest.mark.slow
async def test_questions_while_a_backlog_is_written(server: Clockwork, serve: Serve) -> None:
    """A history can be replayed although queries came in the task that writes to the ledger just before a run ends."""
    for number in range(10):
        async with serve():
            story = await begin(server, f"asked-{number}")
            await story.settled()
        for message in range(40):
            await story.tell("message", author="customer", text=f"message {message}")
        async with serve():
            await until(lambda story=story: has_messages(story, 40))
            await replay_all(server)
        assert await failed_tasks(story) == []


@pytest.mark.slow
async def test_while_it_continues(server: Clockwork, serve: Serve) -> None:
    """A conversation that is cancelled in each of its runs goes on, with one timeline entry for each cancelled run."""
    async with serve():
        story = await begin(server, "cancelled-continuing")
        cancelled: set[str] = set()
        for number in range(80):
            told = story.tell("message", author="customer", text=f"message {number}")
            cancelled.add((await story.handle.describe()).run_id)
            await asyncio.gather(told, story.handle.cancel())
        await until(lambda: has_messages(story, 80))
        assert await runs_of(story) > 2
        lines = await cancellations(story)
        assert len(cancelled) - 1 <= lines <= await runs_of(story)
        await replay_all(server)
    assert (await is_running(story.handle), await failed_tasks(story)) == (True, [])


@pytest.mark.slow
async def test_while_it_closes(server: Clockwork, serve: Serve, house: OutsideSystems) -> None:
    """A conversation that is cancelled while it waits for the database closes as usual, with the cancel on record."""
    async with serve():
        story = await begin(server, "cancelled-closing")
        async with ledger_away(house):
            await story.tell("message", author="customer", text="Hello?")
            await story.order("resolve")
            await story.settled()
            await story.after(hours=25)
            await story.handle.cancel()
            assert await cancellations(story) == 1
        await story.after(hours=50)
        assert (await story.handle.result())["status"] == "resolved"
        written = await house.ledger.entries(story.id)
        assert [entry.kind for entry in written if REJECTED in entry.because] == ["rejected"]


@pytest.mark.parametrize("when", ["before the first task", "in a backlog"])
async def test_a_cancelled_queue_goes_on(server: Clockwork, serve: Serve, when: str) -> None:
    """A team's queue that is cancelled goes on, and its timeline has the cancellation."""
    start = {"team": "crew", "policy": "crew"}
    handle = await server.client.start_workflow("Team", start, id="team/crew", task_queue="baton")
    if when == "in a backlog":
        async with serve():
            await until(lambda: shows_ann(handle, "offline"))
    for number in range(20):
        told = {"agent": "ann", "presence": ("away", "available")[number % 2], "event_id": f"ann-{number}"}
        await handle.signal("presence", {**told, "occurred_at": (MONDAY_10_AM + number * MINUTE).isoformat()})
        if number == 10:
            await handle.cancel()
    async with serve():
        await until(lambda: shows_ann(handle, "available"))
        timeline = [entry["text"] for entry in await handle.query("timeline")]
        assert sum("cancellation" in text for text in timeline) == 1, timeline
    assert await is_running(handle)
    await handle.terminate()


@pytest.mark.slow
async def test_a_queue_cancelled_in_each_of_its_runs_goes_on(server: Clockwork, serve: Serve) -> None:
    """A team's queue that is cancelled in each of its runs goes on, with one timeline entry for each cancelled run."""
    start = {"team": "crew", "policy": "crew"}
    handle = await server.client.start_workflow("Team", start, id="team/crew", task_queue="baton")
    team = Story(handle, server, MONDAY_10_AM, "crew")
    async with serve():
        cancelled: set[str] = set()
        for number in range(80):  # the timeline keeps a hundred entries
            told = {"agent": "ann", "presence": ("away", "available")[number % 2], "event_id": f"ann-{number}"}
            told["occurred_at"] = (MONDAY_10_AM + number * MINUTE).isoformat()
            cancelled.add((await handle.describe()).run_id)
            await asyncio.gather(handle.signal("presence", told), handle.cancel())
        await until(lambda: shows_ann(handle, "available"))
        runs = await runs_of(team)
        timeline = [entry["text"] for entry in await handle.query("timeline")]
        lines = sum("cancellation" in text for text in timeline)
        assert (runs > 2, len(cancelled) - 1 <= lines <= runs) == (True, True)
        await replay_all(server)
    assert (await is_running(handle), await failed_tasks(team)) == (True, [])
    await handle.terminate()


async def shows_ann(handle: WorkflowHandle[Any, Any], presence: str) -> bool:
    """True where the team shows Ann with this presence."""
    with suppress(RPCError):  # before the first task
        people = {row["agent"]: row["presence"] for row in (await handle.query("state"))["people"]}
        return people.get("ann") == presence
    return False
