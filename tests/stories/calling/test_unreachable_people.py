"""On the real server: with one way to reach people down, the next step still calls people in time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest

from policies.loading.load import load_policy
from tests.cases import case
from tests.fakes.hook import FakeHook
from tests.fakes.slack import FakeSlack, Message
from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.skipping import Clockwork

MONDAY_10_AM = next_weekday(0, 10)
Tagged = Callable[[str], Awaitable[Story]]
POLICY = case("stories/calling/reaching")


@pytest.fixture
async def hook() -> AsyncIterator[FakeHook]:
    """Yield the team's own program, which takes webhooks."""
    async with FakeHook() as made:
        yield made


@pytest.fixture
async def tagged(
    clockwork: Clockwork, settings: Settings, house: OutsideSystems, hook: FakeHook, request: pytest.FixtureRequest
) -> AsyncIterator[Tagged]:
    """Yield a function that starts a conversation with a tag, under a policy that has the program's address."""
    own = settings.model_copy(update={"task_queue": "reaching"})
    document = load_policy(POLICY.replace("HOOK", hook.target), file="reaching.yaml", today=datetime.now(UTC).date())

    async def begin(tag: str) -> Story:
        name = request.node.name
        body = {"conversation_id": name, "policy": "reaching", "channel": "email"}
        handle = await clockwork.start(body, MONDAY_10_AM, task_queue="reaching")
        story = Story(handle, clockwork, MONDAY_10_AM, name)
        await story.tell("tag_added", tag=tag)
        return story

    async with make_worker(clockwork.client, own, house, {"reaching": document, own.default_policy: document}):
        yield begin


def heard(slack: FakeSlack, story: Story) -> list[Message]:
    """Return the Slack messages that notify people of the conversation, without replies in threads."""
    of_story = [message for message in slack.messages if message.key.startswith(f"{story.id}/")]
    return [message for message in of_story if message.thread_ts in ("", message.ts) or message.is_broadcast]


def called(slack: FakeSlack, story: Story) -> list[Message]:
    """Return the calls among them, without notices to the lead, which come in any order."""
    return [message for message in heard(slack, story) if message.channel != "#leads"]


async def lines(story: Story, kind: str) -> list[str]:
    """Return the timeline's texts of this kind, without waiting for effects that are on their way."""
    return [entry["text"] for entry in await story.handle.query("timeline") if entry["kind"] == kind]


async def test_with_slack_down_the_webhook_is_called_after_the_wait(
    tagged: Tagged, slack: FakeSlack, hook: FakeHook
) -> None:
    """With Slack down, step 2 calls the program when the five minutes of step 1 are over, and the timeline says why."""
    with slack.down():
        story = await tagged("slack-first")
        await story.after(minutes=4)
        assert hook.taken == []
        await story.after(minutes=6)
        await until(lambda: _is(len(hook.taken) == 1))
        assert await lines(story, "step_not_delivered") == [
            "slack-first step 1 was not delivered within its wait: the ladder goes on"
        ]
        await story.order("acknowledge")
    await story.settled()
    assert heard(slack, story) == []  # the call to Slack was withdrawn, because nobody is needed any more


async def test_one_broken_channel_costs_its_wait(tagged: Tagged, slack: FakeSlack) -> None:
    """Slack answers `internal_error` for one channel only: the person of step 2 is called when its wait is over."""
    slack.refuse("#broken", "internal_error")
    try:
        story = await tagged("channel-first")
        await story.after(minutes=6)
        await until(lambda: _is([message.channel for message in heard(slack, story)] == ["@U1KIM"]))
        await story.order("acknowledge")
        await story.settled()
    finally:
        slack.refuse("#broken", "")


async def test_notices_to_a_dead_webhook_hold_back_no_call(tagged: Tagged, slack: FakeSlack, hook: FakeHook) -> None:
    """Three notices that can't be delivered are waiting: a call to a person on Slack goes out at once."""
    hook.refused = ""
    story = await tagged("notices-first")
    await until(lambda: _is([message.channel for message in heard(slack, story)] == ["@U1KIM"]))
    hook.refused = None
    await story.after(minutes=3)
    await story.settled()
    assert len(hook.taken) == 3


async def test_a_call_overtakes_a_notice_to_the_same_target(tagged: Tagged, hook: FakeHook) -> None:
    """The program refuses a notice: a call to the same program goes out without waiting for the notice."""
    hook.refused = "A notice"
    story = await tagged("same-target")
    await until(lambda: _is(hook.asked >= 2))
    state = await story.handle.query("state")
    while len(state["waiting_effects"]) != 1:
        state = await story.handle.query("state")
    assert state["pages"][0]["is_delivered"]
    hook.refused = None
    await story.after(minutes=3)
    await story.settled()


@pytest.mark.slow
async def test_people_are_called_once_slack_is_back(tagged: Tagged, slack: FakeSlack) -> None:
    """Slack is down for longer than the whole ladder takes: a minute after it is back, people are called."""
    with slack.down():
        story = await tagged("only-slack")
        for minutes in (6, 12, 20, 26, 32, 40):
            await story.after(minutes=minutes)
        assert len(await lines(story, "nobody_reached")) == 2
        assert (await story.handle.query("state"))["pages"][0]["ended"] == ""
    await story.after(minutes=41)
    await until(lambda: _is(called(slack, story) != []))
    await story.order("acknowledge")
    await story.settled()
    assert "acknowledged by op" in called(slack, story)[0].words


async def _is(answer: bool) -> bool:
    return answer
