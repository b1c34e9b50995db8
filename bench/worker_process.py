"""One worker in a process of its own, so that its CPU time and memory are measured apart from everything else.

Baton's is the worker of `worker.process.hosting` with logging as in production; the bare one has the same server
settings and the same activities. Prints `ready`, runs until SIGTERM.
"""

import argparse
import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client
from temporalio.worker import Worker

from activities.desk.port import DeskActivities
from activities.desk.replies import RepliesSent
from activities.workflows.conversations import Conversations
from activities.workflows.teams import Teams
from bench import bare_team, crews
from bench.bare import BareConversation, BareDeadline
from bench.canonical import BARE
from policies.document.document import Document
from policies.loading.load import SHIPPED, load_policy
from worker.environment.settings import Settings
from worker.process.frozen_objects import short_pauses
from worker.process.hosting import OutsideSystems, make_notifying, make_worker, open_house, runner
from worker.process.telemetry import configure_logging, make_runtime
from worker.temporal.client import connect
from workflows.payloads.decoding import data_converter

POLICIES = Path(__file__).parent / "policies"
_HOURS = '"Mo-Fr 09:00-18:00; PH off"'


def documents() -> dict[str, Document]:
    """Return the bench's policies, and `tiered` open around the clock, so that a run at night measures the same."""
    tiered = (SHIPPED / "tiered.yaml").read_text()
    if _HOURS not in tiered:
        raise LookupError(f"tiered.yaml has other business hours than {_HOURS}: adapt bench/worker_process.py")
    texts = {"tiered.yaml": tiered.replace(_HOURS, '"Mo-Su 00:00-24:00; PH 00:00-24:00"')}
    texts |= {path.name: path.read_text() for path in sorted(POLICIES.glob("*.yaml"))}
    texts |= {"queues.yaml": crews.policy()}
    today = datetime.now(UTC).date()
    found = [load_policy(text, file=name, today=today) for name, text in texts.items()]
    return {document.policy: document for document in found}


@asynccontextmanager
async def baton(address: str, settings: Settings) -> AsyncIterator[None]:
    """Run Baton's worker."""
    client = await connect(address=address, runtime=make_runtime(settings))
    async with open_house(settings) as house, make_worker(client, settings, house, documents()), short_pauses():
        yield


@asynccontextmanager
async def bare(address: str, settings: Settings) -> AsyncIterator[None]:
    """Run the bare workflow's worker, with Baton's helpdesk and Slack behind the same activities."""
    client = await Client.connect(address, data_converter=data_converter)
    async with open_house(settings) as house, _bare_worker(client, house, settings):
        yield


def _bare_worker(client: Client, house: OutsideSystems, settings: Settings) -> Worker:
    desk, notifying = DeskActivities(house.desk, RepliesSent(house.store)), make_notifying(client, settings, house)
    teams = Teams(client, bare_team.TEAM_PREFIX, bare_team.TEAM_TYPE)
    conversations = Conversations(client, bare_team.PREFIX, teams)
    return Worker(
        client,
        task_queue=BARE.task_queue,
        workflows=[BareConversation, BareDeadline, bare_team.BareTeam, bare_team.BareWaiting],
        activities=[
            *(desk.assign, desk.add_internal_note, notifying.notify),
            *(conversations.tell_all, teams.ask, teams.own),
        ],
        workflow_runner=runner(),
        max_concurrent_workflow_tasks=20,
        max_cached_workflows=settings.max_cached_workflows,
    )


async def _main() -> None:
    parser = argparse.ArgumentParser(description="One worker of the benchmark.")
    parser.add_argument("side", choices=["baton", "bare"])
    for name in ("--address", "--database", "--slack"):
        parser.add_argument(name, required=True)
    parser.add_argument("--cached", type=int, default=1000)
    parser.add_argument("--digests", type=int, default=0)
    asked = parser.parse_args()
    settings = Settings(
        database_url=asked.database,
        policies=None,
        slack_token="xoxb-bench",
        slack_base_url=asked.slack,
        slack_digest_above=asked.digests,
        log_format="json",
        max_cached_workflows=asked.cached,
    )
    configure_logging(settings)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with (baton if asked.side == "baton" else bare)(asked.address, settings):
        print("ready", flush=True)
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(_main())
