"""A worker that is killed without warning while it delivers, again and again: every call is delivered once.

A seed chooses the moments: some deliveries after the last kill, and some milliseconds more, so that the worker is
killed before, between and after Slack's acceptance and the worker's report to the server.
"""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bench.board import Board, Seen, settled
from bench.lateness import Start, open_all
from bench.report import Figure, say
from bench.stage import Stage

_DEATHS = 12
"""About as many kills as a large run has; each costs some seconds until a new worker is there."""
_A_SECOND = 20
_MOMENT = 0.1
"""Seconds after a delivery within which the worker is killed: about as long as a delivery takes."""
_LIFE = 60
"""Seconds for the server to give an attempt up and try it again, and for a worker to start."""


class Survived(NamedTuple):
    """The result of the run."""

    seen: Seen
    messages: int
    deaths: int


async def measure(stage: Stage, start: Start, number: int) -> list[Figure]:
    """Measure with a message for each call, as where digests are turned off."""
    found = await deliver(stage, start, number, seed=1, every=max(10, number // _DEATHS))
    counts = found.seen
    what = f"{number:,} deliveries, worker killed {found.deaths} times: told once"
    is_met = counts.once == number
    return [
        Figure("calling", what, f"{counts.once:,} ({found.messages:,} messages)", target=f"{number:,}", met=is_met),
        Figure("calling", "… told more than once", f"{counts.more_often:,}", target="0", met=not counts.more_often),
        Figure("calling", "… never told", f"{counts.missing:,}", target="0", met=not counts.missing),
        Figure("calling", "… given up or skipped", f"{counts.given_up:,}", target="0", met=not counts.given_up),
    ]


class Reaper:
    """Chooses when a worker is killed."""

    def __init__(self, board: Board, number: int, seed: int, every: int) -> None:
        self._board, self._number, self._every = board, number, every
        self._dice = random.Random(seed)

    @property
    def has_nothing_to_wait_for(self) -> bool:
        """True where everything is delivered."""
        return len(self._board.first) == self._number

    async def moment(self) -> None:
        """Wait for the moment: some deliveries from now, or the last delivery, and a little later."""
        enough = min(len(self._board.first) + self._dice.randint(1, 2 * self._every - 1), self._number)
        await self._board.shows(lambda: len(self._board.first) >= enough, _LIFE + self._number / _A_SECOND)
        await asyncio.sleep(self._dice.random() * _MOMENT)


async def deliver(stage: Stage, start: Start, number: int, *, seed: int, digests: int = 0, every: int) -> Survived:
    """Deliver `number` calls while one worker after another is killed, until one has nothing left to deliver."""
    name, board, deaths = f"kill{seed}", Board(), 0
    stage.slack.messages = board
    reaper = Reaper(board, number, seed, every)
    first = datetime.now(UTC) + timedelta(seconds=5)
    due = [first + timedelta(seconds=each / _A_SECOND) for each in range(number)]
    starting = asyncio.create_task(open_all(stage, name, start, due))
    while True:
        async with stage.worker("baton", f"-{name}", cached=2 * number, digests=digests) as worker:
            if deaths and reaper.has_nothing_to_wait_for:
                await starting
                found = await settled(stage.client, board, [f"{name}-{each}" for each in range(number)])
                return Survived(found, len(board), deaths)
            await reaper.moment()
            worker.process.kill()
        deaths += 1
        say("calling", f"{name}: worker killed {deaths} times, {len(board.first)} of {number} delivered")
