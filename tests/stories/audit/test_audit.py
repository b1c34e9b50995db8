"""The audit: it looks from outside whether promises are kept, and gives its monitor no sign of life if they are not."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import ScheduleActionExecutionStartWorkflow
from temporalio.runtime import MetricBuffer
from temporalio.testing import ActivityEnvironment
from temporalio.worker import Replayer, Worker

from activities.audit.findings import AuditReport, AuditRequest, Finding
from activities.audit.look import Audit
from activities.catalog import Catalog
from activities.desk.port import DeskActivities
from activities.desk.replies import RepliesSent
from policies.editions import NEWEST
from tests.fakes.monitor import FakeMonitor
from tests.fakes.slack import FakeSlack
from tests.stories.audit.audits import listed, tried_again
from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import PATIENCE
from tests.unsandboxed import Unsandboxed
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_notifying, make_worker, runner, slack_worker
from worker.process.telemetry import make_runtime
from worker.process.worker_pair import WorkerPair
from worker.temporal.skipping import Clockwork, skipping_server
from worker.trouble import TroubleError
from worker.watch import auditing
from workflows.arrivals.handlers import takes_one_payload
from workflows.conversation import ConversationWorkflow
from workflows.payloads.decoding import data_converter

MONDAY_10_AM = next_weekday(0, 10)
PATIENT, BRIEFLY = timedelta(seconds=PATIENCE), timedelta(seconds=1)
"""How long the audit waits for an answer, and how long where a test knows that none comes."""
OPEN = "ExecutionStatus = 'Running' AND WorkflowType = 'Conversation'"
Begin = Callable[..., Awaitable[Story]]
Look = Callable[..., Awaitable[AuditReport]]


@workflow.defn(name="Conversation")
class ForgetfulWorkflow(ConversationWorkflow):
    """A conversation with a bug: it never arms its timer."""

    @workflow.init
    @takes_one_payload
    def __init__(self, *inputs: Any) -> None:
        super().__init__(*inputs)

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> dict[str, Any]:
        """Run as usual."""
        return await super().run(*inputs)

    def _set_alarm(self) -> None:
        pass


@workflow.defn(name="Conversation")
class BrokenWorkflow(ConversationWorkflow):
    """A conversation with a bug: any message makes its workflow task fail."""

    @workflow.init
    @takes_one_payload
    def __init__(self, *inputs: Any) -> None:
        super().__init__(*inputs)

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> dict[str, Any]:
        """Run as usual."""
        return await super().run(*inputs)

    def receive(self, name: str, body: Any) -> None:
        """Fail."""
        raise ValueError(name)


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Clockwork]:
    """Yield a server of this module's own, because an audit looks at every conversation that there is."""
    async with skipping_server() as clockwork:
        yield clockwork


def auditor(server: Clockwork, house: OutsideSystems, ask_within: timedelta = PATIENT) -> Audit:
    """Return an audit, which knows from the database the terminated conversations that it has reported."""
    return Audit(server.client, store=house.store, ask_within=ask_within)


@pytest.fixture
async def clockwork(server: Clockwork, settings: Settings, house: OutsideSystems) -> AsyncIterator[Clockwork]:
    """Yield the server with a worker; afterwards, terminate all conversations and have the audit report them once."""
    async with make_worker(server.client, settings, house, load_policies(settings)):
        yield server
    async for row in server.client.list_workflows("ExecutionStatus = 'Running' AND WorkflowType != 'Audit'"):
        await server.client.get_workflow_handle(row.id).terminate()
    await listed(server.client, OPEN, 0)
    await auditor(server, house).look(AuditRequest())  # reports each terminated conversation, once


@pytest.fixture
async def monitor() -> AsyncIterator[FakeMonitor]:
    """Yield a monitor that counts signs of life."""
    async with FakeMonitor() as fake:
        yield fake


@pytest.fixture
def begin(clockwork: Clockwork, request: pytest.FixtureRequest) -> Begin:
    """Return a function that starts a conversation on Monday at 10, on a task queue."""

    count = 0

    async def start(name: str = request.node.name, *, queue: str = "baton") -> Story:
        nonlocal count
        count += 1
        body = {"conversation_id": name, "policy": "tiered", "channel": "email"}
        handle = await clockwork.start(body, MONDAY_10_AM, task_queue=queue)
        await listed(clockwork.client, OPEN, count)
        return Story(handle, clockwork, MONDAY_10_AM, name)

    return start


