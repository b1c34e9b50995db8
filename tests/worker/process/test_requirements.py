"""Requirements: what the worker and the commands say of a server or database that is not set up, and the recovery."""

import asyncio
import logging
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, RemoveSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from activities.database.tables import engine as connect_to
from migrations import HEAD, migrate
from tests.worker.conftest import BATON, PAUSE, WITHIN, Baton, free_port, until_ready
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.process.readiness import Readiness
from worker.process.requirements import Requirements, version_trouble
from worker.process.telemetry import configure_logging, make_runtime
from worker.temporal.asking import why_silent
from worker.temporal.client import connect
from worker.temporal.listing import listing
from worker.temporal.skipping import START_WITHIN, Clockwork, find_temporal
from worker.trouble import TroubleError

NAMES = (
    "BatonStatus, BatonTeam, BatonAssignee, BatonSlaState, BatonPriority, BatonChannel, BatonReason, BatonTags, "
    "BatonTier, BatonNextDeadline, BatonEdition, BatonOutage"
)
LACKS = f"The namespace default lacks the search attributes {NAMES}: run `baton register`."


@pytest.fixture(scope="module")
async def bare() -> AsyncIterator[Client]:
    """Start a server on which `baton register` was not run."""
    environment = await WorkflowEnvironment.start_local(
        data_converter=pydantic_data_converter,
        dev_server_existing_path=find_temporal(),
        dev_server_log_level="never",
        dev_server_startup_timeout=START_WITHIN,
    )
    yield environment.client
    await environment.shutdown()


class Lines(logging.Handler):
    """A log handler that keeps each event and its reason."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one log record."""
        self.told.append((str(record.msg), str(getattr(record, "why", ""))))

    async def heard(self, event: str) -> None:
        """Wait until the event was logged."""
        while True:
            if any(told == event for told, _ in self.told):
                return
            await asyncio.sleep(PAUSE)


async def told_why(client: Client, workflow_id: str) -> str:
    """Wait until the server knows that the workflow's task fails, and return what a command says of it."""
    while True:
        silence = await why_silent(client, workflow_id)
        if "its workflow task fails" in silence:
            return silence
        await asyncio.sleep(PAUSE)


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Keep the lines that the worker logs."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging(Settings())
    kept = Lines()
    root.handlers[:] = [kept]
    yield kept
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_a_task_that_the_server_refuses_is_told(
    bare: Client, settings: Settings, house: OutsideSystems, lines: Lines
) -> None:
    """A worker without `baton register` logs each reason for refused tasks once, and `baton show` tells it, too."""
    own = settings.model_copy(update={"task_queue": "bare"})
    client = await connect(address=bare.service_client.config.target_host, runtime=make_runtime(own))
    async with make_worker(client, own, house, load_policies(own)):
        await client.start_workflow("Conversation", {"conversation_id": "c"}, id="conversation/c", task_queue="bare")
        refused = "worker.task_refused"
        async with asyncio.timeout(WITHIN):
            silence = await told_why(client, "conversation/c")
            await lines.heard(refused)
        await client.get_workflow_handle("conversation/c").terminate()
    said = "BadSearchAttributes: Namespace default has no mapping defined for search attribute Baton"
    reasons = [why for event, why in lines.told if event == refused and why.startswith(said)]
    assert len(set(reasons)) == len(reasons) > 0
    start, _, rest = silence.partition(said)
    assert start == "c can't answer: its workflow task fails (attempt 2): "
    assert rest.endswith(". Run `baton register`. `baton audit` lists others, and the worker's log says more.")


async def test_a_workflow_without_a_worker_is_told_from_one_that_fails(bare: Client) -> None:
    """A conversation without a worker is answered with the name of the task queue, not with a failure."""
    handle = await bare.start_workflow("Conversation", {}, id="conversation/alone", task_queue="nobody-there")
    assert await why_silent(bare, "conversation/alone") == (
        "No worker answers for alone on the task queue nobody-there: is `baton worker` running there? "
        "`baton audit` says more."
    )
    await handle.terminate()


