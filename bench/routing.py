"""The time from a tag to the assignment in the helpdesk, one conversation at a time: the delay at low load."""

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from functools import partial

from bench.canonical import BARE, BATON, STEPS, Side, Watch, begin, tell
from bench.report import Figure, milliseconds, percentile, say
from bench.stage import Stage, WorkerProcess

SAMPLE = 60
_PATIENCE = 30
_LOOK_EVERY = 0.002


async def measure(stage: Stage, _rounds: int) -> list[Figure]:
    """Measure Baton and bare in turn, from sending the signal until the row is in the helpdesk's table."""
    taken: dict[str, list[float]] = {"baton": [], "bare": []}
    async with stage.worker("baton", "-routing") as baton, stage.worker("bare", "-routing") as bare:
        for number in range(SAMPLE):
            for side, worker in ((BATON, baton), (BARE, bare)):
                taken[side.name].append(await _once(stage, side, worker, f"routing-{number}"))
            if (number + 1) % 20 == 0:
                say("routing", f"{number + 1} of {SAMPLE} tags")
    return [_figure(name, percent, taken["baton"], taken["bare"]) for name, percent in (("p50", 50), ("p99", 99))]


async def _once(stage: Stage, side: Side, worker: WorkerProcess, identifier: str) -> float:
    handle = await begin(stage.client, side, identifier)
    watch = Watch(handle)
    await watch.until(partial(Watch.has_settled, signals=0))
    began = time.perf_counter()
    await tell(handle, 2, *STEPS[2])
    await _until_assigned(worker.database, identifier)
    taken = time.perf_counter() - began
    await watch.until(partial(Watch.has_settled, signals=1))  # the next one shall have the machine to itself
    return taken


async def _until_assigned(database: str, identifier: str) -> None:
    """Wait until the table has the assignment.

    Reading the table beside its writer disturbs the writer less than asking the workflow would.
    """
    row, asked = None, "SELECT team FROM desk_conversations WHERE conversation_id = ?"
    store = sqlite3.connect(f"file:{database.removeprefix('sqlite:///')}?mode=ro", uri=True)
    try:
        async with asyncio.timeout(_PATIENCE):
            while row != ("billing",):
                await asyncio.sleep(_LOOK_EVERY)
                row = store.execute(asked, (identifier,)).fetchone()
    finally:
        store.close()


def _figure(name: str, percent: float, baton: Sequence[float], bare: Sequence[float]) -> Figure:
    ours, theirs = percentile(baton, percent), percentile(bare, percent)
    return Figure("routing", f"tag → assigned, {name}", milliseconds(ours), milliseconds(theirs), ours / theirs)
