"""A deployment reaches workers one after another: a team adopts its policy's version once a worker has it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies.loading.load import load_policy
from tests.stories.conftest import STORY_POLICIES, Story, next_weekday, replay_all
from tests.stories.teams import Crew, until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.temporal.skipping import Clockwork, dynamic_config, skipping_server

pytestmark = pytest.mark.slow

MONDAY_10_AM = next_weekday(0, 10)
INVENTED = 10**9
Serve = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture(scope="module")
async def server(settings: Settings, house: OutsideSystems) -> AsyncIterator[Clockwork]:
    """Yield a server without workers, whose task queues have one partition; replay all histories at the end."""
    in_one_part = dynamic_config({f"matching.numTaskqueue{side}Partitions": "1" for side in ("Read", "Write")})
    async with skipping_server(extra=in_one_part) as clockwork:
        yield clockwork
        async with make_worker(clockwork.client, settings, house, load_policies(settings)):
            await replay_all(clockwork)


@pytest.fixture
def serve(server: Clockwork, settings: Settings, house: OutsideSystems) -> Serve:
    """Return a function that makes a worker with these policies beside the shipped ones."""

    def worker(*texts: str) -> AbstractAsyncContextManager[Any]:
        today = datetime.now(UTC).date()
        documents = [load_policy(text, file="late.yaml", today=today) for text in texts]
        known = {**load_policies(settings), **{document.policy: document for document in documents}}
        return make_worker(server.client, settings, house, known)

    return worker


def version(name: str, number: int) -> str:
    """Return this version of a team's policy; Cat belongs to the team from version 2 on."""
    text = (STORY_POLICIES / "queue.yaml.template").read_text()
    text = text.replace("queue-NUMBER", name).replace("NUMBER", name).replace("version: 1", f"version: {number}")
    cat = f"  cat: {{name: Cat, team: team-{name}, slack: UCAT}}\n"
    return text if number == 1 else text.replace("rules:", f"{cat}rules:", 1)


def crew_of(server: Clockwork, name: str) -> Crew:
    """Return the team of that policy."""
    return Crew(name, server.client.get_workflow_handle(f"team/team-{name}"), server)


async def waiting(server: Clockwork, name: str, number: int = 1) -> Story:
    """Start a conversation, and wait until it is in the queue of that team."""
    body = {"conversation_id": f"{name}-{number}", "policy": name, "channel": "email"}
    story = Story(await server.start(body, MONDAY_10_AM), server, MONDAY_10_AM, f"{name}-{number}")
    crew = crew_of(server, name)

    async def stands() -> bool:
        return (await story.settled())["place"] is not None and story.id in await crew.waiting()

    await until(stands)
    return story


async def names(crew: Crew, number: int) -> None:
    """Tell the team of a conversation under this policy version, and wait until the team has read it.

    The conversation does not exist, so the team may find out that it is over before it is seen in the queue.
    """
    body = {"conversation": f"ghost-{number}", "ticket": "t", "since": MONDAY_10_AM.isoformat(), "policy": crew.name}
    await crew.handle.signal("asked", {**body, "version": number})

    async def has_read() -> bool:
        told = [entry["text"] for entry in await crew.handle.query("timeline")]
        return f"ghost-{number}" in await crew.waiting() or f"ghost-{number}: it is over" in told

    await until(has_read)


async def under(crew: Crew, name: str) -> None:
    """Wait until the team follows the policy of this name and version."""

    async def is_under() -> bool:
        return (await crew.state())["policy"]["name"] == name

    await until(is_under)


async def offered(crew: Crew, story: Story, agent: str) -> None:
    """Wait until the conversation is offered to this agent."""

    async def is_offered() -> bool:
        return (await crew.has()).get(story.id) == ("offered", agent)

    await until(is_offered)


async def looks(crew: Crew) -> int:
    """Return how often the team has looked a policy up."""
    history = await crew.handle.fetch_history()
    return sum(event.HasField("marker_recorded_event_attributes") for event in history.events)


async def test_a_version_that_the_first_worker_lacks_is_followed(server: Clockwork, serve: Serve) -> None:
    """The first worker lacks version 2: five minutes later another worker has it, and its new agent gets an offer."""
    crew = crew_of(server, "rolling")
    async with serve(version("rolling", 1)):
        story = await waiting(server, "rolling")
        await names(crew, 2)
    async with serve(version("rolling", 2)):
        await crew.after(minutes=6)
        await under(crew, "rolling v2")
        await crew.there("cat")
        await offered(crew, story, "cat")


async def test_an_invented_version_hides_no_real_one(server: Clockwork, serve: Serve) -> None:
    """A version that does not exist costs a few look-ups, at growing intervals; version 2 is found when it comes."""
    crew = crew_of(server, "invented")
    async with serve(version("invented", 1)):
        story = await waiting(server, "invented")
        await names(crew, INVENTED)
        for _ in range(3):
            await crew.handle.signal("heartbeat", {"agent": "ann"})
        assert await looks(crew) == 2
        await crew.after(hours=2, minutes=20)
        assert await looks(crew) == 2 + 5  # after 5, 15, 35, 75 and 135 minutes
    async with serve(version("invented", 2)):
        await crew.after(minutes=60)
        await under(crew, "invented v2")
        await crew.there("cat")
        await offered(crew, story, "cat")


async def test_a_sought_policy_goes_along_to_the_next_run(server: Clockwork, serve: Serve) -> None:
    """A team that is looking for its policy continues as new, and the next run finds the policy in time."""
    crew = crew_of(server, "moving")
    body = {"team": "team-moving", "policy": "moving"}
    async with serve():
        await server.client.start_workflow(
            "Team", body, id="team/team-moving", task_queue="baton", run_timeout=timedelta(days=1)
        )

        async def is_next_run() -> bool:
            runs = [run.run_id async for run in server.client.list_workflows("WorkflowId = 'team/team-moving'")]
            return len(runs) == 2

        await until(is_next_run)
    async with serve(version("moving", 1)):
        await crew.after(minutes=6)
        await under(crew, "moving v1")


async def test_a_team_begun_without_its_policy_serves_its_conversations(server: Clockwork, serve: Serve) -> None:
    """A team begins on a worker without its policy, and says so; once a worker has it, Ann gets the conversation."""
    crew = crew_of(server, "early")
    async with serve():
        body = {"team": "team-early", "policy": "early"}
        await server.client.start_workflow("Team", body, id="team/team-early", task_queue="baton")

        async def has_begun() -> bool:
            return (await crew.state())["policy"] is not None

        await until(has_begun)
        [line] = await crew.handle.query("timeline")
        assert (line["kind"], line["text"].partition(" (")[0]) == ("trouble", "Unknown policy early")
    async with serve(version("early", 1)):
        story = await waiting(server, "early")
        await crew.after(minutes=6)
        await under(crew, "early v1")
        await crew.there("ann")
        await offered(crew, story, "ann")


async def test_an_invented_policy_hides_no_real_one(server: Clockwork, serve: Serve) -> None:
    """A team that lacks its policy hears of an invented one: it looks for both in turn, and finds its own."""
    crew = crew_of(server, "hidden")
    async with serve():
        body = {"team": "team-hidden", "policy": "hidden"}
        await server.client.start_workflow("Team", body, id="team/team-hidden", task_queue="baton")
        await names(Crew("never", crew.handle, server), 1)
    async with serve(version("hidden", 1)):
        await crew.after(minutes=16)
        await under(crew, "hidden v1")
