"""The exact cost of the canonical conversation: a change that adds an event to every history fails here."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from bench.canonical import STEPS, SUBJECT, Watch
from bench.counting import billable_actions, events_by_type
from tests.fakes.slack import FakeSlack
from tests.stories.conftest import Story, next_weekday

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)

UNTIL_RESOLVED = {
    "ACTIVITY_TASK_COMPLETED": 3,
    "ACTIVITY_TASK_SCHEDULED": 3,
    "ACTIVITY_TASK_STARTED": 3,
    "MARKER_RECORDED": 2,
    "TIMER_CANCELED": 1,
    "TIMER_STARTED": 2,
    "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES": 4,
    "WORKFLOW_EXECUTION_SIGNALED": 5,
    "WORKFLOW_EXECUTION_STARTED": 1,
    "WORKFLOW_TASK_COMPLETED": 9,
    "WORKFLOW_TASK_SCHEDULED": 9,
    "WORKFLOW_PROPERTIES_MODIFIED": 2,
    "WORKFLOW_TASK_STARTED": 9,
}
CLOSING = {
    "TIMER_FIRED": 1,
    "WORKFLOW_EXECUTION_COMPLETED": 1,
    "WORKFLOW_TASK_COMPLETED": 1,
    "WORKFLOW_TASK_SCHEDULED": 1,
    "WORKFLOW_TASK_STARTED": 1,
}
ACTIONS = {"activity": 3, "local activities": 2, "search attributes": 4, "signal": 5, "start": 1, "timer": 2}


async def test_the_cost_of_a_conversation_is_known(start: Start, slack: FakeSlack) -> None:
    """A customer with a billing question, answered and resolved, costs 53 events of history and 17 billed actions."""
    story = await start(MONDAY_10_AM, subject=SUBJECT)
    watch = Watch(story.handle)
    for sent, (signal, body) in enumerate(STEPS):
        await watch.until(partial(Watch.has_settled, signals=sent))
        if signal == "tag_added":
            async with slow(slack, story):
                await story.tell(signal, **body)
        else:
            await story.tell(signal, **body)
    await watch.until(partial(Watch.has_settled, signals=len(STEPS)))
    resolved = watch.events
    assert events_by_type(resolved) == UNTIL_RESOLVED
    assert sum(UNTIL_RESOLVED.values()) == 53
    assert billable_actions(resolved) == ACTIONS
    assert sum(ACTIONS.values()) == 17
    await story.clockwork.forward(story.handle, timedelta(hours=25))
    await story.handle.result()
    closed = (await story.handle.fetch_history()).events
    both = {name: UNTIL_RESOLVED.get(name, 0) + CLOSING.get(name, 0) for name in {**UNTIL_RESOLVED, **CLOSING}}
    assert events_by_type(closed) == both
    assert billable_actions(closed) == ACTIONS


@asynccontextmanager
async def slow(slack: FakeSlack, story: Story) -> AsyncIterator[None]:
    """Hold Slack's answer until the helpdesk is done; otherwise chance decides which of them share a workflow task."""
    async with slack._posted:  # the lock that the fake takes before it answers
        yield
        while True:
            state = await story.handle.query("state")
            if [effect["kind"] for effect in state["waiting_effects"]] == ["notify"]:
                return
            await asyncio.sleep(0.01)
