"""What a team tells many conversations at once, where one of them can't take it."""

from datetime import UTC, datetime

from temporalio.testing import ActivityEnvironment

from activities.conversations import Conversations, MessageBatch, Told
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
