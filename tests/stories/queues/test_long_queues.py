"""A team with hundreds in its queue, on a server that takes only small payloads and wants short runs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from policies.loading.load import load_policy
from tests.stories.conftest import STORY_POLICIES, next_weekday, replay_all
from tests.stories.teams import Crew, until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.skipping import Clockwork, dynamic_config, skipping_server

MONDAY_10_AM = next_weekday(0, 10)
LIMITS = {
    "limit.historyCount.suggestContinueAsNew": "60",
    "limit.blobSize.error": "100000",
    "limit.blobSize.warn": "90000",
}
"""At most 100 kB for a payload, a twentieth of the two megabytes that a server takes by default."""


@pytest.fixture
async def strict(settings: Settings, house: OutsideSystems) -> AsyncIterator[Clockwork]:
    """Yield a server with these limits, and a worker whose policy has one team."""
    template = (STORY_POLICIES / "queue.yaml.template").read_text().replace("NUMBER", "01")
    document = load_policy(template, file="queue", today=MONDAY_10_AM.date())
    of_team = settings.model_copy(update={"default_policy": document.policy})
    async with (
        skipping_server(extra=dynamic_config(LIMITS)) as clockwork,
        make_worker(clockwork.client, of_team, house, {document.policy: document}),
    ):
        yield clockwork
        await replay_all(clockwork)


@pytest.mark.parametrize(
    "number", [pytest.param(400, marks=pytest.mark.slow), pytest.param(2_000, marks=pytest.mark.soak)]
)
async def test_a_long_queue_goes_on_in_a_new_run(strict: Clockwork, number: int) -> None:
    """Hundreds wait, more than fit into one payload: all keep their order when the team continues as new."""
    body = {"team": "team-01", "policy": "queue-01"}
    handle = await strict.client.start_workflow("Team", body, id="team/team-01", task_queue="baton")
    crew = Crew("01", handle, strict)
    names = [f"c-{each:04}" for each in range(number)]
    since = {name: (MONDAY_10_AM + timedelta(minutes=each)).isoformat() for each, name in enumerate(names)}
    for name in names:  # these conversations take signals and never answer
        await strict.client.start_workflow("Silent", id=f"conversation/{name}", task_queue="nobody")
    for first in range(0, len(names), 50):
        part = names[first : first + 50]
        asked = [{"conversation": name, "ticket": name, "since": since[name]} for name in part]
        await asyncio.gather(*(handle.signal("asked", {"event_id": each["ticket"], **each}) for each in asked))

    async def all_stand_in_a_new_run() -> bool:
        went_on = (await handle.describe()).run_id != handle.first_execution_run_id
        return went_on and await crew.waiting() == names

    await until(all_stand_in_a_new_run)
