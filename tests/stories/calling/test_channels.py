"""People who are reached by other means than Slack, on the real server: told once, and delaying nobody else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from policies.loading.load import load_policy
from tests.fakes.gateway import FakeGateway
from tests.fakes.slack import FakeSlack
from tests.stories.conftest import STORY_POLICIES, Story, next_weekday
from worker.environment.settings import Settings
from worker.process.hosting import make_worker, open_house
from worker.temporal.skipping import Clockwork

pytest.importorskip("apprise", reason="needs the extra `notify`")

MONDAY_10_AM = next_weekday(0, 10)
Tagged = Callable[..., Awaitable[Story]]


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    """Yield the company's SMS gateway."""
    async with FakeGateway() as made:
        yield made


@pytest.fixture
async def tagged(
    clockwork: Clockwork, settings: Settings, gateway: FakeGateway, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Tagged]:
    """Yield a function that starts a conversation with tags, served by a worker that knows the gateway."""
    (tmp_path / "notify.yaml").write_text(f"sms: {gateway.address('kim')}\n")
    own = settings.model_copy(update={"task_queue": "channels", "notify": str(tmp_path / "notify.yaml")})
    text = (STORY_POLICIES / "channels.yaml").read_text()
    document = load_policy(text, file="channels.yaml", today=datetime.now(UTC).date())

    async def begin(*tags: str) -> Story:
        name = request.node.name
        body = {"conversation_id": name, "policy": "channels", "channel": "email"}
        handle = await clockwork.start(body, MONDAY_10_AM, task_queue="channels")
        story = Story(handle, clockwork, MONDAY_10_AM, name)
        for tag in tags:
            await story.tell("tag_added", tag=tag)
        return story

    async with open_house(own) as house:
        documents = {"channels": document, own.default_policy: document}
        async with make_worker(clockwork.client, own, house, documents):
            yield begin


def heard(slack: FakeSlack, story: Story) -> list[str]:
    """Return the Slack channels that heard of the conversation, in order."""
    return [message.channel for message in slack.messages if message.key.startswith(f"{story.id}/")]


async def test_an_sms_is_a_step_like_any_other(tagged: Tagged, gateway: FakeGateway, slack: FakeSlack) -> None:
    """The SMS goes out first; nobody acknowledges, so five minutes later the next step calls a Slack channel."""
    story = await tagged("urgent")
    await story.settled()
    assert [(to, title) for to, title, _ in gateway.taken] == [("kim", f"Urgent — {story.id}")]
    assert heard(slack, story) == []
    await story.after(minutes=6)
    await story.settled()
    assert heard(slack, story) == ["#everybody"]
    await story.order("acknowledge")
    await story.settled()
    assert [entry["kind"] for entry in await story.timeline() if "failed" in entry["kind"]] == []


async def test_a_hanging_gateway_holds_back_nothing(tagged: Tagged, gateway: FakeGateway, slack: FakeSlack) -> None:
    """While the SMS gateway does not answer, Slack gets its own notice; the SMS follows, once."""
    with gateway.hanging():
        story = await tagged("urgent", "watched")
        while heard(slack, story) != ["#watchers"]:
            await slack.posted(len(slack.messages) + 1)
        assert gateway.taken == []
    await story.settled()
    assert len(gateway.taken) == 1


async def test_a_gateway_that_refuses_costs_three_minutes(
    tagged: Tagged, gateway: FakeGateway, slack: FakeSlack
) -> None:
    """A gateway refuses without a reason: Baton retries for minutes, then calls the next step and tells the lead."""
    gateway.status = 500
    story = await tagged("urgent")
    await story.after(minutes=4)
    await story.settled()
    assert sorted(heard(slack, story)) == ["#everybody", "#leads"]
    failed = [entry["text"] for entry in await story.timeline() if entry["kind"] == "step_unreachable"]
    assert failed == [
        "phones step 1 could not be reached: apprise:sms did not take the message at 1 of 1 addresses, and apprise "
        "does not say why. Try the addresses with the command `apprise -vv`."
    ]


async def test_a_channel_without_an_address_is_passed_at_once(tagged: Tagged, slack: FakeSlack) -> None:
    """A step whose channel has no address is passed at once, and the lead reads what to configure."""
    story = await tagged("night")
    await story.settled()
    assert sorted(heard(slack, story)) == ["#everybody", "#leads"]
    lead = next(each for each in slack.in_channel("#leads") if each.key.startswith(f"{story.id}/"))
    assert "There is no address for apprise:pager." in lead.words
