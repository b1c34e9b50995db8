"""Team queues: how even and how fast they are, and how much of the time is Baton's.

BATON_BENCH_FAIR, BATON_BENCH_GRANTS and BATON_BENCH_MONDAY set how many conversations each part has; 0 leaves a part
out. `--long` sets the issue's figures, which take about ten minutes on two cores.
"""

import os

from bench import fairness, granting, monday
from bench.report import Figure
from bench.stage import Stage

LONG = {"BATON_BENCH_GRANTS": 1_000, "BATON_BENCH_MONDAY": 2_000}


async def measure(stage: Stage, _rounds: int) -> list[Figure]:
    """Measure the three parts, one after another."""
    figures: list[Figure] = []
    if number := _size("FAIR", 10_000):
        figures += fairness.spreading(number) + fairness.deciding()
    if number := _size("GRANTS", 200):
        figures += await granting.measure(stage, number)
    if number := _size("MONDAY", 400):
        figures += await monday.measure(stage, number)
    return figures


def _size(name: str, otherwise: int) -> int:
    return int(os.environ.get(f"BATON_BENCH_{name}", otherwise))
