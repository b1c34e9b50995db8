"""Runs that ended with promises open: the audit resumes what the server ended, and reports once what a person ended."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.audit.findings import AuditReport, AuditRequest
from activities.audit.look import Audit
from activities.database.tables import engine
from tests.stories.audit.audits import LIMIT, end_like_the_server, listed
from tests.unsandboxed import Unsandboxed
from worker.temporal.skipping import dynamic_config, skipping_server

pytestmark = pytest.mark.slow

STATUS = SearchAttributeKey.for_keyword("BatonStatus")
TEAM = SearchAttributeKey.for_keyword("BatonTeam")
Look = Callable[..., Awaitable[AuditReport]]


class Tiny:
    """A workflow under a conversation's name that ends in the way it is told to, as bugs have made some end."""

    IS_MENDED = False

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def run_until_told(self) -> None:
        """Wait for the word that says how to end; where the bug is mended, run on."""
        workflow.upsert_search_attributes([STATUS.value_set("open")])
        while True:
            await workflow.wait_condition(lambda: bool(self.heard) and self.heard[-1].startswith("end"))
            if self.IS_MENDED:
                await workflow.wait_condition(lambda: False)
            match self.heard[-1]:
                case "end by attributes":
                    workflow.upsert_search_attributes([TEAM.value_set("x" * 3000)])
                case "end by failing":
                    raise ApplicationError("boom")
                case _:
                    return
            await workflow.sleep(1)


@workflow.defn(name="Conversation")
class BrokenConversation(Tiny):
    """The workflow with the bug."""

    @workflow.run
    async def run(self, _body: Any) -> None:
        """Run until told to end."""
        await self.run_until_told()

    @workflow.signal
    def say(self, word: str) -> None:
        """Keep a word."""
        self.heard.append(word)

    @workflow.query
    def state(self) -> dict[str, Any]:
        """Return all words."""
        return {"heard": self.heard, "policy": None}


@workflow.defn(name="Conversation")
class MendedConversation(Tiny):
    """The workflow with the bug mended; words no longer end it."""

    IS_MENDED = True

    @workflow.run
    async def run(self, _body: Any) -> None:
        """Run for ever."""
        await self.run_until_told()

    @workflow.signal
    def say(self, word: str) -> None:
        """Keep a word."""
        self.heard.append(word)

    @workflow.query
    def state(self) -> dict[str, Any]:
        """Return all words."""
        return {"heard": self.heard, "policy": None}


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Yield a client of a server of the test's own, which ends histories of more than 60 events."""
    limits = dynamic_config({"limit.historyCount.error": "60", "limit.historyCount.suggestContinueAsNew": "1000"})
    async with skipping_server(extra=limits) as clockwork:
        yield clockwork.client


@pytest.fixture
async def store(database: str) -> AsyncIterator[AsyncEngine]:
    """Yield a Baton database of the test's own."""
    opened = engine(database)
    yield opened
    await opened.dispose()


@pytest.fixture
def look(client: Client, store: AsyncEngine) -> Look:
    """Return a function that makes one pass of a new audit, as a command on the terminal does."""

    async def once(**asked: Any) -> AuditReport:
        return await Audit(client, store=store).look(AuditRequest(ask=0, **asked), now=datetime.now(UTC))

    return once


def serve(client: Client, kind: type) -> Worker:
    """Return a worker that runs this workflow class."""
    return Worker(client, task_queue="tiny", workflows=[kind], workflow_runner=Unsandboxed())


async def begin(client: Client, **options: Any) -> WorkflowHandle[Any, Any]:
    """Start a conversation that has heard one word."""
    handle = await client.start_workflow("Conversation", {}, id="conversation/tiny", task_queue="tiny", **options)
    await handle.signal("say", "hello")
    assert await words(handle) == ["hello"]
    return handle


