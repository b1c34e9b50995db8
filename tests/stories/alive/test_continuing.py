"""Conversations that live long: continuing as new, closing, and an operator's reset."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus

from tests.fakes.slack import FakeSlack
from tests.stories.conftest import Story, next_weekday, replay_all
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.temporal.skipping import Clockwork, dynamic_config, skipping_server

MONDAY_10_AM = next_weekday(0, 10)


@pytest.fixture(scope="module")
async def restless(settings: Settings, house: OutsideSystems) -> AsyncIterator[Clockwork]:
    """Yield a server that suggests continuing as new after 60 events, not 4,096, with a worker."""
    extra = dynamic_config({"limit.historyCount.suggestContinueAsNew": "60"})
    async with (
        skipping_server(extra=extra) as clockwork,
        make_worker(clockwork.client, settings, house, load_policies(settings)),
    ):
        yield clockwork
        await replay_all(clockwork)


async def begin(clockwork: Clockwork, name: str, policy: str = "tiered") -> Story:
    """Start a conversation on the restless server."""
    body = {"conversation_id": name, "policy": policy, "channel": "email"}
    return Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, name)


@pytest.mark.slow
async def test_row_signal_vs_continue_as_new_loses_nothing(
    restless: Clockwork, house: OutsideSystems, slack: FakeSlack
) -> None:
    """A conversation with hundreds of messages continues as new many times, and counts every message once."""
    story = await begin(restless, "long")
    await story.tell("tag_added", tag="billing")
    for number in range(40):
        messages = [
            story.tell("message", author="customer", text=f"message {number}", event_id=f"m-{number}-{part}")
            for part in range(5)
        ]
        await asyncio.gather(
            *messages, story.tell("message", author="customer", text="again", event_id=f"m-{number}-0")
        )
    await story.tell("message", author="customer", text="again, many runs later", event_id="m-0-0")
    await until(lambda: _knows(story, 200))  # `settled` does not wait for messages that are still arrivals
    state = await story.settled()
    assert (state["messages"], state["team"], state["tags"]) == (200, "billing", ["billing"])
    runs = [run.run_id async for run in restless.client.list_workflows(f"WorkflowId = '{story.handle.id}'")]
    assert len(runs) > 2
    assert [message.channel for message in slack.messages if message.key.startswith("long/")] == ["#support-billing"]


async def _knows(story: Story, messages: int) -> bool:
    return (await story.settled())["messages"] >= messages


async def _has_moved_on(story: Story, team: str, messages: int) -> bool:
    state = await story.settled()
    return (state["team"], state["messages"], state["understanding"]["unread"]) == (team, messages, [])


async def test_the_promise_survives_continuing(restless: Clockwork) -> None:
    """A promise made in one run is judged in a later run, at its exact instant."""
    story = await begin(restless, "promise")
    for number in range(60):
        await story.tell("message", author="customer", text=f"message {number}")
    await story.after(minutes=16)
    await story.settled()
    breached = [entry["at"] for entry in await story.timeline() if entry["kind"] == "clock_breached"]
    assert breached == [(MONDAY_10_AM + timedelta(minutes=15)).isoformat()]


@pytest.mark.slow
async def test_messages_are_understood_over_many_runs(restless: Clockwork) -> None:
    """However often a conversation continues as new, every message is read for its meaning, and none twice."""
    story = await begin(restless, "understood", policy="assisted")
    for number in range(60):
        await story.tell("message", author="customer", text=f"Where is parcel number {number}")
    await story.tell("message", author="customer", text="A human, please")
    await until(lambda: _has_moved_on(story, "tier-1", 61))
    state = await story.settled()
    runs = [run.run_id async for run in restless.client.list_workflows(f"WorkflowId = '{story.handle.id}'")]
    assert len(runs) > 1
    assert (state["messages"], state["understanding"]["unread"], state["team"]) == (61, [], "tier-1")
    assert "not_understood" not in await story.kinds()


@pytest.mark.slow
async def test_a_handoff_goes_on_in_the_next_run(restless: Clockwork, house: OutsideSystems) -> None:
    """A handoff asked for in one run is taken in a later run: one briefing, and one muting of the assistant."""
    story = await begin(restless, "handed-over", policy="assisted")
    await story.tell("message", author="customer", text="A human, please")
    await until(lambda: _has_moved_on(story, "tier-1", 1))
    for number in range(60):
        await story.tell("message", author="customer", text=f"It is about parcel {number}")
    await until(lambda: _has_moved_on(story, "tier-1", 61))
    runs = [run.run_id async for run in restless.client.list_workflows(f"WorkflowId = '{story.handle.id}'")]
    assert len(runs) > 1
    await story.order("take", actor="anna")
    state = await story.settled()
    assert (state["handoff"]["number"], state["handoff"]["state"], state["is_assistant_muted"]) == (
        1,
        "committed",
        True,
    )
    await story.order("deescalate", actor="anna", team="assistant", note="Solved")
    await story.settled()
    bodies = [note.body.split(":")[0] for note in await house.desk.notes("handed-over") if note.kind == "note"]
    assert bodies.count("BRIEFING") == 1
    assert (await story.kinds()).count("handed_back") == 1
    desk = await house.desk.conversation("handed-over")
    assert desk is not None
    assert not desk.is_assistant_muted


async def test_a_resolved_conversation_closes_with_a_complete_ledger(
    restless: Clockwork, house: OutsideSystems
) -> None:
    """A resolved conversation completes after it has lingered, and the ledger has every decision and effect."""
    story = await begin(restless, "closing")
    await story.settled()
    await story.tell("tag_added", tag="billing")
    await story.tell("message", author="agent", text="Refunded", at=MONDAY_10_AM + timedelta(seconds=1))
    await story.order("resolve")
    await story.after(hours=25)
    assert (await story.handle.result())["status"] == "resolved"
    kinds = [entry.kind for entry in await house.ledger.entries("closing")]
    assert kinds.count("rule_fired") == 1
    assert kinds.count("effect_accepted") == 5
    entries = await house.ledger.entries("closing")
    assert [entry.seq for entry in entries] == sorted({entry.seq for entry in entries})


async def test_a_reset_repeats_no_effect(restless: Clockwork, house: OutsideSystems, slack: FakeSlack) -> None:
    """A conversation that an operator resets to its first task reaches the same state and repeats no effect."""
    story = await begin(restless, "reset")
    await story.tell("tag_added", tag="billing")
    await story.tell("message", author="agent", text="Hello")
    before = await story.settled()
    described = await story.handle.describe()
    await restless.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace="default",
            workflow_execution=WorkflowExecution(workflow_id=story.handle.id, run_id=described.run_id),
            workflow_task_finish_event_id=await first_completed_task(story),
            request_id="reset-1",
            reason="test",
        )
    )
    again = Story(restless.client.get_workflow_handle(story.handle.id), restless, MONDAY_10_AM, "reset")
    after = await again.settled()
    for field in ("team", "tags", "status", "messages", "clocks", "path"):
        assert after[field] == before[field]
    assert len([message for message in slack.messages if message.key.startswith("reset/")]) == 1
    assert len(await house.desk.notes("reset")) == 1
    assert (await again.handle.describe()).status == WorkflowExecutionStatus.RUNNING


async def first_completed_task(story: Story) -> int:
    """Return the event id of the first workflow task that was completed."""
    async for event in story.handle.fetch_history_events():
        if event.HasField("workflow_task_completed_event_attributes"):
            return event.event_id
    raise AssertionError("no workflow task was completed")


@pytest.mark.slow
async def test_a_worker_that_was_away_catches_up(
    clockwork: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """A thousand messages that came out of order while no worker ran are all counted when a worker is back."""
    body = {"conversation_id": "backlog", "policy": "tiered", "channel": "email"}
    handle = await clockwork.start(body, MONDAY_10_AM, task_queue="away")
    story = Story(handle, clockwork, MONDAY_10_AM, "backlog")
    offsets = [timedelta(milliseconds=number) for number in range(1000)]
    random.Random(7).shuffle(offsets)
    for some in range(0, 1000, 50):
        instants = (MONDAY_10_AM + offset for offset in offsets[some : some + 50])
        await asyncio.gather(*(story.tell("message", author="customer", text="Hello?", at=at) for at in instants))
    of_queue = settings.model_copy(update={"task_queue": "away"})
    async with make_worker(clockwork.client, of_queue, house, load_policies(settings)):
        assert (await story.settled())["messages"] == 1000


async def test_an_id_that_is_used_again_is_a_conversation_of_its_own(
    start: Callable[..., Awaitable[Story]], clockwork: Clockwork, house: OutsideSystems, slack: FakeSlack
) -> None:
    """A week after closing, a customer writes under the same id: the helpdesk is told, and people are called again."""
    story = await start(MONDAY_10_AM)
    await story.after(minutes=16)
    await story.tell("status_changed", status="resolved")
    await story.after(days=2)
    await story.handle.result()
    opened_at = MONDAY_10_AM + timedelta(days=7)
    body = {"conversation_id": story.id, "policy": "tiered", "channel": "email"}
    again = Story(await clockwork.start(body, opened_at), clockwork, opened_at, story.id, sent=story.sent)
    await again.settled()
    desk = await house.desk.conversation(story.id)
    assert desk is not None
    assert desk.team == "tier-1"
    await again.after(minutes=16)
    await again.settled()
    calls = [message.key for message in slack.messages if message.key.startswith(f"{story.id}/")]
    first_steps = [key for key in calls if "/page:support-on-call.1/1.1/" in key]
    assert len(set(first_steps)) == len(first_steps) == 2
