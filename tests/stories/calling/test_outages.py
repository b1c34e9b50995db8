"""An outside system that is down delays its own effects, and nothing else."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.fakes.slack import FakeSlack
from tests.stories.conftest import Story, next_weekday
from worker.process.hosting import OutsideSystems

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)


def sent_for(slack: FakeSlack, story: Story) -> list[str]:
    """Return the channels that heard of the conversation, in order."""
    return [message.channel for message in slack.messages if message.key.startswith(f"{story.id}/")]


async def test_slack_down_delays_only_slack(start: Start, house: OutsideSystems, slack: FakeSlack) -> None:
    """With Slack down, the helpdesk is updated and the clocks run on; Slack gets each message once when it is back."""
    with slack.down():
        story = await start(MONDAY_10_AM)
        await story.tell("tag_added", tag="billing")
        state: dict[str, Any] = await story.handle.query("state")
        while [effect["kind"] for effect in state["waiting_effects"]] != ["notify"]:
            state = await story.handle.query("state")
        desk = await house.desk.conversation(story.id)
        assert desk is not None
        assert desk.team == "billing"
    await story.after(minutes=50)
    assert (await story.settled())["sla_state"] == "at_risk"
    assert sent_for(slack, story) == ["#support-billing", "#support-escalations"]


async def test_an_answer_lost_on_the_way_does_not_page_twice(start: Start, slack: FakeSlack) -> None:
    """When Slack took a message but its answer was lost, the retry finds that message instead of posting it again."""
    story = await start(MONDAY_10_AM)
    slack.fail_next(status=500, lost=True, method="chat.postMessage", about=story.id)
    await story.tell("tag_added", tag="billing")
    await story.after(minutes=5)
    await story.settled()
    assert sent_for(slack, story) == ["#support-billing"]


async def test_rate_limits_are_waited_out(start: Start, slack: FakeSlack) -> None:
    """When Slack asks to be called later, the message goes out then, by the server's timer."""
    story = await start(MONDAY_10_AM)
    slack.fail_next(retry_after=120, method="chat.postMessage", about=story.id)
    await story.tell("tag_added", tag="technical-issue")
    await story.after(minutes=1)
    assert sent_for(slack, story) == []
    await story.after(minutes=4)
    await story.settled()
    assert sent_for(slack, story) == ["#support-technical"]


async def test_a_step_that_is_refused_goes_on_at_once(start: Start, slack: FakeSlack) -> None:
    """When a step can't be reached for good, the next step is called at once, and the timeline has the failure."""
    slack.refuse("#support-escalations", "is_archived")
    try:
        story = await start(MONDAY_10_AM)
        await story.after(minutes=15, seconds=30)
        await story.settled()
        kinds = await story.kinds()
        assert "effect_failed" in kinds
        assert "step_unreachable" in kinds
        assert "@U0PRIMARY" in sent_for(slack, story)
    finally:
        slack.refuse("#support-escalations", "")


async def test_a_look_that_slack_limits_costs_no_call(start: Start, slack: FakeSlack) -> None:
    """After a 503, Slack limits every search for an earlier copy: the message still goes out, once."""
    story = await start(MONDAY_10_AM)
    slack.fail_next(status=503, about=story.id)
    for method in ("conversations.list", "conversations.history", "conversations.replies"):
        slack.fail_next(method=method, retry_after=60, times=100)
    try:
        await story.tell("tag_added", tag="billing")
        await story.settled()
    finally:
        slack.forgive()
    assert sent_for(slack, story) == ["#support-billing"]


async def test_an_answer_that_is_not_known_is_acted_on(start: Start, slack: FakeSlack) -> None:
    """Slack answers a step with an unknown error: the ladder goes on after four tries, and the timeline quotes it."""
    slack.refuse("#support-escalations", "brand_new_error")
    try:
        story = await start(MONDAY_10_AM)
        await story.after(minutes=16)
        timeline = await story.timeline()
        failed = [entry["text"] for entry in timeline if entry["kind"] == "effect_failed"]
        said = "slack:#support-escalations 4 times with something that Baton does not know: HTTP 200 brand_new_error"
        assert [said in text for text in failed] == [True] * len(failed)
        assert "step_unreachable" in [entry["kind"] for entry in timeline]
        assert "@U0PRIMARY" in sent_for(slack, story)
    finally:
        slack.refuse("#support-escalations", "")
