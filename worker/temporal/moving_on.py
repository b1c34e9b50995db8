"""Moves quiet runs of another edition into the edition that this worker gives to runs which begin.

Runs take another edition only where they continue as new, which a quiet one does after weeks. Promises to ask a few
runs a second at most, in no order, and to leave runs alone that began lately. Must not know what an edition changes.
"""

import asyncio
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from activities.editions import OPEN_RUNS, newest_allowed
from workflows.contract import EDITION

log = structlog.get_logger("baton.worker")

_UPWARDS_AFTER = timedelta(days=1)
"""The age of a run that is moved to a newer edition."""
_BACK_AFTER = timedelta(minutes=10)
"""The age of a run that is moved back to an older edition: the workers that know the newer one are about to leave."""
_EVERY = timedelta(minutes=10)
_MOST = 1_000
"""The most runs that are asked in one pass."""
_PAUSE = 0.4
"""Seconds between two runs, on average."""


async def keep_moving(client: Client) -> None:
    """Look for such runs now and again, until cancelled."""
    while True:
        # Workers that start together look at different times.
        await asyncio.sleep(_EVERY.total_seconds() * random.uniform(0.5, 1.5))
        try:
            moved = await move_quiet_runs(client, datetime.now(UTC))
        except RPCError as error:
            log.warning("worker.runs_not_moved", why=error.message)
        else:
            if moved:
                log.info("worker.runs_moved", runs=moved, edition=newest_allowed())


async def move_quiet_runs(client: Client, now: datetime, *, pause: float = _PAUSE) -> int:
    """Ask each quiet run of another edition to continue as new. Return how many were asked.

    A run that ends in between is not counted. Raises RPCError where the server does not list runs.
    """
    found = [row.id async for row in client.list_workflows(_query(now), limit=_MOST)]
    random.shuffle(found)
    moved = 0
    for workflow_id in found:
        with suppress(RPCError):
            await client.get_workflow_handle(workflow_id).signal("move_on", {"edition": newest_allowed()})
            moved += 1
        await asyncio.sleep(random.uniform(0, 2 * pause))
    return moved


def _query(now: datetime) -> str:
    """Return the query for runs of another edition that are old enough to be quiet."""
    edition, name = newest_allowed(), EDITION.name
    older, newer = (now - _UPWARDS_AFTER).isoformat(), (now - _BACK_AFTER).isoformat()
    return (
        f"{OPEN_RUNS} AND (({name} < {edition} AND StartTime < '{older}')"
        f" OR ({name} > {edition} AND StartTime < '{newer}'))"
    )
