"""One real server, two workers and a fake Slack for the tests that use them; at the end all histories are replayed.

The server is started by the first test that asks for it, and has the Temporal UI for the browser test.
"""

import asyncio
import gc
import shutil
import signal
import socket
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from migrations import migrate
from policies.document.document import Document
from policies.loading.load import SHIPPED, load_policy
from policies.time.hours import resolve_holidays
from tests.fakes.slack import FakeSlack
from tests.histories import judge_all_again, replay_all
from tests.patience import lengthen
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker, open_house
from worker.temporal.commanding import execute_command
from worker.temporal.skipping import Clockwork, dynamic_config, skipping_server

# Machines are noisy, so no test is timed. All other settings are hypothesis' own, which on CI draws the same examples.
hypothesis.settings.register_profile("untimed", hypothesis.settings(), deadline=None, max_examples=12)
hypothesis.settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without the garbage collector, and keep what was imported out of its later rounds."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


NO_LONGER = 1_200
"""The seconds after which a test fails that waits for what never comes. A soak takes as long as it needs."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let each test end, so that one which waits in vain holds up no other."""
    if item.get_closest_marker("soak"):
        return (yield)
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(NO_LONGER)
    try:
        return (yield)
    finally:
        signal.alarm(0)


def _give_up(*_: object) -> None:
    raise TimeoutError(f"the test has waited for {NO_LONGER} seconds")


QUEUES = ("baton", "baton-uncached")
BUSY = "TMPRL1101"
"""The error code of a task or query that took two seconds, as on a busy machine; the server has it done again."""
STORY_POLICIES = Path(__file__).parent / "stories" / "policies"


def next_weekday(weekday: int, hour: int, minute: int = 0) -> datetime:
    """Return the instant, in UTC, of a coming weekday (Monday is 0) at that New York time; never a US holiday."""
    zone = ZoneInfo("America/New_York")
    today = datetime.now(zone).date()
    holidays = {day for day, _ in resolve_holidays("US", None, range(today.year, today.year + 2))}
    days = (today + timedelta(days=ahead) for ahead in range(1, 60))
    day = next(day for day in days if day.weekday() == weekday and day not in holidays)
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)


NO_ANSWER_YET = (RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.CANCELLED, RPCStatusCode.DEADLINE_EXCEEDED)
"""The server's answers to a query between two runs, and where a worker that was killed is still expected to answer."""


async def asked(handle: WorkflowHandle[Any, Any], query: str, about: Any = None) -> Any:
    """Return the answer to a query; ask again between two runs, and where a busy machine took too long for it."""
    while True:
        try:
            return await handle.query(query, about)
        except RPCError as error:
            if error.status not in NO_ANSWER_YET and BUSY not in str(error):
                raise
        await asyncio.sleep(0.01)


@dataclass
class Story:
    """One conversation of a test: sends it facts and commands, lets time pass, and reads its state."""

    handle: WorkflowHandle[Any, Any]
    clockwork: Clockwork
    opened_at: datetime
    id: str
    sent: int = 0

    async def tell(self, signal: str, *, at: datetime | None = None, **body: Any) -> None:
        """Send a fact that happens now by the conversation's clock, or happened `at`."""
        self.sent += 1
        event_id = body.pop("event_id", f"{self.id}-{self.sent:03}")
        occurred_at = at or await self.clockwork.now(self.handle)
        await self.handle.signal(signal, {"event_id": event_id, "occurred_at": occurred_at.isoformat(), **body})

    async def order(self, update: str, **body: Any) -> dict[str, Any]:
        """Send a command; raises what the caller would see."""
        return await execute_command(self.handle, update, {"actor": "op", **body})

    async def after(self, **span: float) -> None:
        """Let time pass until so long after the opening."""
        await self.clockwork.go_to(self.handle, self.opened_at + timedelta(**span))

    async def state(self) -> dict[str, Any]:
        """Return the conversation's state, once everything under way has been done."""
        return await self.settled()

    async def settled(self) -> dict[str, Any]:
        """Wait until no effect is waiting and every message has been read, and return the state."""
        while True:
            state = await asked(self.handle, "state")
            is_at_work = state["waiting_effects"] or (state["understanding"] or {}).get("unread")
            if state["policy"] is not None and not is_at_work:
                return state
            await asyncio.sleep(0.01)

    async def timeline(self) -> list[dict[str, Any]]:
        """Return the timeline, once everything under way has been done."""
        await self.settled()
        return await asked(self.handle, "timeline")

    async def kinds(self) -> list[str]:
        """Return the kinds of the timeline's entries, in order."""
        return [entry["kind"] for entry in await self.timeline()]

    async def upcoming(self) -> list[tuple[str, str]]:
        """Return each upcoming deadline: the time since the opening, and what will happen."""
        await self.settled()
        rows: list[dict[str, Any]] = await asked(self.handle, "upcoming")
        return [(str(datetime.fromisoformat(row["at"]) - self.opened_at), row["what"]) for row in rows]


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[pytest.MonkeyPatch]:
    """Lengthen the limits that a busy machine would break; yield what undoes that."""
    with pytest.MonkeyPatch.context() as patch:
        lengthen(patch)
        yield patch


