"""Calls to people: how late they are, also in a flood against Slack's limits, and with a worker that is killed.

BATON_BENCH_CALLS, BATON_BENCH_FLOOD and BATON_BENCH_KILL set how many calls; 0 leaves a part out. `--long` sets the
issue's 5,000 for the flood and 1,000 for the killed worker, which take about a quarter of an hour on two cores.
"""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from bench import flood, killing
from bench.lateness import Arrivals, Start, open_all, start_conversation, start_timer
from bench.report import Figure, milliseconds, percentile, say
from bench.stage import Stage

LONG = {"BATON_BENCH_FLOOD": 5_000, "BATON_BENCH_KILL": 1_000}
POLICY = "bench-calling"
_APART = timedelta(seconds=0.25)
_EACH = 0.05
"""Seconds to start one conversation, generously. The first deadline is chosen so that all are open by then."""
_SHARES = (("p50", 50), ("p99", 99), ("max", 100))

start_call = partial(start_conversation, policy=POLICY)
start_unwatched = partial(start_call, rests=False)


async def measure(stage: Stage, _rounds: int) -> list[Figure]:
    """Measure the three parts, one after another."""
    figures: list[Figure] = []
    if number := _size("CALLS", 60):
        figures += await _one_by_one(stage, number)
    if number := _size("FLOOD", 300):
        figures += await flood.measure(stage, start_unwatched, number)
    if number := _size("KILL", 100):
        figures += await killing.measure(stage, start_unwatched, number)
    return figures


def _size(name: str, otherwise: int) -> int:
    return int(os.environ.get(f"BATON_BENCH_{name}", otherwise))


async def _one_by_one(stage: Stage, number: int) -> list[Figure]:
    """Measure single calls: deadlines far enough apart that no call waits for another."""
    async with stage.worker("baton", "-calling"):
        ours = await _late(stage, "call", start_call, number)
    async with stage.worker("bare", "-calling"):
        theirs = await _late(stage, "bare-call", start_timer, number)
    return [_figure(number, name, percentile(ours, share), percentile(theirs, share)) for name, share in _SHARES]


async def _late(stage: Stage, name: str, start: Start, number: int) -> list[float]:
    arrivals = stage.slack.messages = Arrivals(number)
    first = datetime.now(UTC) + timedelta(seconds=number * _EACH + 5)
    due = [first + each * _APART for each in range(number)]
    await open_all(stage, name, start, due)
    _check(due)
    say("calling", f"{name}: {number} fall due one by one")
    async with asyncio.timeout((due[-1] - datetime.now(UTC)).total_seconds() + 60):
        await arrivals.are_all_here.wait()
    return [arrivals.times[f"{name}-{each}"] - at.timestamp() for each, at in enumerate(due)]


def _check(due: Sequence[datetime]) -> None:
    if datetime.now(UTC) > due[0]:
        raise TimeoutError("The machine was too busy to start all conversations before the first deadline: run again.")


def _figure(number: int, name: str, ours: float, theirs: float) -> Figure:
    what = f"{number} due one by one: deadline → accepted by Slack, {name}"
    return Figure("calling", what, milliseconds(ours), milliseconds(theirs), ours / theirs)
