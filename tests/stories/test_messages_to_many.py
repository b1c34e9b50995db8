"""What a team or an incident tells many conversations at once, where one of them can't take it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio.testing import ActivityEnvironment

from activities.conversations import Conversations, MessageBatch, Told
from activities.incident_store import Call, IncidentStore
from activities.incidents import Incidents
from activities.tables import engine as connect
from migrations import migrate
from policies.effects import EndIncident, StormTerms
from policies.teams.events import Message
from worker.skipping import Clockwork


async def test_a_conversation_that_takes_no_message_holds_back_no_other(clockwork: Clockwork) -> None:
    """One message is larger than the server takes: the other conversation of the batch hears its own all the same."""
    client = clockwork.client
    names = ("takes-nothing", "takes-all")
    handles = [
        await client.start_workflow("Conversation", {}, id=f"nowhere/{name}", task_queue="nowhere") for name in names
    ]
    messages = tuple(
        Message(conversation=name, name="queued", key=name, at=datetime.now(UTC), body={"text": "x" * size})
        for name, size in zip(names, (3_000_000, 10), strict=True)
    )
    tell = Conversations(client, "nowhere/").tell_all
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
    assert told == Told(gone=())
    assert ["queued" in names for names in heard] == [False, True]


async def test_an_incident_lets_go_of_everybody_it_can_tell(clockwork: Clockwork, tmp_path: Path) -> None:
    """An incident ends, and one of its conversations has an id that the server refuses: the other one is let go."""
    address = f"sqlite:///{tmp_path}/baton.db"
    await migrate(address)
    engine, client = connect(address), clockwork.client
    store, name = IncidentStore(engine), "is-let-go"
    handle = await client.start_workflow("Conversation", {}, id=f"nowhere/{name}", task_queue="nowhere")
    terms = StormTerms(policy="acme", escalation="On Call", cause="x", conversations=2, within=timedelta(minutes=5))
    at = datetime.now(UTC)
    for who in ("x" * 2_000, name):
        made = Call(run=who, conversation_id=who, page="a.1", called_at=at, headline="Late", who="Ada")
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
