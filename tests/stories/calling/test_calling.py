"""Calling people on the real server: the person on call, the next one, the lead, and what their messages show."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from activities.on_call.overrides import OnCall
from policies.document.rotation import Override
from tests.fakes.slack import FakeSlack, Message
from tests.stories.calling.messages import messages_for
from tests.stories.conftest import Story, next_weekday
from worker.process.hosting import OutsideSystems

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)


def channels(slack: FakeSlack, story: Story) -> list[str]:
    """Return the channels of those messages, in order."""
    return [message.channel for message in messages_for(slack, story)]


def of_the_lead_and_others(slack: FakeSlack, story: Story) -> tuple[list[Message], list[Message]]:
    """Return the lead's messages and all others apart, because their order among each other is left to chance."""
    heard = messages_for(slack, story)
    return [each for each in heard if each.channel == "#leads"], [each for each in heard if each.channel != "#leads"]


async def urgent(start: Start) -> Story:
    """Start a conversation with the tag `urgent`, for which people are called."""
    story = await start(MONDAY_10_AM, policy="calling")
    await story.tell("tag_added", tag="urgent")
    await story.settled()
    return story


async def test_the_person_on_call_is_called(start: Start, slack: FakeSlack) -> None:
    """The ladder passes an empty rotation at once and tells the lead; the person on call gets a direct message."""
    story = await urgent(start)
    (lead,), (call,) = of_the_lead_and_others(slack, story)
    assert "Step 1 of nights could not be reached" in lead.text
    assert call.channel in ("@U1KIM", "@U1LEE")
    reached = [entry["text"] for entry in await story.timeline() if entry["kind"] == "step_delivered"]
    assert len(reached) == 1
    assert reached[0].startswith(f"nights step 2 delivered to {'kim' if call.channel == '@U1KIM' else 'lee'}, next ")


async def test_the_person_of_a_new_override_is_called(start: Start, slack: FakeSlack, house: OutsideSystems) -> None:
    """An override that was added just now counts for the next call."""
    roster = OnCall(house.store)
    hour = timedelta(hours=1)
    override = Override(starts=MONDAY_10_AM - hour, until=MONDAY_10_AM + hour, person="max")
    added = await roster.add("calling", "primary", override, by="lee", at=MONDAY_10_AM)
    try:
        story = await urgent(start)
    finally:
        await roster.remove(added.id)
    assert sorted(channels(slack, story)) == ["#leads", "@U1MAX"]


async def test_an_acknowledged_and_forgotten_step_is_called_again(start: Start, slack: FakeSlack) -> None:
    """A person acknowledges, and half an hour later the customer still waits: the same step is called again."""
    story = await urgent(start)
    told = await story.order("acknowledge", step="nights.1/1.2")
    assert told["because"].startswith("op acknowledged nights at step 2, to answer by ")
    await story.after(minutes=29)
    assert len(channels(slack, story)) == 2
    await story.after(minutes=31)
    await story.settled()
    _, (first, again) = of_the_lead_and_others(slack, story)
    assert again.channel == first.channel
    assert "op acknowledged, but the customer still waits" in first.words


async def test_the_message_of_a_call_says_that_it_is_over(start: Start, slack: FakeSlack) -> None:
    """The conversation is answered: the call ends, its message says so, and its buttons only ask for feedback."""
    story = await urgent(start)
    await story.tell("message", author="agent", author_id="kim", text="On it.")
    await story.settled()
    _, (call,) = of_the_lead_and_others(slack, story)
    assert "answered by kim" in call.words
    assert call.buttons == ["👍 Needed", "👎 Not needed", "Right team", "Wrong team"]
    await story.after(minutes=50)
    assert len([message for message in messages_for(slack, story) if "@" in message.channel]) == 1


@pytest.mark.slow
async def test_the_lead_hears_of_two_rounds_without_an_acknowledgement(
    start: Start, slack: FakeSlack, house: OutsideSystems
) -> None:
    """After two rounds without an acknowledgement an internal note is added, and the lead hears it."""
    story = await urgent(start)
    await story.after(minutes=40)
    await story.settled()
    last = messages_for(slack, story)[-1]
    text = "Nobody acknowledged nights in 2 rounds: Urgent"
    assert (last.channel, text in last.text) == ("#leads", True)
    assert [note.body for note in await house.desk.notes(story.id) if note.body.startswith(text)] != []
    assert (await story.state())["pages"][0]["ended"] == "nobody acknowledged"


async def test_a_drill_reaches_people_and_leaves_the_desk_alone(
    start: Start, slack: FakeSlack, house: OutsideSystems
) -> None:
    """In a drill the person on call is called and acknowledges, the lead hears it, and the helpdesk hears nothing."""
    story = await start(MONDAY_10_AM, policy="calling", drill="nights")
    await story.settled()
    await story.order("acknowledge")
    await story.settled()
    assert (await story.state())["status"] == "resolved"
    last = of_the_lead_and_others(slack, story)[0][-1]
    assert last.text.startswith("Drill of nights: acknowledged by op after ")
    assert await house.desk.conversation(story.id) is None