async def words(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """Return all words that the workflow has heard."""
    return (await handle.query("state"))["heard"]


async def end(client: Client, handle: WorkflowHandle[Any, Any], how: str) -> None:
    """End a run in one of the ways in which the server ends runs, and wait until the lists show it."""
    if how == "a cancel request":
        await handle.cancel()
    elif how == "a limit":
        with suppress(RPCError):
            for number in range(60):
                await handle.signal("say", f"word {number}")
    elif how != "time":
        await handle.signal("say", how)
    await listed(client, "WorkflowId = 'conversation/tiny' AND CloseTime IS NOT NULL")


WAYS = {
    "end by attributes": "it was terminated: BadSearchAttributes: search attribute BatonTeam value size 3002 exceeds",
    "end by failing": "it failed: boom",
    "end by completing": "it completed before it was resolved",
    "a cancel request": "a cancel request ended it",
}


@pytest.mark.parametrize("how", WAYS)
async def test_a_run_that_the_server_ended_is_taken_up_again(client: Client, look: Look, how: str) -> None:
    """However the server ended a conversation, the audit resumes it from its last good task, and no message is lost."""
    async with serve(client, BrokenConversation):
        handle = await begin(client)
        await end(client, handle, how)
    async with serve(client, MendedConversation):
        (told,) = (await look(repair=False)).findings
        report = await look()
        (found,) = report.findings
        assert (told.kind, told.conversation_id, told.repaired) == ("lost", "tiny", False)
        assert told.what.startswith(f"the server ended it: {WAYS[how]}")
        assert (found.kind, found.repaired, report.left, report.repaired) == ("lost", True, 0, 1)
        assert found.what.endswith("; taken up again from its last good task")
        heard = await words(client.get_workflow_handle("conversation/tiny"))
        assert heard == (["hello"] if how == "a cancel request" else ["hello", how])
        assert (await look()).findings == []


async def test_a_run_over_a_limit_is_taken_up_again(client: Client, look: Look) -> None:
    """A conversation with more events than the server holds is reported as lost, with the server's reason."""
    async with serve(client, BrokenConversation):
        handle = await begin(client)
        await end(client, handle, "a limit")
        (found,) = (await look()).findings
    assert (found.kind, found.what.partition(";")[0]) == ("lost", f"it was terminated: {LIMIT}")


async def test_a_run_is_reset_once(client: Client, look: Look) -> None:
    """A conversation that ends the same way again is not resumed again: it stays reported, for people to look at."""
    async with serve(client, BrokenConversation):
        await end(client, await begin(client), "end by failing")
        for _ in range(3):
            report = await look()
            (found,) = report.findings
            assert (found.kind, found.repaired, report.left) == ("lost", False, 1)
            assert found.what == ("it failed: boom; it ended the same way again; the ledger does not know how it stood")
        assert (await client.count_workflows("WorkflowType = 'Conversation'")).count == 2


@pytest.mark.slow
async def test_a_run_that_no_worker_ever_saw(client: Client, look: Look) -> None:
    """A conversation that timed out before any worker came starts again without the limit, and has its messages."""
    options: dict[str, Any] = {"id": "conversation/tiny", "task_queue": "tiny"}
    handle = await client.start_workflow("Conversation", {}, execution_timeout=timedelta(seconds=1), **options)
    await handle.signal("say", "hello")
    await listed(client, "WorkflowId = 'conversation/tiny' AND ExecutionStatus = 'TimedOut'")
    (found,) = (await look()).findings
    assert (found.repaired, found.what) == (
        True,
        "it ran out of its execution time; there is no task in its history to take it up from;"
        " a new run goes on as the ledger knew it",
    )
    async with serve(client, MendedConversation):
        assert await words(client.get_workflow_handle("conversation/tiny")) == ["hello"]
    assert (await client.get_workflow_handle("conversation/tiny").describe()).close_time is None


async def test_a_termination_by_a_person_is_told_once(client: Client, look: Look) -> None:
    """A conversation that a person terminated is reported by one pass, is no fault, and never starts again."""
    async with serve(client, BrokenConversation):
        handle = await begin(client)
        await handle.terminate(reason="spam")
        await listed(client, "WorkflowId = 'conversation/tiny' AND ExecutionStatus = 'Terminated'")
        for _ in range(2):
            assert (await look(repair=False)).counts == {"terminated": 1}
        report = await look()
        (found,) = report.findings
        assert (found.kind, found.repaired, report.left, report.is_clean) == ("terminated", False, 0, True)
        assert found.what.endswith("terminated it: spam; it is not begun again, and not reported again")
        assert (await look()).findings == []
        assert (await client.count_workflows("WorkflowType = 'Conversation'")).count == 1


async def test_a_conversation_terminated_after_a_resumption_stays_ended(client: Client, look: Look) -> None:
    """The end of the newest run decides: a resumed conversation that a person terminates stays ended."""
    async with serve(client, MendedConversation):
        handle = await begin(client)
        await end_like_the_server(client, handle)
        assert (await look()).repaired == 1
        await handle.terminate(reason="enough")
        await listed(client, "WorkflowId = 'conversation/tiny' AND ExecutionStatus = 'Terminated'", 2)
        assert (await look()).counts == {"terminated": 1}
        assert (await look()).findings == []
