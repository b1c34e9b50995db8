"""Killing the worker while it calls people."""

import pytest

from bench.calling import start_unwatched
from bench.killing import deliver
from bench.stage import open_stage

pytestmark = pytest.mark.soak
_DELIVERIES = 60


@pytest.mark.parametrize(("seed", "digests", "every"), [(1, 0, 8), (2, 0, 3), (3, 12, 4), (4, 1, 4)])
async def test_a_killed_worker_makes_every_call_once(seed: int, digests: int, every: int) -> None:
    """A worker that is killed again and again makes every call once, by itself or in a digest, and gives none up."""
    async with open_stage() as stage:
        stage.slack.allow(per_second=1 if digests else 0)
        found = await deliver(stage, start_unwatched, _DELIVERIES, seed=seed, digests=digests, every=every)
        keys = [message.key for message in stage.slack.messages]
    assert found.deaths > 0
    assert found.seen == (_DELIVERIES, 0, 0, 0)
    assert sorted(keys) == sorted(set(keys))
    assert digests or len(keys) == _DELIVERIES
