"""`make bench`: measures, prints a table, compares with the targets. A missed target is a result, not a failure."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TextIO

from bench import (
    briefing,
    business_time,
    calling,
    deciding,
    endurance,
    footprint,
    history,
    insight,
    late,
    lateness,
    opening,
    queues,
    routing,
    throughput,
)
from bench.report import Figure, as_json, say, show
from bench.stage import Stage, open_stage

Section = Callable[[Stage, int], Awaitable[list[Figure]]]
SECTIONS: dict[str, Section] = {
    "throughput": throughput.measure,
    "routing": routing.measure,
    "lateness": lateness.measure,
    "history": history.measure,
    "footprint": footprint.measure,
    "deciding": deciding.measure,
    "late": late.measure,
    "insight": insight.measure,
    "briefing": briefing.measure,
    "business_time": business_time.measure,
    "endurance": endurance.measure,
    "opening": opening.measure,
    "calling": calling.measure,
    "queues": queues.measure,
}


LONG = {"BATON_BENCH_OPENING": opening.LONG, "BATON_BENCH_MESSAGES": endurance.LONG, **calling.LONG, **queues.LONG}
"""The sizes that `--long` sets where the environment does not set them."""


def _sections(text: str) -> list[str]:
    asked = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in asked if name not in SECTIONS]
    if unknown or not asked:
        raise argparse.ArgumentTypeError(f"there are {', '.join(SECTIONS)}, not {', '.join(unknown) or 'nothing'}")
    return asked


async def _measure(sections: Sequence[str], rounds: int) -> list[Figure]:
    figures: list[Figure] = []
    async with open_stage() as stage:
        for name in sections:
            say(name, "…")
            figures += await SECTIONS[name](stage, rounds)
    return figures


def main() -> None:
    """Run the measurements that were asked for, and print the figures."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", type=_sections, default=list(SECTIONS), help=f"of {','.join(SECTIONS)}")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of throughput on each side (default 3)")
    sizes = ", ".join(f"{name}={size}" for name, size in LONG.items())
    parser.add_argument("--long", action="store_true", help=f"in full size, an hour more: {sizes}")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    asked = parser.parse_args()
    for name, size in LONG.items() if asked.long else ():
        os.environ.setdefault(name, str(size))
    out = _keep_for_figures()
    figures = asyncio.run(_measure(asked.only, max(1, asked.rounds)))
    if asked.json:
        print(json.dumps(as_json(figures), indent=2, ensure_ascii=False), file=out)
    else:
        show(figures, out)
    out.flush()
    os._exit(0)  # threads that the SDK leaves running may abort the interpreter while it ends (sdk-python#300)


def _keep_for_figures() -> TextIO:
    """Return standard output for the figures.

    Everything else that is printed, such as the server's greeting, goes to standard error.
    """
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


if __name__ == "__main__":
    main()
