"""Values that are too long for lists: the conversation goes on, lists show what fits, the state has all."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from temporalio.client import WorkflowExecutionStatus

from tests.stories.alive.runs import failed_tasks
from tests.stories.conftest import Story, next_weekday
from workflows.contract import ASSIGNEE, CHANNEL, TAGS
from workflows.limits.shortening import keyword, keywords

pytestmark = pytest.mark.slow

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
EMOJI = "🎈" * 180


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param([f"возврат-средств-{number:02}" for number in range(23)], id="23 Cyrillic"),
        pytest.param([EMOJI, "billing"], id="emoji"),
        pytest.param([f"{number:03}{'x' * 190}" for number in range(200)], id="200 long", marks=pytest.mark.slow),
        pytest.param(["a\u0000b", "c\u001bd", "e\u202ef"], id="control"),
    ],
)
async def test_tags_that_lists_cannot_show(start: Start, tags: list[str]) -> None:
    """A conversation with more tags than a list can hold goes on: the list shows what fits, the state all of them."""
    story = await start(MONDAY_10_AM)
    for first in range(0, len(tags), 50):  # with over a hundred in one task, the server repeats it
        await asyncio.gather(*(story.tell("tag_added", tag=tag, at=MONDAY_10_AM) for tag in tags[first : first + 50]))
        await story.settled()
    state = await story.settled()
    assert len(state["tags"]) == len(tags)
    described = await story.handle.describe()
    assert described.status == WorkflowExecutionStatus.RUNNING
    assert described.typed_search_attributes.get(TAGS) == keywords(state["tags"])
    assert await failed_tasks(story) == []


async def test_names_that_lists_cannot_show(start: Start) -> None:
    """A channel and an assignee of 180 emoji are cut in lists and whole in the state."""
    story = await start(MONDAY_10_AM, channel=EMOJI)
    await story.tell("reassigned", team="billing", assignee=EMOJI, by="ada")
    state = await story.settled()
    assert (state["channel"], state["assignee"]) == (EMOJI, EMOJI)
    described = await story.handle.describe()
    assert described.status == WorkflowExecutionStatus.RUNNING
    shown = described.typed_search_attributes
    assert (shown.get(CHANNEL), shown.get(ASSIGNEE)) == (keyword(EMOJI), keyword(EMOJI))
    assert await failed_tasks(story) == []
