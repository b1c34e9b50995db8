"""The audit finds starts with a wrong workflow type, task queue or workflow id, which no worker can find."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client

from activities.audit.findings import AuditRequest
from activities.audit.look import Audit
from tests.stories.audit.audits import listed
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.temporal.skipping import Clockwork, skipping_server

pytestmark = pytest.mark.slow


@pytest.fixture
async def clockwork() -> AsyncIterator[Clockwork]:
    """Yield a server of this module's own, because an audit looks at every workflow that there is."""
    async with skipping_server() as clockwork:
        yield clockwork


async def found(client: Client) -> dict[str, tuple[str, str]]:
    """Return the kind and the text of each finding, two minutes from now, by the conversation."""
    audit = Audit(client, home="baton", ask_within=timedelta(seconds=2))
    report = await audit.look(AuditRequest(repair=False), now=datetime.now(UTC) + timedelta(minutes=2))
    astray = (each for each in report.findings if each.kind in ("misdirected", "no_answer"))
    return {each.conversation_id: (each.kind, each.what) for each in astray}


async def test_a_start_that_no_worker_can_find(clockwork: Clockwork, settings: Settings, house: OutsideSystems) -> None:
    """A wrong workflow type or task queue is found by `audit`, with what was meant; other products are left alone."""
    client, own = clockwork.client, settings.model_copy(update={"task_queue": "baton"})
    for kind, id, queue in (
        ("conversation", "conversation/typed", "baton"),
        ("Conversatoin", "anything", "baton"),
        ("Order", "order/7", "orders"),
        ("Conversation", "conversation/queued", "batton"),
        ("Conversation", "bare", "baton"),
    ):
        await client.start_workflow(kind, {"channel": "email"}, id=id, task_queue=queue)
    async with make_worker(client, own, house, load_policies(own)):
        await listed(client, "ExecutionStatus = 'Running'", 5)
        await listed(client, "BatonStatus = 'open'", 1)
        findings = await found(client)
    meant = "did you mean `Conversation`? Terminate"
    assert findings == {
        "typed": (
            "misdirected",
            f"no worker knows its workflow type conversation: {meant} conversation/typed and start it anew",
        ),
        "anything": (
            "misdirected",
            f"no worker knows its workflow type Conversatoin: {meant} anything and start it anew",
        ),
        "queued": ("no_answer", "no worker answers on task queue batton: Baton's workers serve baton"),
        "bare": (
            "misdirected",
            "its workflow's id is bare, so commands and buttons miss it: the id is conversation/bare. "
            "Terminate bare and start it anew",
        ),
    }