async def test_a_list_names_what_the_namespace_lacks(bare: Client) -> None:
    """A list on a server without search attributes is answered with the command that adds them."""
    with pytest.raises(TroubleError) as raised:
        await listing(bare, 'BatonTeam = "billing"', 10)
    assert str(raised.value) == LACKS


async def test_everything_that_is_missing_is_a_sentence(bare: Client, house: OutsideSystems, tmp_path: Path) -> None:
    """A person who starts a worker reads what is missing and the command that adds it."""
    assert await Requirements(bare, house.store).trouble() == LACKS
    nowhere = await connect(address=bare.service_client.config.target_host)
    config = nowhere.config()
    config["namespace"] = "nope"
    assert await Requirements(Client(**config), house.store).trouble() == (
        "The server has no namespace nope: set TEMPORAL_NAMESPACE, or create it with "
        "`temporal operator namespace create -n nope`."
    )


async def test_a_namespace_that_forgets_soon_is_told_once(bare: Client, house: OutsideSystems, lines: Lines) -> None:
    """A namespace that keeps ended runs for an hour only is logged once, and the worker works all the same."""
    kept = Duration(seconds=3600)
    short = RegisterNamespaceRequest(namespace="short", workflow_execution_retention_period=kept)
    await bare.workflow_service.register_namespace(short)
    client = Client(**{**bare.config(), "namespace": "short"})
    requirements = Requirements(client, house.store)
    lacks = LACKS.replace("namespace default", "namespace short")
    # The server needs a moment to know a new namespace everywhere.
    async with asyncio.timeout(WITHIN):
        while await requirements.trouble() != lacks:
            pass
    assert await requirements.trouble() == lacks
    told = (
        "The namespace short keeps ended runs for 1h only: `baton audit` can't resume a run that the server ended"
        " earlier. Run `temporal operator namespace update -n short --retention 30d`."
    )
    assert [line for line in lines.told if line[0] == "worker.retention_short"] == [("worker.retention_short", told)]


@pytest.mark.parametrize("version", ["1.28.0", "1.32.0", "2.0.1", "1.31.0-151.3", "", "main"])
def test_a_server_that_will_do(version: str) -> None:
    """A server of a new enough version, or without a readable version, is accepted."""
    assert version_trouble(version) == ""


@pytest.mark.parametrize("version", ["1.9.2", "1.27.4", "0.30.0"])
def test_a_server_that_is_too_old(version: str) -> None:
    """A server that is too old is named with its version and the one that is needed."""
    wanted = f"The Temporal server is version {version}, and Baton needs 1.28 or newer: upgrade the server."
    assert version_trouble(version) == wanted


async def test_a_type_that_is_wrong_is_told(bare: Client, house: OutsideSystems) -> None:
    """A search attribute that was added by hand with another type is named, because the server does not report it."""
    wrong = AddSearchAttributesRequest(namespace="default")
    wrong.search_attributes["BatonTier"] = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    await bare.operator_service.add_search_attributes(wrong)
    assert await Requirements(bare, house.store).trouble() == (
        "Search attributes with another type than Baton's: BatonTier. Remove them with "
        "`temporal operator search-attribute remove`, then run `baton register` again."
    )
    removing = RemoveSearchAttributesRequest(namespace="default", search_attributes=["BatonTier"])
    await bare.operator_service.remove_search_attributes(removing)


@pytest.mark.parametrize("step", ["", "0005"])
async def test_tables_of_an_older_baton_are_told(
    clockwork: Clockwork, settings: Settings, tmp_path: Path, step: str
) -> None:
    """A database with tables of an older Baton is answered with the command that upgrades it, and then works."""
    address = f"sqlite:///{tmp_path}/old.db"
    if step:
        await migrate(address, step)
    store = connect_to(address)
    requirements = Requirements(clockwork.client, store)
    assert await requirements.trouble() == (
        f"The database is at step {step or 'none'} of its tables and Baton needs {HEAD}: run `baton migrate`."
    )
    await migrate(address)
    assert await requirements.trouble() == ""
    await store.dispose()


