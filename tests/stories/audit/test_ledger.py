"""Conversations whose run can't be resumed: a new run continues the ledger's record, and nobody is told twice."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import (
    Client,
)

from activities.audit.findings import AuditReport, AuditRequest
from activities.audit.look import Audit
from activities.ledger.standings import Standings
from tests.stories.audit.audits import Gone, end_like_the_server, listed
from tests.stories.conftest import Story, next_weekday
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.temporal.skipping import Clockwork, skipping_server

pytestmark = pytest.mark.slow
MONDAY_10_AM = next_weekday(0, 10)
Look = Callable[..., Awaitable[AuditReport]]
SAME = ("status", "team", "assignee", "opened_at", "messages", "tags", "customer", "path", "recent", "clocks", "life")
"""The fields that a new run has to know as the old run did."""


@pytest.fixture
async def clockwork(settings: Settings, house: OutsideSystems) -> AsyncIterator[Clockwork]:
    """Yield a server of the test's own, with a worker."""
    async with (
        skipping_server() as clockwork,
        make_worker(clockwork.client, settings, house, load_policies(settings)),
    ):
        yield clockwork


@pytest.fixture
async def story(clockwork: Clockwork, request: pytest.FixtureRequest) -> Story:
    """Start a conversation whose customer has written twice, and whose first response is at risk."""
    return await written_twice(clockwork, request.node.name)


async def written_twice(clockwork: Clockwork, name: str, **options: Any) -> Story:
    """Start such a conversation under this name, with further options of Temporal's.

    A run that goes on has the clock of the wall, so its team is one that never closes.
    """
    body = {
        "conversation_id": name,
        "policy": "tiered",
        "channel": "email",
        "customer": {"id": "u-1", "name": "Ada"},
    }
    handle = await clockwork.start(body, MONDAY_10_AM, **options)
    story = Story(handle, clockwork, MONDAY_10_AM, name)
    await story.tell("message", author="customer", text="My refund?")
    await story.tell("reassigned", team="tier-1-on-call", assignee="kim", by="ada")
    await story.settled()
    await story.after(minutes=12)
    await story.tell("message", author="customer", text="Anybody?")
    await story.settled()
    return story


def look(client: Client, house: OutsideSystems) -> Look:
    """Return a function that makes one pass of a new audit."""

    async def once(now: datetime) -> AuditReport:
        return await Audit(client, store=house.store).look(AuditRequest(), now=now)

    return once


async def lose(story: Story, audit: Look) -> None:
    """Have the server end the run, the audit resume it, and the server end the resumed run, too."""
    await end_like_the_server(story.clockwork.client, story.handle)
    report = await audit(MONDAY_10_AM + timedelta(minutes=13))
    assert (report.left, report.repaired) == (0, 1)
    await story.settled()
    await end_like_the_server(story.clockwork.client, story.handle)


async def test_a_run_that_ends_again_goes_on_from_the_ledger(story: Story, house: OutsideSystems) -> None:
    """A conversation that the server ends twice continues in a new run as it was, and nobody is told anything twice."""
    audit = look(story.clockwork.client, house)
    before, told = await story.settled(), await notes_and_messages(story, house)
    await lose(story, audit)
    (found,) = (await audit(MONDAY_10_AM + timedelta(minutes=14))).findings
    assert (found.kind, found.repaired) == ("lost", True)
    assert found.what.endswith("; it ended the same way again; a new run goes on as the ledger knew it")
    after = await story.settled()
    assert {name: after[name] for name in SAME} == {name: before[name] for name in SAME}
    # The new run's clock was not moved forward, so the event that it goes on seems to come from the future.
    assert set(await story.kinds()) == {"imported", "clamped"}
    assert await notes_and_messages(story, house) == told
    await story.tell("message", event_id=f"{story.id}-001", author="customer", text="My refund?")
    await story.tell("message", author="agent", author_id="kim", text="Here it is")
    answered = await story.settled()
    assert (answered["waiting_since"], answered["messages"]) == (None, before["messages"] + 1)
    assert (await audit(MONDAY_10_AM + timedelta(minutes=14))).findings == []


async def test_a_run_that_ran_out_of_time(
    clockwork: Clockwork, house: OutsideSystems, request: pytest.FixtureRequest
) -> None:
    """A conversation that ran into its time limit continues without the limit, and nobody is told anything twice."""
    limit = {"execution_timeout": MONDAY_10_AM - datetime.now(UTC) + timedelta(minutes=14)}
    story = await written_twice(clockwork, request.node.name, **limit)
    before, told = await story.settled(), await notes_and_messages(story, house)
    await story.after(minutes=15)
    await listed(clockwork.client, f"WorkflowId = '{story.handle.id}' AND ExecutionStatus = 'TimedOut'")
    (found,) = (await look(clockwork.client, house)(MONDAY_10_AM + timedelta(minutes=15))).findings
    assert (found.kind, found.repaired) == ("lost", True)
    assert found.what.startswith("it ran out of its execution time; a reset would keep its time limit; ")
    assert found.what.endswith("; a new run goes on as the ledger knew it")
    after = await story.settled()
    assert {name: after[name] for name in SAME} == {name: before[name] for name in SAME}
    assert await notes_and_messages(story, house) == told
    described = (await story.handle.describe()).raw_description.execution_config
    assert described.workflow_execution_timeout.ToTimedelta() == timedelta(0)


async def test_a_run_whose_history_is_gone_goes_on_from_the_ledger(story: Story, house: OutsideSystems) -> None:
    """A conversation of which only the ledger's record is left continues as that record says."""
    client = story.clockwork.client
    while await Standings(house.store).of(story.id) is None:
        pass  # the ledger writes while the run goes on
    await end_like_the_server(client, story.handle)
    gone = Client(client.service_client, data_converter=client.data_converter, interceptors=[Gone()])
    found = await Audit(gone, store=house.store).restart(story.handle.id, "baton")
    assert (found.kind, found.repaired) == ("lost", True)
    known, after = await Standings(house.store).of(story.id), await story.settled()
    assert known is not None
    assert {name: after[name] for name in SAME} == {name: known[0][name] for name in SAME}
    assert (after["team"], after["assignee"], len(after["clocks"])) == ("tier-1-on-call", "kim", 2)


async def notes_and_messages(story: Story, house: OutsideSystems) -> tuple[list[str], int]:
    """Return the helpdesk's notes on the conversation, and the number of effects that were accepted."""
    notes = [note.body for note in await house.desk.notes(story.id)]
    done = [entry.effect_key for entry in await house.ledger.entries(story.id) if entry.kind == "effect_accepted"]
    return notes, len(set(done))
