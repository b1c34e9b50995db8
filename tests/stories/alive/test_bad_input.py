"""Bad input: none of it is lost, and none of it stops a conversation."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from tests.fakes.slack import FakeSlack
from tests.stories.conftest import Story, next_weekday

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)


async def test_messages_that_cannot_be_read_are_kept(start: Start) -> None:
    """A message that can't be read stays in the timeline with the reason, and the next good message counts."""
    story = await start(MONDAY_10_AM)
    await story.handle.signal("message", {"author": "martian", "text": "hi"})
    await story.handle.signal("message", "just words")
    await story.handle.signal("message")
    await story.handle.signal("message", args=[{"author": "customer"}, 2])
    await story.handle.signal("message", b"\xff\x00")
    await story.handle.signal("no_such_signal", {"a": 1})
    await story.tell("message", author="customer", text="Still here?")
    rejected = [entry["text"] for entry in await story.timeline() if entry["kind"] == "rejected"]
    assert [text.split(";")[0] for text in sorted(rejected)] == [
        "Rejected message: author: write customer, assistant or agent, not “martian”",
        "Rejected message: the message must be one JSON object",
        "Rejected message: the message must be one JSON object",
        "Rejected message: the message must be one JSON object",
        "Rejected message: the message must be one JSON object",
        "Rejected no_such_signal: there is no signal “no_such_signal”",
    ]
    assert (await story.settled())["messages"] == 1


async def test_an_unknown_policy_still_starts(start: Start, slack: FakeSlack) -> None:
    """A conversation under an unknown policy runs under the default one, says why, and tells the people on call."""
    story = await start(MONDAY_10_AM, policy="teired")
    state = await story.settled()
    assert (state["policy"]["name"], state["team"]) == ("tiered v2", "tier-1")
    assert "Unknown policy teired (did you mean tiered?): running under tiered v2" in [
        entry["text"] for entry in await story.timeline()
    ]
    told = [message.channel for message in slack.messages if story.id in message.key]
    assert told == ["#support-escalations"]


async def test_a_start_that_cannot_be_read_still_begins(start: Start) -> None:
    """A start with senseless fields begins without them, and the timeline names them."""
    story = await start(MONDAY_10_AM, priority="super", tags="billing", customer={"value": "much"}, subject="Help")
    state = await story.settled()
    assert (state["team"], state["subject"], state["priority"]) == ("tier-1", "Help", "normal")
    (rejected,) = (entry["text"] for entry in await story.timeline() if entry["kind"] == "rejected")
    assert all(field in rejected for field in ("priority", "tags", "customer.value"))


async def test_the_same_event_twice_counts_once(start: Start, slack: FakeSlack) -> None:
    """An event that is delivered three times happens once."""
    story = await start(MONDAY_10_AM)
    for _ in range(3):
        await story.tell("tag_added", tag="billing", event_id="evt-1", at=story.opened_at)
    await story.settled()
    assert (await story.kinds()).count("tag_added") == 1
    assert len([message for message in slack.messages if story.id in message.key]) == 1


async def test_times_that_cannot_be_true_are_put_right(start: Start) -> None:
    """A message from before the opening counts as of the opening, one from next year as of now, and both are noted."""
    story = await start(MONDAY_10_AM)
    await story.after(minutes=5)
    for at in (MONDAY_10_AM - timedelta(hours=2), MONDAY_10_AM + timedelta(days=365)):
        await story.tell("message", author="customer", text="Hello?", at=at)
    assert (await story.settled())["messages"] == 2
    said = [entry["text"] for entry in await story.timeline() if entry["text"].startswith("message said ")]
    before = "which is before the conversation's remembered past"
    assert [text.partition(": taken as ")[0] for text in said] == [
        f"message said {(MONDAY_10_AM - timedelta(hours=2)).isoformat()}, {before}",
        f"message said {(MONDAY_10_AM + timedelta(days=365)).isoformat()}, which is in the future",
    ]
    assert said[0].endswith(f": taken as {MONDAY_10_AM.isoformat()}")