@pytest.fixture
def look(server: Clockwork, house: OutsideSystems, monitor: FakeMonitor) -> Look:
    """Return a function that makes one pass of an audit, with the monitor's address."""

    async def once(now: datetime, ask_within: timedelta = PATIENT, **asked: Any) -> AuditReport:
        audit = auditor(server, house, ask_within)
        return await audit.look(AuditRequest(**{"heartbeat": monitor.url, **asked}), now=now)

    return once


async def at_rest(story: Story) -> None:
    """Wait until no workflow task is running: a history with an unfinished local activity can never be replayed."""
    while (await story.handle.describe()).raw_description.HasField("pending_workflow_task"):
        pass


async def events(story: Story) -> list[int]:
    """Return the types of the events in the conversation's history."""
    return [event.event_type for event in (await story.handle.fetch_history()).events]


def faulty_worker(
    clockwork: Clockwork, settings: Settings, house: OutsideSystems, kind: type, queue: str
) -> WorkerPair:
    """Return a worker that runs another workflow class, `kind`, under the name `Conversation`."""
    desk, notifying = (
        DeskActivities(house.desk, RepliesSent(house.store)),
        make_notifying(clockwork.client, settings, house),
    )
    catalog = Catalog(load_policies(settings), settings.default_policy)
    main = Worker(
        clockwork.client,
        task_queue=queue,
        workflows=[kind],
        activities=[catalog.resolve, house.ledger.record, notifying.notify, *desk.all()],
        workflow_runner=Unsandboxed(),
    )
    own = settings.model_copy(update={"task_queue": queue})
    return WorkerPair(main, slack_worker(clockwork.client, own, house))


async def test_a_clean_pass_gives_a_sign_of_life(begin: Begin, look: Look, monitor: FakeMonitor) -> None:
    """When every open conversation is on time, the audit finds nothing and gives its monitor a sign of life."""
    await (await begin()).settled()
    now = MONDAY_10_AM + timedelta(minutes=1)
    assert await look(now) == AuditReport(
        at=now, looked_at=1, left=0, repaired=0, counts={}, findings=[], heartbeat="pinged", editions={NEWEST: 1}
    )
    assert monitor.calls == 1


async def test_a_monitor_that_is_down_is_no_finding(begin: Begin, look: Look, monitor: FakeMonitor) -> None:
    """When the monitor itself fails, the audit says so, and its report is still clean."""
    await (await begin()).settled()
    monitor.status = 503
    report = await look(MONDAY_10_AM)
    assert (report.is_clean, report.heartbeat) == (True, "not pinged: the monitor answered 503")
    unmonitored = await look(MONDAY_10_AM, heartbeat="http://127.0.0.1:1/")
    assert unmonitored.is_clean
    assert unmonitored.heartbeat.startswith("not pinged: 127.0.0.1 cannot be reached")


async def test_a_conversation_without_a_worker_is_reported(begin: Begin, look: Look, monitor: FakeMonitor) -> None:
    """A conversation on a task queue without a worker is reported, and the monitor gets no sign of life."""
    story = await begin(queue="unmonitored")
    report = await look(MONDAY_10_AM + timedelta(minutes=2))
    assert report.findings == [
        Finding(
            kind="no_answer",
            conversation_id=story.id,
            what="no worker answers on task queue unmonitored",
            since=(await story.handle.describe()).execution_time,
        )
    ]
    assert (report.left, report.counts, report.heartbeat, monitor.calls) == (1, {"no_answer": 1}, "", 0)


