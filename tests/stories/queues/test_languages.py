"""A queue whose agents must speak the customer's language: on the real server, with the team's workflow."""

from collections.abc import Awaitable, Callable

import pytest

from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import Crew, until
from worker.temporal.skipping import Clockwork

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)


@pytest.fixture
async def crew(clockwork: Clockwork) -> Crew:
    """Return the team of these stories, with both of its agents at work."""
    handle = await clockwork.client.start_workflow(
        "Team", {"team": "speakers", "policy": "languages"}, id="team/speakers", task_queue="baton"
    )
    crew = Crew("speakers", handle, clockwork)
    await crew.there("ann", "bob")
    return crew


async def test_each_form_of_a_language_finds_its_speaker(start: Start, crew: Crew) -> None:
    """Customers whose helpdesk writes German as `de_DE.UTF-8`, or who prefer Portuguese, get Bob, and nobody waits."""
    customers = (
        {"locale": "de_DE.UTF-8"},
        {"locale": "en-US", "preferences": {"language": "pt_BR"}},
        {"locale": " de;q=0.9"},
    )
    for customer in customers:
        story = await start(MONDAY_10_AM, policy="languages", customer=customer)

        async def is_bobs(story: Story = story) -> bool:
            return (await story.settled())["assignee"] == "bob"

        await until(is_bobs)

    # The same team: a language that it lacks is found at once, and the customer need not wait out the eight hours.
    story = await start(MONDAY_10_AM, policy="languages", customer={"locale": "de", "preferences": {"language": "pl"}})

    async def is_with_interpreters() -> bool:
        return (await story.settled())["team"] == "interpreters"

    await until(is_with_interpreters)
    [said] = [entry["text"] for entry in await story.timeline() if "Interpreters" in entry["text"]]
    because = "nobody of Speakers could take it at any time: ann does not speak pl, bob does not speak pl"
    assert said == f"Assigned to Interpreters: {because}"
