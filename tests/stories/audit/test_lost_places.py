"""A team or a conversation that was ended from outside: on the real server, nobody waits for it for ever."""

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from temporalio import workflow
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.catalog import Catalog
from tests.conftest import story_policies
from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import Crew, until
from worker.process.hosting import OutsideSystems
from worker.temporal.skipping import Clockwork
from workflows.arrivals.handlers import takes_one_payload
from workflows.team import TeamWorkflow


@workflow.defn(name="Team")
class MuteTeam(TeamWorkflow):
    """A team with a bug: it answers no question. Its worker brings no messages, either."""

    @workflow.init
    @takes_one_payload
    def __init__(self, *inputs: Any) -> None:
        super().__init__(*inputs)

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> None:
        """As usual."""
        await super().run(*inputs)

    @workflow.query(name="ticket")
    @takes_one_payload
    def ticket(self, *_inputs: Any) -> dict[str, Any]:
        """Never an answer."""
        raise ValueError("out of order")


Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
_numbers = itertools.count(21)
pytestmark = pytest.mark.slow


@pytest.fixture
async def crew(clockwork: Clockwork) -> Crew:
    """A team that no other story uses."""
    number = f"{next(_numbers):02}"
    return await begun(clockwork, number)


async def begun(clockwork: Clockwork, number: str, task_queue: str = "baton") -> Crew:
    """The team with this number begins."""
    body = {"team": f"team-{number}", "policy": f"queue-{number}"}
    handle = await clockwork.client.start_workflow("Team", body, id=f"team/team-{number}", task_queue=task_queue)
    present = clockwork.client.get_workflow_handle(handle.id)  # whichever run there is, also a later one
    return Crew(number, present, clockwork)


async def in_line(story: Story, crew: Crew) -> None:
    """Wait until team and conversation say that it stands in line."""

    async def stands() -> bool:
        place = (await story.settled())["place"]
        return story.id in await crew.line() and place is not None and place["state"] == "waiting"

    await until(stands)


async def given(story: Story, crew: Crew, agent: str) -> None:
    """Wait until it is offered to them."""

    async def is_offered() -> bool:
        return (await crew.has()).get(story.id) == ("offered", agent)

    await until(is_offered)


async def test_who_stands_in_the_line_of_a_terminated_team_is_served(start: Start, crew: Crew) -> None:
    """Somebody terminates the team's workflow: after a quarter of an hour the conversation has it begun again."""
    story = await start(MONDAY_10_AM, policy=f"queue-{crew.name}")
    await in_line(story, crew)
    await crew.handle.terminate(reason="by mistake")
    await story.after(minutes=16)
    await in_line(story, crew)
    await crew.there("ann")
    await given(story, crew, "ann")
    assert "team_silent" not in await story.kinds()


async def test_a_team_that_has_forgotten_a_place_is_told_again(start: Start, crew: Crew, clockwork: Clockwork) -> None:
    """The team is terminated and begun again for somebody else: who stood in its line before stands there again."""
    first = await start(MONDAY_10_AM, policy=f"queue-{crew.name}")
    await in_line(first, crew)
    await crew.handle.terminate(reason="by mistake")
    await begun(clockwork, crew.name)
    second = await start(MONDAY_10_AM, policy=f"queue-{crew.name}")
    await in_line(second, crew)
    assert await crew.line() == [second.id]
    await first.after(minutes=16)
    await in_line(first, crew)


async def test_people_hear_of_a_team_that_gives_no_answer(
    start: Start, clockwork: Clockwork, house: OutsideSystems
) -> None:
    """A team's workflow fails at every question: after two looks in vain people hear, and mended, it has the line."""
    number = f"{next(_numbers):02}"
    mute = Worker(
        clockwork.client,
        task_queue="mute",
        workflows=[MuteTeam],
        activities=[Catalog(story_policies(), "tiered").resolve],
        workflow_runner=UnsandboxedWorkflowRunner(),
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
    await in_line(story, team)
    kinds = await story.kinds()
    assert kinds.count("team_silent") == kinds.count("team_answers") == 1


async def test_a_terminated_conversation_frees_its_person(start: Start, crew: Crew) -> None:
    """Bob's only conversation is terminated: the team finds out within two hours, and gives him the next one."""
    await crew.there("bob")
    first = await start(MONDAY_10_AM, policy=f"queue-{crew.name}")
    await given(first, crew, "bob")
    await crew.say("bob", "accept", first)

    async def owned() -> bool:
        return (await crew.has()).get(first.id) == ("owned", "bob")

    await until(owned)
    second = await start(MONDAY_10_AM, policy=f"queue-{crew.name}")
    await in_line(second, crew)
    await first.handle.terminate(reason="by mistake")
    await crew.after(hours=1, minutes=1)
    await given(second, crew, "bob")
    over = [entry["text"] for entry in await crew.handle.query("timeline") if entry["kind"] == "left"]
    assert over == [f"{first.id} (bob): it is over"]


async def test_an_invented_conversation_frees_its_person(start: Start, crew: Crew) -> None:
    """Bob is said to have a conversation whose name the server does not take: he gets the next one all the same."""
    await crew.there("bob")
    owned = {"event_id": "invented", "conversation": "x" * 2_000, "ticket": "t", "agent": "bob"}
    await crew.handle.signal("owned", owned)
    await until(lambda: has_invented(crew))
    story = await start(MONDAY_10_AM, policy=f"queue-{crew.name}")
    await in_line(story, crew)
    await crew.after(hours=1, minutes=1)
    await given(story, crew, "bob")


async def has_invented(crew: Crew) -> bool:
    """Whether the team believes it."""
    return any(name.startswith("xxx") for name in await crew.has())


async def test_a_conversation_that_began_again_elsewhere_frees_its_person(
    start: Start, crew: Crew, clockwork: Clockwork
) -> None:
    """A terminated conversation begins again with another team: the first team does not take it for the same one."""
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