async def test_a_worker_that_went_away(
    begin: Begin, look: Look, clockwork: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """When the worker is gone and a deadline passes, the conversation is reported as unanswered since that deadline."""
    own = settings.model_copy(update={"task_queue": "leaving"})
    async with make_worker(clockwork.client, own, house, load_policies(own)):
        story = await begin(queue="leaving")
        (at, _), *_ = await story.upcoming()
        await listed(clockwork.client, f"{OPEN} AND BatonNextDeadline IS NOT NULL")
    assert at == "0:11:15"
    deadline = MONDAY_10_AM + timedelta(minutes=11, seconds=15)
    assert (await look(deadline + timedelta(seconds=60), BRIEFLY, sweep=0)).findings == []
    report = await look(deadline + timedelta(seconds=61), BRIEFLY, sweep=0)
    what = "no worker answers on task queue leaving"
    assert report.findings == [Finding(kind="no_answer", conversation_id=story.id, what=what, since=deadline)]


async def test_workers_that_do_not_answer(
    begin: Begin, look: Look, clockwork: Clockwork, settings: Settings, house: OutsideSystems, monitor: FakeMonitor
) -> None:
    """Nothing is late yet, but workers don't answer: the audit reports that it can't see, and gives no sign of life."""
    own = settings.model_copy(update={"task_queue": "silent"})
    async with make_worker(clockwork.client, own, house, load_policies(own)):
        stories = [await begin(f"silent-{number}", queue="silent") for number in range(5)]
        for story in stories:
            await story.settled()
    report = await look(MONDAY_10_AM, BRIEFLY)
    what = "5 conversations could not be asked: workers on task queue silent do not answer in time"
    assert report.findings == [Finding(kind="unseen", conversation_id="", what=what)]
    assert (report.left, monitor.calls) == (1, 0)


async def test_effects_that_do_not_get_through(
    begin: Begin, look: Look, slack: FakeSlack, monitor: FakeMonitor
) -> None:
    """While Slack is down the waiting message is reported, with its reason and start; later the report is clean."""
    story = await begin()
    with slack.down():
        await story.tell("tag_added", tag="billing", at=MONDAY_10_AM)
        await story.after(minutes=5)
        report = await look(MONDAY_10_AM + timedelta(minutes=5))
    (found,) = report.findings
    assert (found.kind, found.conversation_id, found.since) == ("waiting_effect", story.id, MONDAY_10_AM)
    assert found.what == (
        "notify is not accepted yet (billing topic); last error: Slack cannot be reached (Server disconnected)"
    )
    assert monitor.calls == 0
    await story.after(minutes=10)
    await story.settled()
    assert (await look(MONDAY_10_AM + timedelta(minutes=10))).findings == []


async def test_a_conversation_that_forgot_the_time(
    begin: Begin, look: Look, clockwork: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """A conversation that slept through its deadline is found and nudged, records its breach, and the pass is clean."""
    async with faulty_worker(clockwork, settings, house, ForgetfulWorkflow, "forgetful"):
        story = await begin(queue="forgetful")
        await story.settled()
        await listed(clockwork.client, f"{OPEN} AND BatonNextDeadline IS NOT NULL")
        await story.after(minutes=20)
        now, at_risk = MONDAY_10_AM + timedelta(minutes=20), MONDAY_10_AM + timedelta(minutes=11, seconds=15)
        only_told = await look(now, repair=False)
        repaired = await look(now)
        expected = Finding(kind="overdue", conversation_id=story.id, what="First response at risk (75%)", since=at_risk)
        assert (only_told.findings, only_told.heartbeat) == ([expected], "")
        assert repaired.findings == [expected.model_copy(update={"repaired": True})]
        assert (repaired.left, repaired.repaired, repaired.heartbeat) == (0, 1, "pinged")
        assert "clock_breached" in await story.kinds()


async def test_a_conversation_that_meets_a_bug(
    begin: Begin, look: Look, clockwork: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """A conversation stopped by a bug is reported as failing, with the bug's error message."""
    async with faulty_worker(clockwork, settings, house, BrokenWorkflow, "broken"):
        story = await begin(queue="broken")
        await story.settled()
        await story.tell("tag_added", tag="billing")
        await tried_again(story.handle)
        (found,) = (await look(MONDAY_10_AM, BRIEFLY)).findings
        attempt = re.sub(r"attempt \d+", "attempt N", found.what)
        assert (found.kind, attempt) == ("failing", "its workflow task fails (attempt N): ValueError: tag_added")


async def test_a_nudge_changes_nothing(begin: Begin, clockwork: Clockwork) -> None:
    """A nudge leaves a healthy conversation as it was: it starts no timer and decides nothing."""
    story = await begin()
    before = [await story.settled(), await story.timeline(), await story.upcoming()]
    length = len(await events(story))
    await story.handle.signal("nudge", {})
    await story.handle.signal("nudge", "anything")
    assert [await story.settled(), await story.timeline(), await story.upcoming()] == before
    assert set((await events(story))[length:]) == {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
        EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
        EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
        EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    }


async def test_a_nudge_and_a_late_ring_together(
    begin: Begin, clockwork: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """A nudge that arrives with a late timer reaches the deadline once, and the next deadline is kept, too."""
    own = settings.model_copy(update={"task_queue": "late"})
    async with make_worker(clockwork.client, own, house, load_policies(own)):
        story = await begin(queue="late")
        await story.settled()
    forwarding = asyncio.create_task(story.after(minutes=12))
    while EventType.EVENT_TYPE_TIMER_FIRED not in await events(story):
        pass
    await story.handle.signal("nudge", {})
    async with make_worker(clockwork.client, own, house, load_policies(own)):
        await forwarding
        assert (await story.kinds()).count("clock_at_risk") == 1
        await story.after(minutes=16)
        assert (await story.kinds()).count("clock_breached") == 1
        await at_rest(story)
    replayer = Replayer(workflows=[ConversationWorkflow], data_converter=data_converter, workflow_runner=runner())
    await replayer.replay_workflow(await story.handle.fetch_history())


async def test_more_than_can_be_looked_at(begin: Begin, look: Look, monitor: FakeMonitor) -> None:
    """An audit that did not look at every open conversation says so, and gives no sign of life."""
    for name in ("one", "two"):
        await (await begin(name)).settled()
    report = await look(MONDAY_10_AM, sweep=1)
    what = "only 1 open conversations were looked at one by one: raise --sweep"
    assert report.findings == [Finding(kind="unseen", conversation_id="", what=what)]
    assert (report.looked_at, monitor.calls) == (1, 0)
    assert (await look(MONDAY_10_AM, sweep=2)).is_clean


async def test_findings_are_counted(begin: Begin, server: Clockwork, house: OutsideSystems) -> None:
    """The metric `baton_audit_findings` counts the audit's findings by kind."""
    await begin(queue="nobody")
    metrics = MetricBuffer(1_000)
    environment = ActivityEnvironment()
    environment.metric_meter = make_runtime(Settings(), buffer=metrics).metric_meter
    environment.info = replace(environment.info, started_time=MONDAY_10_AM + timedelta(minutes=2))
    report = await environment.run(auditor(server, house).run, AuditRequest())
    counted = {each.metric.name: (each.value, each.attributes["kind"]) for each in metrics.retrieve_updates()}
    assert counted == {"baton_audit_findings": (1, "no_answer")}
    assert report.counts == {"no_answer": 1}


@pytest.mark.slow
async def test_a_schedule_looks_again_and_again(clockwork: Clockwork) -> None:
    """A Schedule of the audit can be made, changed, triggered and removed, and each pass returns its report."""
    client = clockwork.client
    asked = auditing.request("2m", repair=False, sweep=10, heartbeat="")
    assert await auditing.schedule(client, "every=5m", asked, task_queue="baton") == (
        "The Schedule baton-audit runs every 5m."
    )
    assert await auditing.schedule(client, "10m", asked, task_queue="baton") == (
        "The Schedule baton-audit was changed: it runs every 10m."
    )
    handle = client.get_schedule_handle(auditing.SCHEDULE_ID)
    assert (await handle.describe()).schedule.spec.intervals[0].every == timedelta(minutes=10)
    await handle.trigger()
    while not (ran := (await handle.describe()).info.recent_actions):
        pass
    ran_as = ran[0].action
    assert isinstance(ran_as, ScheduleActionExecutionStartWorkflow)
    found = await client.get_workflow_handle(ran_as.workflow_id, result_type=AuditReport).result()
    assert (found.looked_at, found.left, found.is_clean) == (0, 0, True)
    while auditing.SCHEDULE_ID not in [each.id async for each in await client.list_schedules()]:
        pass
    assert await auditing.schedule(client, "", asked, task_queue="baton") == "The Schedule baton-audit is gone."
    assert await auditing.schedule(client, "", asked, task_queue="baton") == "There is no Schedule baton-audit."
    with pytest.raises(TroubleError, match=r"^--schedule: `daily` is not a duration: "):
        await auditing.schedule(client, "every=daily", asked, task_queue="baton")
