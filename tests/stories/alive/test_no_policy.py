"""A conversation whose policy can't be looked up: it waits for a worker that has it, and its callers don't wait."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import WorkflowUpdateFailedError
from temporalio.common import RetryPolicy
from temporalio.worker import Worker

from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import until
from tests.unsandboxed import Unsandboxed
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.temporal.skipping import Clockwork, skipping_server
from workflows.conversation import ConversationWorkflow
from workflows.limits.patience import LOOK_UP_AGAIN, Patience

MONDAY_10_AM = next_weekday(0, 10)


@activity.defn(name="policy.resolve")
async def in_vain(_name: str, _begun: Any = None) -> None:
    """Fail to look a policy up, as a worker that has lost its policies."""
    raise ValueError("no policies here")


async def test_a_command_is_refused_and_the_conversation_goes_on_later(
    settings: Settings, house: OutsideSystems, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a policy each command is refused at once; once a worker has the policy, the customer's message counts."""
    once = Patience(timedelta(seconds=1), timedelta(seconds=1), RetryPolicy(maximum_attempts=1))
    monkeypatch.setattr("workflows.frame.shell.LOOK_UP", once)  # time is not skipped during a look-up
    async with skipping_server() as clockwork:
        body = {"conversation_id": "c", "policy": "tiered", "channel": "email"}
        story = Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, "c")
        async with lost(clockwork):
            await story.tell("message", at=MONDAY_10_AM, author="customer", text="Hello?")
            for agent in ("anna", "ben"):  # during the first look-up, and during the wait for the next
                async with asyncio.timeout(LOOK_UP_AGAIN.total_seconds() / 2):
                    with pytest.raises(WorkflowUpdateFailedError) as refused:
                        await story.handle.execute_update("take", {"actor": agent})
                assert "could not be looked up so far, send it again" in str(refused.value.cause)
        async with make_worker(clockwork.client, settings, house, load_policies(settings)):
            await clockwork.forward(story.handle, LOOK_UP_AGAIN)
            await until(lambda: has_heard(story))


def lost(clockwork: Clockwork) -> Worker:
    """Return a worker that has lost its policies."""
    runner = Unsandboxed()
    return Worker(
        clockwork.client,
        task_queue="baton",
        workflows=[ConversationWorkflow],
        activities=[in_vain],
        workflow_runner=runner,
    )


async def has_heard(story: Story) -> bool:
    """True where the conversation has counted the message."""
    return (await story.handle.query("state"))["messages"] == 1
