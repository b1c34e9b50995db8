"""The memory of a worker for each open conversation that it keeps in memory."""

import asyncio
from functools import partial

from bench.canonical import BARE, BATON, Side, Watch, begin
from bench.report import Figure, say
from bench.stage import Stage

WARM_UP = 50
OPEN = 400
_IN_FLIGHT = 20


async def measure(stage: Stage, _rounds: int) -> list[Figure]:
    """Measure resident memory with more conversations open, in a worker that does nothing else."""
    grown = {side.name: await _growth(stage, side) for side in (BATON, BARE)}
    ours, theirs = grown["baton"], grown["bare"]
    return [
        Figure("footprint", "memory an open conversation", f"{ours:.0f} KiB", f"{theirs:.0f} KiB", ours / theirs),
    ]


async def _growth(stage: Stage, side: Side) -> float:
    async with stage.worker(side.name, "-footprint") as worker:
        await _open(stage, side, "warm", WARM_UP)
        before = worker.memory()
        await _open(stage, side, "open", OPEN)
        grown = (worker.memory() - before) / 1024 / OPEN
    say("footprint", f"{side.name}: {grown:.0f} KiB each with {OPEN} more conversations open")
    return grown


async def _open(stage: Stage, side: Side, name: str, number: int) -> None:
    free = asyncio.Semaphore(_IN_FLIGHT)

    async def one(identifier: str) -> None:
        async with free:
            handle = await begin(stage.client, side, identifier)
            await Watch(handle).until(partial(Watch.has_settled, signals=0))

    async with asyncio.TaskGroup() as group:
        for count in range(number):
            group.create_task(one(f"footprint-{name}-{count}"))
