"""Killing processes in the middle of the demo's conversations."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from tests.conftest import replay_all
from tests.fakes.slack import FakeSlack
from tests.faults import processes
from tests.faults.processes import Victim, insist
from worker.demo.calendar import calendar_of
from worker.demo.script import load_scripts
from worker.demo.stage import Played, play
from worker.environment.settings import Settings
from worker.process.hosting import load_policies
from worker.temporal.skipping import Clockwork

_STORY_NAMES = ("billing-charged-twice", "breached-and-escalated", "evening-on-call", "waiting-on-customer")


class StubbornHandle:
    """A conversation's handle for callers who do not give up; ids make a repeated call harmless."""

    def __init__(self, handle: WorkflowHandle[Any, Any]) -> None:
        self._handle = handle

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._handle, name)
        if name not in ("signal", "query", "execute_update", "describe"):
            return found

        async def insisting(*args: Any, **options: Any) -> Any:
            return await insist(lambda: found(*args, **options))

        return insisting


class StubbornClockwork(Clockwork):
    """A clockwork that starts conversations and moves clocks however often the server goes away."""

    async def start(self, body: Mapping[str, Any], opened_at: datetime, **options: Any) -> Any:
        """Start a conversation; `opened_at` is sent as an instant, so that a repeated call goes no further."""
        wait = opened_at - datetime.now(UTC)
        identifier = f"conversation/{body['conversation_id']}"
        with suppress(WorkflowAlreadyStartedError):  # where the first call had arrived and its answer was lost
            await insist(
                lambda: self.client.start_workflow(
                    "Conversation",
                    {**body, "opened_at": opened_at.isoformat()},
                    id=identifier,
                    start_delay=wait,
                    **options,
                )
            )
        handle = self.client.get_workflow_handle(identifier)
        await self.go_to(handle, opened_at + timedelta(milliseconds=500))
        return StubbornHandle(handle)

    async def go_to(self, handle: Any, at: datetime) -> None:
        """Let time pass until an instant, also while processes are killed."""
        await insist(lambda: super(StubbornClockwork, self).go_to(handle, at))


@asynccontextmanager
async def world(folder: Path, slack: FakeSlack) -> AsyncIterator[tuple[Clockwork, Victim, Victim]]:
    """Start the processes of a world, with clocks that can be moved."""
    async with processes.world(folder, slack) as found:
        skipper = TimeSkipper(found.client, config=TimeSkippingConfig(enabled=False))
        yield StubbornClockwork(skipper), found.server, found.workers[0]


class Reaper:
    """A reaper that kills the worker or the server after some of the deliveries, chosen by a seed."""

    def __init__(self, server: Victim, worker: Victim, seed: int, *, every: int) -> None:
        self._dice = random.Random(seed)
        self._server, self._worker, self._every = server, worker, every
        self._deliveries = 0

    def after_delivery(self) -> None:
        """Kill the worker or the server, in turn, with a chance of one in `every`."""
        self._deliveries += 1
        if self._deliveries % self._every == self._dice.randrange(self._every):
            min((self._worker, self._server), key=lambda victim: victim.deaths).kill()


@pytest.mark.parametrize(
    ("seed", "every"),
    [
        pytest.param(1, 12, marks=pytest.mark.slow),
        pytest.param(2, 6, marks=pytest.mark.soak),
        pytest.param(3, 4, marks=pytest.mark.soak),
    ],
)
async def test_killed_processes_change_nothing(seed: int, every: int, tmp_path: Path) -> None:
    """When server and worker are killed again and again, every conversation still ends as written, and once."""
    calendar = calendar_of(load_policies(Settings())["tiered"])
    scripts = load_scripts(only=_STORY_NAMES)
    async with FakeSlack() as slack, world(tmp_path, slack) as (clockwork, server, worker):
        reaper = Reaper(server, worker, seed, every=every)
        playing = [
            play(clockwork, script, calendar.opening(script, datetime.now(UTC)), on_delivery=reaper.after_delivery)
            for script in scripts
        ]
        played: list[Played] = await asyncio.gather(*playing)
        assert {one.script.name: one.unmet for one in played} == {name: [] for name in _STORY_NAMES}
        keys = [message.key for message in slack.messages]
        assert sorted(keys) == sorted(set(keys))
        assert server.deaths > 0
        assert worker.deaths > 0
        await replay_all(clockwork)
