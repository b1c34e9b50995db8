"""A customer's choice in one conversation, offered first in the next one, on the real server with a real database."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from tests.stories.conftest import Story, next_weekday
from worker.process.hosting import OutsideSystems

Start = Callable[..., Awaitable[Story]]
MONDAY = next_weekday(0, 10)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


async def asks_for_a_person(story: Story) -> None:
    """Let the customer ask for a person, and the conversation settle."""
    await story.tell("message", author="customer", text="Let me talk to a real person please")
    await story.settled()


async def last_reply(story: Story, house: OutsideSystems) -> str:
    """Return the last text that the customer read."""
    return [note.body for note in await house.desk.notes(story.id) if note.kind == "reply"][-1]


async def test_a_choice_holds_for_the_next_conversation_until_it_is_withdrawn(
    start: Start, house: OutsideSystems
) -> None:
    """A customer chose a callback: the next conversation offers that first and briefs it; after a no it does not."""
    kim = {"id": "kim-remembered", "name": "Kim", "consent": {"preferences": True}}
    how = {"policy": "remembering", "channel": "web_chat"}
    first = await start(MONDAY, **how, customer=kim)
    await asks_for_a_person(first)
    assert (await last_reply(first, house)).splitlines()[2] == "1. Stay with the assistant"
    await first.tell("message", author="customer", text="2")
    assert (await first.settled())["callback_at"] is not None

    second = await start(TUESDAY, **how, customer=kim)
    await second.settled()
    await asks_for_a_person(second)
    assert (await last_reply(second, house)).splitlines()[2] == "1. Be called back"
    handoff = await second.handle.query("handoff")
    assert handoff["summary"][0] == "Customer: Kim, chose before: to be called back"
    await second.tell("customer_updated", customer={"consent": {"preferences": False}})
    assert (await second.settled())["memory"] == {"customer": "kim-remembered", "is_agreed": False, "choices": []}

    third = await start(WEDNESDAY, **how, customer=kim)
    await third.settled()
    await asks_for_a_person(third)
    assert (await last_reply(third, house)).splitlines()[2] == "1. Stay with the assistant"
