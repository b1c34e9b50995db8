"""Worker pairs: the two workers of one process, neither of which goes on without the other."""

import asyncio

import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, main_worker, make_notifying
from worker.process.worker_pair import WorkerPair
from worker.temporal.skipping import Clockwork


def of_slack(settings: Settings, client: Client, house: OutsideSystems) -> Worker:
    notifying = make_notifying(client, settings, house)
    return Worker(client, task_queue="pair-slack", activities=[notifying.notify, notifying.update])


async def test_both_stop_when_asked(clockwork: Clockwork, settings: Settings, house: OutsideSystems) -> None:
    """A process that is told to stop drains both task queues, and is not running before both are served."""
    own = settings.model_copy(update={"task_queue": "pair"})
    pair = WorkerPair(
        main_worker(clockwork.client, own, house, load_policies(own)), of_slack(own, clockwork.client, house)
    )
    assert pair.is_running is False
    assert pair.task_queues == ["pair", "pair-slack"]
    running = asyncio.create_task(pair.run())
    while not pair.is_running:
        await clockwork.client.service_client.check_health()
    await pair.shutdown()
    await running
    assert (pair.main.is_running, pair.slack.is_running) == (False, False)


async def test_one_does_not_outlive_the_other(clockwork: Clockwork, settings: Settings, house: OutsideSystems) -> None:
    """A process that could serve conversations but call nobody ends, so that it is started again."""
    nowhere = Client(**{**clockwork.client.config(), "namespace": "nowhere"})
    own = settings.model_copy(update={"task_queue": "pair"})
    pair = WorkerPair(main_worker(clockwork.client, own, house, load_policies(own)), of_slack(own, nowhere, house))
    with pytest.raises(RuntimeError, match="nowhere"):
        await pair.run()
    assert (pair.main.is_running, pair.slack.is_running) == (False, False)
