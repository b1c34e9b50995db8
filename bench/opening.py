"""Monday, nine o'clock: many open conversations whose promises all end at the same instant.

BATON_BENCH_OPENING sets how many, `--long` the issue's 10,000, which take a quarter of an hour on two cores.
"""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from functools import partial

from bench.canonical import BATON, Watch
from bench.lateness import Arrivals, open_all
from bench.report import Figure, milliseconds, percentile, say
from bench.stage import Stage

LONG = 10_000
_SHARES = (("p50", 50), ("p99", 99), ("max", 100))
_EACH = 0.075
"""Seconds to start one conversation, generously. The instant is chosen so that all are open by then."""
_PROMISE = timedelta(hours=1)


async def measure(stage: Stage, _rounds: int) -> list[Figure]:
    """Measure from the instant to each message on Slack, and until the last."""
    number = int(os.environ.get("BATON_BENCH_OPENING", "1000"))
    async with stage.worker("baton", "-opening", cached=2 * number):
        arrivals = stage.slack.messages = Arrivals(number)
        opening = datetime.now(UTC) + timedelta(seconds=number * _EACH + 5)
        await open_all(stage, "opening", _start, [opening] * number)
        ahead = (opening - datetime.now(UTC)).total_seconds()
        if ahead < 0:
            raise TimeoutError("The machine was too busy to start all conversations before the opening: run again.")
        say("opening", f"{number:,} conversations are open, all due in {ahead:.0f} s")
        async with asyncio.timeout(ahead + number * 0.2 + 60):
            await arrivals.are_all_here.wait()
    late = [at - opening.timestamp() for at in arrivals.times.values()]
    what = f"{number:,} due at one instant → on Slack"
    figures = [Figure("opening", f"{what}, {name}", milliseconds(percentile(late, share))) for name, share in _SHARES]
    pace = f"{number / max(late):.0f}/s"
    return [*figures, Figure("opening", f"until the last is accepted, {pace}", milliseconds(max(late)))]


async def _start(stage: Stage, identifier: str, due: datetime) -> None:
    """Start a conversation. One that takes long to come to rest is logged and not waited for.

    The messages after the opening show whether it is late.
    """
    body = {"conversation_id": identifier, "policy": "bench-opening", "channel": "email"}
    handle = await stage.client.start_workflow(
        BATON.workflow,
        {**body, "opened_at": (due - _PROMISE).isoformat()},
        id=BATON.workflow_id(identifier),
        task_queue=BATON.task_queue,
    )
    try:
        await Watch(handle).until(partial(Watch.has_settled, signals=0))
    except TimeoutError as error:
        say("opening", str(error))
