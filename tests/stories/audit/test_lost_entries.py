"""A team or a conversation that was ended from outside: on the real server, nothing waits for it for ever."""

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from temporalio import workflow
from temporalio.worker import Worker

from activities.catalog import Catalog
from tests.conftest import story_policies
from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import Crew, in_queue, until
from tests.unsandboxed import Unsandboxed
from worker.process.hosting import OutsideSystems
from worker.temporal.skipping import Clockwork
from workflows.arrivals.handlers import takes_one_payload
from workflows.team import TeamWorkflow


@workflow.defn(name="Team")
class MuteTeam(TeamWorkflow):
    """A team with a bug: it fails at the query for queue entries, and its worker can't tell conversations anything."""

    @workflow.init
    @takes_one_payload
    def __init__(self, *inputs: Any) -> None:
        super().__init__(*inputs)

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> None:
        """Run as usual."""
        await super().run(*inputs)

    @workflow.query(name="ticket")
    @takes_one_payload
    def ticket(self, *_inputs: Any) -> dict[str, Any]:
        """Fail."""
        raise ValueError("out of order")


Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
_numbers = itertools.count(21)
pytestmark = pytest.mark.slow


@pytest.fixture
async def crew(clockwork: Clockwork) -> Crew:
    """Start a team that no other story uses."""
    number = f"{next(_numbers):02}"
    return await begun(clockwork, number)


async def begun(clockwork: Clockwork, number: str, task_queue: str = "baton") -> Crew:
    """Start the team with this number."""
    body = {"team": f"team-{number}", "policy": f"queue-{number}"}
    handle = await clockwork.client.start_workflow("Team", body, id=f"team/team-{number}", task_queue=task_queue)
    present = clockwork.client.get_workflow_handle(handle.id)  # without a run id, so that it finds later runs, too
    return Crew(number, present, clockwork)


async def given(story: Story, crew: Crew, agent: str) -> None:
    """Wait until the team shows the conversation as offered to this agent."""

    async def is_offered() -> bool:
        return (await crew.has()).get(story.id) == ("offered", agent)

    await until(is_offered)


async def test_waiting_conversations_of_a_terminated_team_are_served(start: Start, crew: Crew) -> None:
    """An operator terminates a team: its waiting conversation starts it again within sixteen minutes, and is served."""
    story = await start(MONDAY_10_AM, policy=f"queue-{crew.name}")
    await in_queue(story, crew)
    await crew.handle.terminate(reason="by mistake")
    await story.after(minutes=16)
    await in_queue(story, crew)
    await crew.there("ann")
    await given(story, crew, "ann")
    assert "team_silent" not in await story.kinds()


async def test_a_team_that_has_forgotten_an_entry_is_told_again(start: Start, crew: Crew, clockwork: Clockwork) -> None:
    """A terminated team is started for another conversation: the one that waited before is back in the queue, too."""
    first = await start(MONDAY_10_AM, policy=f"queue-{crew.name}")
    await in_queue(first, crew)
    await crew.handle.terminate(reason="by mistake")
    await begun(clockwork, crew.name)
    second = await start(MONDAY_10_AM, policy=f"queue-{crew.name}")
    await in_queue(second, crew)
    assert await crew.waiting() == [second.id]
    await first.after(minutes=16)
    await in_queue(first, crew)


async def test_people_hear_of_a_team_that_gives_no_answer(
    start: Start, clockwork: Clockwork, house: OutsideSystems
) -> None:
    """A team's workflow answers no query: people are told after two attempts, and a mended team has the queue entry."""
    number = f"{next(_numbers):02}"
    mute = Worker(
        clockwork.client,
        task_queue="mute",
        workflows=[MuteTeam],
        activities=[Catalog(story_policies(), "tiered").resolve],
        workflow_runner=Unsandboxed(),
    )
    async with mute:
        team = await begun(clockwork, number, task_queue="mute")
        story = await start(MONDAY_10_AM, policy=f"queue-{number}")
        await story.after(minutes=25)
        await story.settled()
    notes = [note.body for note in await house.desk.notes(story.id)]
    [note] = [note for note in notes if note.startswith(f"The queue of Team {number} does not answer")]
    assert "out of order" in note
    await team.handle.terminate(reason="the next look has another worker begin it")
    await story.after(minutes=60)
    await in_queue(story, team)
    kinds = await story.kinds()
    assert kinds.count("team_silent") == kinds.count("team_answers") == 1


async def test_a_terminated_conversation_frees_its_person(start: Start, crew: Crew) -> None:
    """Bob's only conversation is terminated: after about an hour the team notices, and offers him the next one."""
    await crew.there("bob")
    first = await start(MONDAY_10_AM, policy=f"queue-{crew.name}")
    await given(first, crew, "bob")
    await crew.say("bob", "accept", first)

    async def owned() -> bool:
        return (await crew.has()).get(first.id) == ("owned", "bob")

    await until(owned)
    second = await start(MONDAY_10_AM, policy=f"queue-{crew.name}")
    await in_queue(second, crew)
    await first.handle.terminate(reason="by mistake")
    await crew.after(hours=1, minutes=1)
    await given(second, crew, "bob")
    over = [entry["text"] for entry in await crew.handle.query("timeline") if entry["kind"] == "left"]
    assert over == [f"{first.id} (bob): it is over"]


async def test_an_invented_conversation_frees_its_person(start: Start, crew: Crew) -> None:
    """The team is told that Bob has a conversation that can't exist: within about an hour he gets an offer again."""
    await crew.there("bob")
    owned = {"event_id": "invented", "conversation": "x" * 2_000, "ticket": "t", "agent": "bob"}
    await crew.handle.signal("owned", owned)
    await until(lambda: has_invented(crew))
    story = await start(MONDAY_10_AM, policy=f"queue-{crew.name}")
    await in_queue(story, crew)
    await crew.after(hours=1, minutes=1)
    await given(story, crew, "bob")


async def has_invented(crew: Crew) -> bool:
    """True where the team shows the invented conversation."""
    return any(name.startswith("xxx") for name in await crew.has())


async def test_a_conversation_that_began_again_elsewhere_frees_its_person(
    start: Start, crew: Crew, clockwork: Clockwork
) -> None:
    """A terminated conversation starts again with another team: within about an hour the first team lets go of it."""
    await crew.there("bob")
    story = await start(MONDAY_10_AM, policy=f"queue-{crew.name}")
    await given(story, crew, "bob")
    await crew.say("bob", "accept", story)
    await story.settled()
    await story.handle.terminate(reason="by mistake")
    body = {"conversation_id": story.id, "policy": "tiered", "channel": "email"}
    await clockwork.start(body, MONDAY_10_AM)
    await crew.after(hours=1, minutes=1)

    async def is_free() -> bool:
        return await crew.has() == {}

    await until(is_free)
