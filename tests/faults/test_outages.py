"""Killing the worker while an outage is opened, changed and closed."""

from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from activities.database.tables import engine
from activities.desk.sql import SqlDesk
from tests.conftest import STORY_POLICIES
from tests.fakes.slack import FakeSlack
from tests.faults import processes
from tests.faults.processes import World, insist
from tests.stories.teams import until

CHECKOUT = 'conversation.tags.exists(t, t == "checkout")'
WORDS, OVER = "We know that the checkout is down.", "The checkout works again."
NUMBER = 30


async def part_of(world: World, name: str) -> str:
    """Return the outage that a conversation is part of; empty where it is part of none."""
    handle: WorkflowHandle[Any, Any] = world.client.get_workflow_handle(f"conversation/{name}")
    state = await insist(lambda: handle.query("state"))
    return state["outage"]["name"] if state["outage"] else "" if not state["waiting_effects"] else "busy"


async def some_is(world: World, names: list[str], outage: str) -> None:
    """Wait until one of these conversations is part of this outage; of none where it is empty."""

    async def is_so() -> bool:
        return outage in [await part_of(world, name) for name in names]

    await until(is_so)


async def all_are(world: World, names: list[str], outage: str) -> None:
    """Wait until all conversations are part of this outage; of none where it is empty."""

    async def are_so() -> bool:
        return {await part_of(world, name) for name in names} == {outage}

    await until(are_so)


@pytest.mark.slow
async def test_thirty_customers_are_told_once_each_though_the_worker_dies(tmp_path: Path) -> None:
    """Thirty customers are told of an outage once each, and once of its end, though the worker is killed each time."""
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "outages.yaml").write_text((STORY_POLICIES / "outages.yaml").read_text())
    names = [f"told-{number}" for number in range(NUMBER)]
    async with FakeSlack() as slack, processes.world(tmp_path, slack, policies=str(policies)) as world:
        for name in names:
            start = {"conversation_id": name, "policy": "outages", "channel": "email", "tags": ["checkout"]}
            start["customer"] = {"id": name}
            await world.client.start_workflow("Conversation", start, id=f"conversation/{name}", task_queue="baton")
        await all_are(world, names, "")
        opening = {"when": CHECKOUT, "text": WORDS, "over_text": OVER}
        outage: WorkflowHandle[Any, Any] = await world.client.start_workflow(
            "Outage", opening, id="outage/checkout-down", task_queue="baton"
        )
        await some_is(world, names, "checkout-down")
        world.workers[0].kill()
        await all_are(world, names, "checkout-down")
        await outage.signal("close", {"by": "monitoring"})
        await some_is(world, names, "")
        world.workers[0].kill()
        await all_are(world, names, "")
        store = engine(f"sqlite:///{world.database}")
        desk = SqlDesk(store)
        told = [[note.body for note in await desk.notes(name) if note.kind == "reply"] for name in names]
        await store.dispose()
    assert told == [[WORDS, OVER]] * NUMBER
