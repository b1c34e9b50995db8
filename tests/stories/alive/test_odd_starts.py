"""Temporal's start options that end other workflows: a conversation survives them, or says that it can't."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.common import RetryPolicy
from temporalio.service import RPCError

from tests.stories.alive.runs import failed_tasks, runs_of
from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.temporal.skipping import Clockwork

pytestmark = pytest.mark.slow

MONDAY_10_AM = next_weekday(0, 10)
Begin = Callable[..., Awaitable[Story]]


@pytest.fixture
def begin(clockwork: Clockwork, request: pytest.FixtureRequest) -> Begin:
    """Return a function that starts a conversation with these Temporal options."""

    async def start(**options: Any) -> Story:
        name = f"odd-{request.node.name}"
        body = {"conversation_id": name, "policy": "tiered", "channel": "email"}
        return Story(await clockwork.start(body, MONDAY_10_AM, **options), clockwork, MONDAY_10_AM, name)

    return start


async def said(story: Story) -> list[str]:
    """Return what the timeline says of the start's options."""
    return [entry["text"] for entry in await story.timeline() if "started with" in entry["text"]]


async def lives(story: Story) -> None:
    """Check that the conversation takes in a message, and that its promise is broken after fifteen minutes."""
    await story.tell("message", author="customer", text="Hello?")
    await story.settled()
    await story.after(minutes=16)
    assert (await story.settled())["sla_state"] == "breached"
    assert (await story.handle.describe()).status == WorkflowExecutionStatus.RUNNING
    assert await failed_tasks(story) == []


async def test_a_retry_policy_changes_nothing(begin: Begin) -> None:
    """A conversation that was started with a retry policy runs and closes like any other."""
    story = await begin(retry_policy=RetryPolicy(maximum_attempts=5))
    await lives(story)
    await story.order("resolve")
    await story.after(hours=25)
    assert (await story.handle.result())["status"] == "resolved"
    assert await runs_of(story) == 1


async def test_a_run_timeout_ends_nothing(begin: Begin) -> None:
    """A conversation that was started with a run timeout of ten minutes goes on after sixteen."""
    story = await begin(run_timeout=timedelta(minutes=10))
    await lives(story)
    assert await runs_of(story) == 2


async def test_an_execution_timeout_is_told(begin: Begin) -> None:
    """A conversation that Temporal will end after a year says so from the beginning."""
    story = await begin(execution_timeout=timedelta(days=365))
    assert "execution timeout" in (await said(story))[0]
    await lives(story)
    assert await runs_of(story) == 1


async def test_both_timeouts(begin: Begin) -> None:
    """A conversation with a short run timeout and a long execution timeout goes on after the short one."""
    story = await begin(run_timeout=timedelta(minutes=10), execution_timeout=timedelta(days=365))
    await lives(story)
    assert await runs_of(story) == 2


@pytest.mark.slow
async def test_a_run_that_failed_is_begun_again(
    clockwork: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """Runs that time out before any worker is there are retried by their retry policy; the first that works says so."""
    body = {"conversation_id": "odd-failed", "policy": "tiered", "channel": "email"}
    again = {
        "retry_policy": RetryPolicy(initial_interval=timedelta(milliseconds=10)),
        "run_timeout": timedelta(seconds=1),
    }
    start = {"id": "conversation/odd-failed", "task_queue": "baton-late", **again}
    handle = await clockwork.client.start_workflow("Conversation", body, **start)
    story = Story(handle, clockwork, datetime.now(UTC), "odd-failed")
    await until(lambda: has_closed(story, 2))
    late = settings.model_copy(update={"task_queue": "baton-late"})
    async with make_worker(clockwork.client, late, house, load_policies(late)):
        await until(lambda: has_begun(story))
        await handle.signal("message", {"event_id": "again", "author": "customer", "text": "Hello?"})
        await until(lambda: is_back(story))
        assert any("An earlier run ended before its time" in entry["text"] for entry in await story.timeline())
        assert (await handle.describe()).status == WorkflowExecutionStatus.RUNNING
        await handle.terminate()


async def has_begun(story: Story) -> bool:
    """True where a run has a policy."""
    with suppress(RPCError):
        return (await story.handle.query("state"))["policy"] is not None
    return False


@pytest.mark.slow
async def test_a_cron_schedule_is_told(clockwork: Clockwork) -> None:
    """A conversation says that its cron schedule is of no use; later runs don't fail, and take messages."""
    now, body = datetime.now(UTC), {"conversation_id": "odd-cron", "policy": "tiered", "channel": "email"}
    start = {"id": "conversation/odd-cron", "task_queue": "baton", "cron_schedule": "@every 1s"}
    handle = await clockwork.client.start_workflow("Conversation", body, **start)
    story = Story(handle, clockwork, now, "odd-cron")
    assert "cron schedule" in (await said(story))[0]
    await story.order("resolve")
    with suppress(TimeoutError):  # cron goes on for ever, and so does the wait for the server
        async with asyncio.timeout(2):
            await story.after(hours=25)
    await until(lambda: has_closed(story, 3))
    await handle.cancel()
    await handle.signal("message", {"event_id": "again", "author": "customer", "text": "Hello?"})
    await until(lambda: is_back(story))
    assert await failed_tasks(story) == []
    await handle.terminate()


async def has_closed(story: Story, runs: int) -> bool:
    """True where there have been at least so many runs."""
    return await runs_of(story) >= runs


async def is_back(story: Story) -> bool:
    """True where a run has counted the message."""
    with suppress(RPCError):
        return (await story.handle.query("state"))["messages"] == 1
    return False


async def test_a_workflow_id_without_its_prefix(clockwork: Clockwork) -> None:
    """An id that is not `conversation/…` is told on the timeline, because commands and buttons would miss it."""
    body = {"conversation_id": "bare", "policy": "tiered", "channel": "email"}
    handle = await clockwork.client.start_workflow("Conversation", body, id="bare", task_queue="baton")
    story = Story(handle, clockwork, datetime.now(UTC), "bare")
    await story.settled()
    right = "start it as conversation/bare, or commands and buttons miss it."
    assert f"This workflow's id is bare: {right}" in [entry["text"] for entry in await story.timeline()]
