"""Teams that send customers on to each other: a customer waits in one queue at a time, of a team that is at work."""

from collections.abc import Awaitable, Callable

import pytest

from tests.stories.alive.runs import failed_tasks
from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import Crew, until
from worker.temporal.skipping import Clockwork

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)


@pytest.mark.slow
async def test_an_untaken_conversation_waits_with_the_team_at_work(start: Start, clockwork: Clockwork) -> None:
    """A conversation that no agent takes for a day and a night waits with Day by day and with Night by night."""
    story = await start(MONDAY_10_AM, policy="rings")
    night, day = (
        Crew(team, clockwork.client.get_workflow_handle(f"team/ring-{team}"), clockwork) for team in ("night", "day")
    )
    for hours, here, there in ((0, night, None), (1, day, night), (8, night, day), (22, night, day), (24, day, night)):
        await story.after(hours=hours)
        await in_queue(story, here)
        if there is not None:
            await until(lambda there=there: is_free(there))
    moves = [entry["text"].partition(":")[0] for entry in await story.timeline() if entry["kind"] == "assigned"]
    assert moves == ["Assigned to Night", "Assigned to Day", "Assigned to Night", "Assigned to Day"]
    assert await failed_tasks(story) == []
    await day.there("bob")

    async def is_asked() -> bool:
        return (await day.has()).get(story.id) == ("offered", "bob")

    await until(is_asked)


async def in_queue(story: Story, crew: Crew) -> None:
    """Wait until the conversation is the only one in the team's queue, and knows it."""

    async def stands() -> bool:
        entry = (await story.settled())["place"]
        return entry is not None and entry["state"] == "waiting" and await crew.waiting() == [story.id]

    await until(stands)


async def is_free(crew: Crew) -> bool:
    """True where nobody waits in this team's queue."""
    return await crew.waiting() == []
