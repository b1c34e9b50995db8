"""One message to each of many conversations, from a team or an incident, where one conversation can't take its own."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import Client, Interceptor, OutboundInterceptor, SignalWorkflowInput, WorkflowHandle
from temporalio.testing import ActivityEnvironment
from temporalio.worker import Worker

from activities.catalog import Catalog
from activities.database.tables import engine as connect
from activities.incidents.membership import Incidents
from activities.incidents.store import IncidentStore, StoredCall
from activities.workflows.conversations import Conversations, MessageBatch, ToldMany
from activities.workflows.teams import Teams
from policies.queues.teams.events import Message
from policies.state.effects import EndIncident, StormTerms
from tests.conftest import story_policies
from tests.stories.teams import until
from tests.unsandboxed import Unsandboxed
from worker.temporal.skipping import Clockwork
from workflows.contract import TEAM_PREFIX, TEAM_TYPE
from workflows.team import TeamWorkflow


async def test_a_conversation_that_takes_no_message_holds_back_no_other(clockwork: Clockwork) -> None:
    """One conversation's message is larger than the server takes: the other conversation of the batch is still told."""
    client = clockwork.client
    names = ("takes-nothing", "takes-all")
    handles = [
        await client.start_workflow("Conversation", {}, id=f"nowhere/{name}", task_queue="nowhere") for name in names
    ]
    messages = tuple(
        Message(conversation=name, name="queued", key=name, at=datetime.now(UTC), body={"text": "x" * size})
        for name, size in zip(names, (3_000_000, 10), strict=True)
    )
    tell = Conversations(client, "nowhere/", Teams(client, TEAM_PREFIX, TEAM_TYPE)).tell_all
    told = await ActivityEnvironment().run(tell, MessageBatch(messages=messages))
    heard = [
        [
            event.workflow_execution_signaled_event_attributes.signal_name
            async for event in handle.fetch_history_events()
        ]
        for handle in handles
    ]
    for handle in handles:
        await handle.terminate()
    assert told == ToldMany(gone=())
    assert ["queued" in names for names in heard] == [False, True]


class _OneHangs(Interceptor):
    """A client that never returns from signals to one conversation, and sends all others as usual."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Put the hanging interceptor between the SDK and the server."""

        class Hanging(OutboundInterceptor):
            async def signal_workflow(self, input: SignalWorkflowInput) -> None:
                if input.id.endswith("hangs"):
                    await asyncio.Event().wait()
                await super().signal_workflow(input)

        return Hanging(next)


@pytest.mark.slow
async def test_a_team_tells_the_others_while_one_can_not_be_told(clockwork: Clockwork) -> None:
    """A signal to one conversation hangs for good: the team goes on telling the other conversations."""
    client = clockwork.client
    config = client.config()
    hanging = Client(**{**config, "interceptors": [*config["interceptors"], _OneHangs()]})
    told_by = Conversations(hanging, "conversation/", Teams(hanging, TEAM_PREFIX, TEAM_TYPE), each_within=0.2)
    worker = Worker(
        client,
        task_queue="hanging",
        workflows=[TeamWorkflow],
        activities=[Catalog(story_policies(), "tiered").resolve, told_by.tell_all],
        workflow_runner=Unsandboxed(),
    )
    names = ("it-hangs", "it-hears")
    conversations = [
        await client.start_workflow("Conversation", {}, id=f"conversation/{name}", task_queue="nowhere")
        for name in names
    ]
    async with worker:
        body = {"team": "team-30", "policy": "queue-30"}
        team = await client.start_workflow("Team", body, id="team/team-30", task_queue="hanging")
        for entry in ("first", "second"):
            for name in names:
                asked = {"conversation": name, "ticket": entry, "since": datetime.now(UTC).isoformat()}
                await team.signal("asked", {**asked, "event_id": f"{name}/{entry}"})
            await until(lambda entry=entry: _has_heard(conversations[1], entry))
        await until(lambda: _waits(team, 2))  # the messages to the conversation that hangs are kept
    for handle in (*conversations, team):
        await handle.terminate()


async def _waits(team: WorkflowHandle[Any, Any], number: int) -> bool:
    return (await team.query("state"))["unsent"]["number"] == number


async def _has_heard(conversation: WorkflowHandle[Any, Any], entry: str) -> bool:
    history = await conversation.fetch_history()
    signals = [event.workflow_execution_signaled_event_attributes for event in history.events]
    return any(f'"{entry}"' in payload.data.decode() for signal in signals for payload in signal.input.payloads)


async def test_an_incident_releases_every_conversation_that_it_can_tell(clockwork: Clockwork, database: str) -> None:
    """An incident ends while one of its conversations has an id that the server refuses: the other one is released."""
    engine, client = connect(database), clockwork.client
    store, name = IncidentStore(engine), "is-let-go"
    handle = await client.start_workflow("Conversation", {}, id=f"nowhere/{name}", task_queue="nowhere")
    terms = StormTerms(policy="acme", escalation="On Call", cause="x", conversations=2, within=timedelta(minutes=5))
    at = datetime.now(UTC)
    for who in ("x" * 2_000, name):
        made = StoredCall(run=who, conversation_id=who, page="a.1", called_at=at, headline="Late", who="Ada")
        incident = await store.call(made, terms)
    await store.enter(incident, [name])
    effect = EndIncident(key="k", conversation_id=incident, due_at=at, because="over", by="kim")
    incidents = Incidents(engine, client, "Conversation", "nowhere/", "nowhere")
    await ActivityEnvironment().run(incidents.end, effect)
    heard = [
        event.workflow_execution_signaled_event_attributes.signal_name async for event in handle.fetch_history_events()
    ]
    await handle.terminate()
    await engine.dispose()
    assert "unfolded" in heard
