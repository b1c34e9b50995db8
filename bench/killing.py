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

EVERY = 15
"""Deliveries between two deaths, on the average."""
_A_SECOND = 20
_EACH = 0.06
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
    found = await deliver(stage, start, number, seed=1)
    counts = found.seen
    what = f"{number:,} deliveries, worker killed {found.deaths} times: told once"
    is_met = counts.once == number
    return [
        Figure("calling", what, f"{counts.once:,} ({found.messages:,} messages)", target=f"{number:,}", met=is_met),
        Figure("calling", "… told more than once", f"{counts.more_often:,}", target="0", met=not counts.more_often),
        Figure("calling", "… never told", f"{counts.missing:,}", target="0", met=not counts.missing),
        Figure("calling", "… given up or skipped", f"{counts.given_up:,}", target="0", met=not counts.given_up),
    ]


async def deliver(stage: Stage, start: Start, number: int, *, seed: int, digests: int = 0) -> Survived:
    """So many calls fall due while the worker dies; returns once the ledger has every delivery."""
    name = f"kill{seed}"
    board = stage.slack.messages = Board()
    first = datetime.now(UTC) + timedelta(seconds=number * _EACH + 5)
    due = [first + timedelta(seconds=each / _A_SECOND) for each in range(number)]
    async with stage.worker("baton", f"-{name}", cached=2 * number, digests=digests):
        await open_all(stage, name, start, due)
    return await _lives(stage, board, name, number, random.Random(seed), digests)


async def _lives(stage: Stage, board: Board, name: str, number: int, dice: random.Random, digests: int) -> Survived:
    """One worker after another, until one that has nothing left to deliver may live."""
    deaths = 0
    while True:
        async with stage.worker("baton", f"-{name}", cached=2 * number, digests=digests) as worker:
            if deaths and len(board.first) == number:
                found = await settled(stage.client, board, [f"{name}-{each}" for each in range(number)])
                return Survived(found, len(board), deaths)
            enough = min(len(board.first) + dice.randint(1, 2 * EVERY - 1), number)
            await board.shows(lambda enough=enough: len(board.first) >= enough, _LIFE + number / _A_SECOND)
            await asyncio.sleep(dice.random() * _MOMENT)
            worker.process.kill()
        deaths += 1
        say("calling", f"{name}: worker killed {deaths} times, {len(board.first)} of {number} delivered")
