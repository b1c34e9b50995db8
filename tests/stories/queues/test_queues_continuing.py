"""Queues that live long: continuing as new, workers that come and go, and a conversation that was terminated."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.service import RPCError, RPCStatusCode

from tests.stories.conftest import Story, next_weekday, replay_all
from tests.stories.teams import CREW, Crew, documents, until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.skipping import Clockwork, dynamic_config, skipping_server

MONDAY_10_AM = next_weekday(0, 10)
EXTENDED = CREW.replace("version: 1", "version: 2").replace("bob: {team: crew}", "bob: {team: crew}, cal: {team: crew}")


@pytest.fixture
async def restless(settings: Settings, house: OutsideSystems) -> AsyncIterator[Clockwork]:
    """Yield a server that suggests continuing as new after 60 events, not 4,096; replay all histories at the end."""
    extra = dynamic_config({"limit.historyCount.suggestContinueAsNew": "60"})
    async with skipping_server(extra=extra) as clockwork:
        yield clockwork
        async with make_worker(clockwork.client, settings, house, documents(settings, EXTENDED)):
            await replay_all(clockwork)


async def begin(clockwork: Clockwork, name: str) -> Story:
    """Start a conversation whose customer waits for the team."""
    body = {"conversation_id": name, "policy": "crew", "channel": "email"}
    return Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, name)


@pytest.mark.slow
async def test_a_team_goes_on_over_runs_and_workers(
    restless: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """Two agents serve eighteen conversations; a new worker brings a policy with a third agent: each is served once."""
    client = restless.client
    async with make_worker(client, settings, house, documents(settings, CREW)):
        stories = [await begin(restless, f"crew-{number:02}") for number in range(8)]
        crew = Crew("crew", client.get_workflow_handle("team/crew"), restless)
        await until(lambda: has(crew, 8))
        await crew.there("ann", "bob")
        await until(lambda: owned(crew, 6))
    async with make_worker(client, settings, house, documents(settings, EXTENDED)):
        stories += [await begin(restless, f"crew-{number:02}") for number in range(8, 18)]
        await until(lambda: has(crew, 18))
        await crew.there("cal")
        served: list[str] = []
        while len(served) < 18:
            await until(lambda: owned(crew, min(9, 18 - len(served))))
            for name, (_, agent) in sorted((await crew.has()).items()):
                story = next(story for story in stories if story.id == name)
                await until(lambda story=story, agent=agent: belongs(story, agent))
                served.append(name)
                await story.order("resolve")
            await until(lambda: gone(crew, served))
    assert len(served) == len(set(served)) == 18
    runs = [run.run_id async for run in client.list_workflows("WorkflowId = 'team/crew'")]
    assert len(runs) > 2
    async with make_worker(client, settings, house, documents(settings, EXTENDED)):
        state = await crew.state()
        assert (state["line"], state["with"], state["policy"]["name"]) == ([], [], "crew v2")
        granted = [grant["conversation"] for grant in state["grants"]]
        assert sorted(granted) == sorted(served)


@pytest.mark.slow
async def test_a_conversation_that_is_over_leaves_the_queue(
    restless: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """An operator terminated a waiting conversation: its queue entry goes when the team tries to tell it something."""
    async with make_worker(restless.client, settings, house, documents(settings, CREW)):
        story = await begin(restless, "terminated")
        crew = Crew("crew", restless.client.get_workflow_handle("team/crew"), restless)
        await until(lambda: has(crew, 1))
        await story.settled()
        await story.handle.terminate("an operator's mistake")
        await crew.there("ann")
        await until(lambda: gone(crew, ["terminated"]))
        people = {row["agent"]: row["load"] for row in (await crew.state())["people"]}
        assert people["ann"] == 0


async def has(crew: Crew, number: int) -> bool:
    """True where the team knows of exactly so many conversations."""
    state = await ask(crew)
    return state is not None and len(state["line"]) + len(state["with"]) == number


async def owned(crew: Crew, number: int) -> bool:
    """True where the assignee of exactly so many conversations has been confirmed."""
    state = await ask(crew)
    return state is not None and sum(row["state"] == "owned" for row in state["with"]) == number


async def gone(crew: Crew, names: list[str]) -> bool:
    """True where the team has none of these conversations any more."""
    state = await ask(crew)
    return state is not None and not {row["conversation"] for row in (*state["with"], *state["line"])} & {*names}


async def belongs(story: Story, agent: str) -> bool:
    """True where the conversation names this agent as its assignee, too."""
    return (await story.settled())["assignee"] == agent


async def ask(crew: Crew) -> dict[str, Any] | None:
    """Return the team's state; None between two runs, or before the first."""
    try:
        return await crew.state()
    except RPCError as error:
        if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
            raise
        return None
