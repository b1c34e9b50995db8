"""A worker that is killed without warning while it delivers, again and again: every call is delivered, and once.

The moments are chosen by a seed: some deliveries after the last death, and some milliseconds more, so that death falls
before, between and after Slack's acceptance and the worker's telling the server of it.
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
"""About as many as a large run has; each costs some seconds until a new worker is there."""
_A_SECOND = 20
_MOMENT = 0.1
"""Seconds after a delivery within which death comes: about as long as one takes."""
_LIFE = 60
"""Seconds for an attempt to be given up by the server, and tried again, and for a worker to start."""


class Survived(NamedTuple):
    """How it ended."""

    seen: Seen
    messages: int
    deaths: int


async def measure(stage: Stage, start: Start, number: int) -> list[Figure]:
    """A message for each, as where digests are turned off."""
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
    """Chooses when a worker dies."""

    def __init__(self, board: Board, number: int, seed: int, every: int) -> None:
        self._board, self._number, self._every = board, number, every
        self._dice = random.Random(seed)

    @property
    def has_nothing_to_wait_for(self) -> bool:
        """Whether everything is delivered."""
        return len(self._board.first) == self._number

    async def moment(self) -> None:
        """Wait until it has come: some deliveries from now, or with the last, and a little later."""
        enough = min(len(self._board.first) + self._dice.randint(1, 2 * self._every - 1), self._number)
        await self._board.shows(lambda: len(self._board.first) >= enough, _LIFE + self._number / _A_SECOND)
        await asyncio.sleep(self._dice.random() * _MOMENT)


async def deliver(stage: Stage, start: Start, number: int, *, seed: int, digests: int = 0, every: int) -> Survived:
    """So many calls fall due while one worker after another dies, until one has nothing left to deliver."""
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