@pytest.fixture
def as_for_people(patience: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the limits that a worker has, in a test that is about them."""
    patience.undo()
    yield
    lengthen(patience)


@pytest.fixture(scope="session")
async def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with all tables, which is copied: to create the tables takes each test a moment."""
    file = tmp_path_factory.mktemp("tables") / "baton.db"
    await migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def database(tables: Path, tmp_path: Path) -> str:
    """Return the address of an SQLite database of the test's own, with all tables and no rows."""
    shutil.copy(tables, tmp_path / "baton.db")
    return f"sqlite:///{tmp_path}/baton.db"


@pytest.fixture(scope="session")
async def slack() -> AsyncIterator[FakeSlack]:
    """Start a fake Slack."""
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture(scope="session")
async def settings(tmp_path_factory: pytest.TempPathFactory, slack: FakeSlack) -> Settings:
    """Return a worker's settings with a database of its own."""
    folder = tmp_path_factory.mktemp("baton")
    return Settings(
        database_url=f"sqlite:///{folder}/baton.db",
        slack_token="xoxb-test",
        slack_base_url=slack.url,
        # A year of stories passes within minutes, so that any story could find a channel busy with the others.
        slack_digest_above=0,
        # A busy machine may need longer than a customer should wait, and no story tests that.
        context_within=1.5,
        http_port=0,
    )


@pytest.fixture(scope="session")
async def house(settings: Settings) -> AsyncIterator[OutsideSystems]:
    """Open the real desk and ledger."""
    async with open_house(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
def ui_port() -> int:
    """Return the port of the Temporal UI of the session's server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
async def clockwork(settings: Settings, house: OutsideSystems, ui_port: int) -> AsyncIterator[Clockwork]:
    """Start the server with two workers: one that keeps workflows in memory, one that replays at every step."""
    documents = {**load_policies(settings), **story_policies()}
    # With several parts of a task queue only each part keeps its order; with one, the order is exact.
    in_one_part = dynamic_config({f"matching.numTaskqueue{side}Partitions": "1" for side in ("Read", "Write")})
    extra = ["--ui-disable-news-fetch", *in_one_part]
    async with skipping_server(ui_port=ui_port, extra=extra) as clockwork, AsyncExitStack() as workers:
        for queue, cached in zip(QUEUES, (100, 0), strict=True):
            of_queue = settings.model_copy(update={"task_queue": queue, "max_cached_workflows": cached})
            await workers.enter_async_context(make_worker(clockwork.client, of_queue, house, documents))
        yield clockwork
        await replay_all(clockwork)
        await judge_all_again(house)


def story_policies() -> dict[str, Document]:
    """Return the stories' policies, `flat`, and `tiered` without storms, because stories would join one incident."""
    template = (STORY_POLICIES / "queue.yaml.template").read_text()
    texts = {path.name: path.read_text() for path in sorted(STORY_POLICIES.glob("*.yaml"))}
    # A team is one workflow for all its conversations, so stories that have to be alone use a team of their own.
    texts |= {f"queue-{number:02}": template.replace("NUMBER", f"{number:02}") for number in range(1, 31)}
    texts |= {name: (SHIPPED / name).read_text() for name in ("tiered.yaml", "flat.yaml")}
    today = datetime.now(UTC).date()
    documents = [load_policy(text, file=name, today=today) for name, text in texts.items()]
    return {
        document.policy: _without_storms(document) if document.policy == "tiered" else document
        for document in documents
    }


def _without_storms(document: Document) -> Document:
    calm = {name: one.model_copy(update={"storm": None}) for name, one in document.escalations.items()}
    return document.model_copy(update={"escalations": calm})


@pytest.fixture
async def start(clockwork: Clockwork, request: pytest.FixtureRequest) -> Callable[..., Awaitable[Story]]:
    """Return a function that starts a conversation at an instant.

    The first conversation of every fifth test runs on the worker that replays at every step. Only the first does: with
    no room in its cache, the SDK lets a second one wait for the first, ten seconds at a time.
    """
    name = request.node.name
    chosen = QUEUES[zlib.crc32(name.encode()) % 5 == 0]
    count = 0

    async def begin(opened_at: datetime, **body: Any) -> Story:
        nonlocal count
        count += 1
        queue = chosen if count == 1 else QUEUES[0]
        identifier = f"{name}-{count}"
        start_body = {"conversation_id": identifier, "policy": "tiered", "channel": "email", **body}
        handle = await clockwork.start(start_body, opened_at, task_queue=queue)
        return Story(handle, clockwork, opened_at, identifier)

    return begin
