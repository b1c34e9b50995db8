"""An upgrade: conversations that began with the code of the last closed edition go on with today's, and back again."""

import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from policies.editions import NEWEST
from tests.conftest import Story, replay_all
from tests.fakes.slack import FakeSlack
from tests.faults.processes import Victim, World, world
from tests.stories.alive.runs import failed_tasks, has_edition
from tests.stories.teams import until
from tests.upgrade.keep import unpack
from tests.upgrade.states import GIVEN, MONDAY_10_AM, Given, waiting
from worker.temporal.skipping import Clockwork

BEFORE = NEWEST - 1
"""The edition that was closed last."""
WORKER = ("-P", "-m", "worker.cli", "worker")
"""A worker's command line; with -P Python does not look for packages in the working directory."""
pytestmark = pytest.mark.slow


@dataclass
class Upgrade:
    """A server without workers, and the ways to start an old and a new one, each a process of its own."""

    found: World
    folder: Path
    old: Path
    clockwork: Clockwork

    def start_old(self) -> Victim:
        """Start a worker with the code of the last closed edition."""
        return self._start("old", PYTHONPATH=str(self.old))

    def start_new(self, **settings: str) -> Victim:
        """Start a worker with the code of the working tree."""
        return self._start("new", PYTHONPATH=str(Path(__file__).parents[2]), **settings)

    def _start(self, name: str, **environment: str) -> Victim:
        log = self.folder / f"{name}-{len(self.found.workers)}.log"
        worker = Victim([sys.executable, *WORKER], {**self.found.environment, **environment}, log)
        self.found.workers.append(worker)
        return worker


@pytest.fixture
async def upgrade(tmp_path: Path) -> AsyncIterator[Upgrade]:
    """Yield a server of its own, before any worker runs. Its workers have a policy of their own that both can read."""
    old, own = unpack(BEFORE, tmp_path / "old"), tmp_path / "own"
    own.mkdir()
    shipped = (old / "policies" / "catalog" / "tiered.yaml").read_text()
    (own / "own.yaml").write_text(shipped.replace("policy: tiered", "policy: own"))
    async with FakeSlack() as slack, world(tmp_path, slack, workers=0, policies=str(own)) as found:
        clockwork = Clockwork(TimeSkipper(found.client, config=TimeSkippingConfig(enabled=False)))
        yield Upgrade(found, tmp_path, old, clockwork)


async def ends_well(story: Story) -> None:
    """Let an agent answer and resolve, and the conversation close; no workflow task may have failed."""
    await story.tell("message", author="agent", author_id="anna", text="Solved.")
    with suppress(WorkflowUpdateFailedError):  # it is resolved already
        await story.order("resolve", actor="anna")
    assert (await story.settled())["status"] == "resolved"
    await story.clockwork.forward(story.handle, timedelta(hours=25))
    assert (await story.handle.result())["status"] == "resolved"
    assert await failed_tasks(story) == []


async def test_conversations_go_on_after_an_upgrade(upgrade: Upgrade) -> None:
    """Conversations in all kinds of states go on with today's code in the edition they began in, and close."""
    old = upgrade.start_old()
    stories = [await given.begin(upgrade.clockwork) for given in GIVEN]
    old.end()
    upgrade.start_new()
    assert {(await story.settled())["edition"] for story in stories} == {BEFORE}
    for story in stories:
        await ends_well(story)
    await replay_all(upgrade.clockwork)


async def test_conversations_move_to_the_newest_edition(upgrade: Upgrade) -> None:
    """Conversations in all kinds of states move to the newest edition where they are asked to, and close in it."""
    old = upgrade.start_old()
    stories = [await given.begin(upgrade.clockwork) for given in GIVEN]
    old.end()
    upgrade.start_new()
    for story in stories:
        await story.handle.signal("move_on", {"edition": NEWEST})
        await until(lambda story=story: has_edition(story, NEWEST))
        await ends_well(story)
    await replay_all(upgrade.clockwork)


async def test_a_promise_made_before_the_upgrade_is_kept_to_the_minute(upgrade: Upgrade) -> None:
    """A first response that is missed after the upgrade is called missed at the minute at which it was due."""
    old = upgrade.start_old()
    story = await Given("due", waiting).begin(upgrade.clockwork)
    old.end()
    upgrade.start_new()
    await story.after(minutes=16)
    await story.settled()
    missed = [entry["at"] for entry in await story.timeline() if entry["kind"] == "clock_breached"]
    assert missed == [(MONDAY_10_AM + timedelta(minutes=15)).isoformat()]


async def test_old_and_new_workers_side_by_side_and_back(upgrade: Upgrade) -> None:
    """Old and new workers share conversations of the old edition; those of the new one wait for a new worker."""
    upgrade.start_old()
    careful = upgrade.start_new(BATON_EDITION_MAX=str(BEFORE))
    shared = [await replace(given, policy="own").begin(upgrade.clockwork) for given in GIVEN[:6]]
    careful.end()  # goes back: the old worker does the rest
    await ends_well(shared[0])
    old, _ = upgrade.found.workers
    old.end()
    bold = upgrade.start_new()
    newer = await Given("newer", waiting, policy="own").begin(upgrade.clockwork)
    assert await has_edition(newer, NEWEST)
    bold.end()
    again = upgrade.start_old()
    await newer.handle.signal("tag_added", {"event_id": "t", "tag": "billing", "by": "anna"})
    await until(lambda: is_refused(newer))
    await ends_well(shared[1])
    upgrade.start_new(BATON_EDITION_MAX=str(BEFORE))
    await newer.handle.signal("move_on", {"edition": BEFORE})
    await until(lambda: has_edition(newer, BEFORE))
    for worker in upgrade.found.workers[2:]:
        worker.end()
    again.kill()  # and starts again: now it can do all of the work
    for story in (*shared[2:], newer):
        await story.tell("message", author="agent", author_id="anna", text="Solved.")
        await story.order("resolve", actor="anna")
        assert (await story.settled())["status"] == "resolved"


async def is_refused(story: Story) -> bool:
    """Return whether a worker has said that it is too old for the conversation."""
    return any("knows no edition after" in why for why in await failed_tasks(story))
