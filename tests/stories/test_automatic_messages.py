"""Automatic messages on the real server: an auto-reply changes nothing, and one reply a day goes to a customer."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from tests.stories.conftest import Story, next_weekday
from worker.process.hosting import OutsideSystems

Start = Callable[..., Awaitable[Story]]
SATURDAY = next_weekday(5, 10)


async def _replies(house: OutsideSystems, story: Story) -> list[str]:
    await story.settled()
    return [note.body for note in await house.desk.notes(story.id) if note.kind == "reply"]


async def test_two_machines_do_not_answer_each_other(start: Start, house: OutsideSystems) -> None:
    """The customer’s helpdesk answers our after-hours reply, here and by a new conversation: neither is replied to."""
    customer = {"id": "ada-machine", "name": "Ada"}
    story = await start(SATURDAY, policy="flat", channel="email", customer=customer)
    assert len(await _replies(house, story)) == 1
    await story.tell("message", author="agent", author_id="ann", text="We look at it.")
    await story.tell("status_changed", status="pending_customer")
    before = await story.settled()
    headers = {"Subject": "Ticket Received - Your order", "Auto-Submitted": "auto-replied"}
    await story.tell("message", author="customer", text="We got your mail. #17", headers=headers)
    after = await story.settled()
    assert (after["status"], after["waiting_since"]) == (before["status"], None)
    assert (await story.timeline())[-1]["text"] == "Customer, automatic: “We got your mail. #17”"
    assert len(await _replies(house, story)) == 1

    other = await start(SATURDAY + timedelta(minutes=10), policy="flat", channel="email", customer=customer)
    assert await _replies(house, other) == []
    assert [entry["text"] for entry in await other.timeline() if entry["kind"] == "not_replied"] == [
        "Rule “outside business hours” sends no reply: it has sent this customer one within 24 hours, "
        "in another conversation"
    ]