async def test_a_database_that_is_away_is_not_missing(clockwork: Clockwork) -> None:
    """A worker without its database stays ready, because people are called without it, and buttons go on working."""
    store = connect_to("postgresql://nobody@127.0.0.1:9/none")
    assert await Requirements(clockwork.client, store).trouble() == ""
    await store.dispose()


async def test_a_loss_is_told_once_and_so_is_the_recovery(lines: Lines) -> None:
    """The log has one line when a requirement is lost and one when it is back, however often it was checked."""
    found = iter(["", "lost", "lost", "", "lost"])

    async def look() -> str:
        return next(found)

    readiness = Readiness(look, fresh_for=0)
    assert [await readiness.trouble() for _ in range(5)] == ["", "lost", "lost", "", "lost"]
    assert lines.told == [("worker.not_ready", "lost"), ("worker.ready_again", ""), ("worker.not_ready", "lost")]


async def test_a_worker_does_not_begin_without_what_it_needs() -> None:
    """A worker whose requirements are still missing after its waiting time ends with the sentence."""

    async def look() -> str:
        return LACKS

    with pytest.raises(TroubleError) as raised:
        await Readiness(look).begin(within=0)
    assert str(raised.value) == LACKS


@pytest.mark.slow
def test_a_worker_on_a_bare_server_ends_with_one_sentence(baton: Baton) -> None:
    """A worker started without `baton register` ends, and its last line says so."""
    for processes in ("1", "2"):
        done = baton("worker", "--processes", processes, BATON_START_WITHIN="0")
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == f"✗ {LACKS}"
        assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["1", "2"])
async def test_a_worker_that_loses_its_attributes_says_so_and_gets_well(
    address: str, environment: dict[str, str], baton: Baton, tmp_path: Path, processes: str
) -> None:
    """A worker waits for `register`, is not ready when attributes are removed, and ready again when they are back."""
    port, log = str(free_port()), tmp_path / "log"
    own = {**environment, "BATON_HTTP_PORT": port, "BATON_LOG_FORMAT": "json"}
    client = await connect(address=address)
    name = f"c-{processes}"
    with log.open("w") as written:
        process = subprocess.Popen([BATON, "worker", "--processes", processes], env=own, stderr=written)
        try:
            until_ready(port, process.poll, (503, LACKS))
            assert baton("register").returncode == 0
            until_ready(port, process.poll)
            assert baton("start", name, "channel=email").returncode == 0
            removing = RemoveSearchAttributesRequest(namespace="default", search_attributes=NAMES.split(", "))
            await client.operator_service.remove_search_attributes(removing)
            until_ready(port, process.poll, (503, LACKS))
            assert baton("send", name, "tag_added", "tag=billing").returncode == 0
            end = time.monotonic() + WITHIN
            while "its workflow task fails" not in (shown := baton("show", name)).stderr:
                assert time.monotonic() < end, shown
            assert "BadSearchAttributes" in shown.stderr
            assert "Run `baton register`." in shown.stderr
            assert baton("register").returncode == 0
            until_ready(port, process.poll)
            while '"team": "billing"' not in (shown := baton("show", name, "--json")).stdout:
                assert time.monotonic() < end, shown
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(WITHIN) == 0
            baton("command", name, "resolve", "actor=op")
    told = log.read_text()
    assert told.count('"event": "worker.not_ready"') == 2
    assert told.count('"event": "worker.ready_again"') == 2
    assert '"event": "worker.task_refused"' in told
    await client.operator_service.remove_search_attributes(removing)
