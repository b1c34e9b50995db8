"""On the real server: however badly an outside system answers, the next step of a ladder is called in time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from activities.slack.real import Slack
from activities.slack.workspace import client
from policies.loading.load import load_policy
from tests.cases import case
from tests.fakes.hook import FakeHook
from tests.fakes.rude import RudeServer
from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.skipping import Clockwork

pytestmark = pytest.mark.slow

MONDAY_10_AM = next_weekday(0, 10)
Tagged = Callable[[str], Awaitable[Story]]
POLICY = case("stories/calling/rude")
RUDELY: dict[str, Callable[[RudeServer], None]] = {
    "an answer without an end": lambda server: server.pours(b'{"ok": true, "ts": "', b"9"),
    "a page of HTML": lambda server: server.says(b"<html>", kind="text/html"),
    "half a character": lambda server: server.says(b'{"ok": false, "error": "\\ud83d"}'),
    "a redirection": lambda server: server.says(b"", status=307, more={"Location": server.url}),
}

QUICK = "an answer without an end"

TROUBLES: dict[str, Callable[[RudeServer], None]] = {
    "a body that breaks off": lambda server: server.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
    "come back in thirty years": lambda server: server.says(b"", status=429, more={"Retry-After": "999999999"}),
    "come back soon": lambda server: server.says(b"", status=429, more={"Retry-After": "soon"}),
}


@pytest.fixture
async def hook() -> AsyncIterator[FakeHook]:
    """Yield the team's own program, which works."""
    async with FakeHook() as made:
        yield made


@pytest.fixture
async def rude() -> AsyncIterator[RudeServer]:
    """Yield a server that answers badly, in the place of Slack and of another program."""
    async with RudeServer() as made:
        yield made


@pytest.fixture
async def tagged(
    clockwork: Clockwork, settings: Settings, house: OutsideSystems, hook: FakeHook, rude: RudeServer
) -> AsyncIterator[Tagged]:
    """Yield a function that starts a conversation with a tag; the rude server answers its calls to Slack."""
    own = settings.model_copy(update={"task_queue": "rude"})
    text = POLICY.replace("HOOK", hook.target).replace("RUDE", rude.url)
    document = load_policy(text, file="rude.yaml", today=datetime.now(UTC).date())
    rudely = replace(
        house, channels={**house.channels, "slack": Slack(client("xoxb-test", rude.url, within=1), house.store)}
    )

    async def begin(tag: str) -> Story:
        name = f"rude-{tag}-{rude.url.split(':')[2].strip('/')}"
        handle = await clockwork.start(
            {"conversation_id": name, "policy": "rude", "channel": "email"}, MONDAY_10_AM, task_queue="rude"
        )
        story = Story(handle, clockwork, MONDAY_10_AM, name)
        await story.tell("tag_added", tag=tag)
        return story

    async with make_worker(clockwork.client, own, rudely, {"rude": document, own.default_policy: document}):
        yield begin


async def failures(story: Story) -> list[str]:
    """Return what the timeline says of the failed first step."""
    timeline = await story.handle.query("timeline")
    return [each["text"] for each in timeline if each["kind"] == "effect_failed" and "slack:#first" in each["text"]]


@pytest.mark.parametrize(
    "rudely", [pytest.param(each, marks=() if each == QUICK else pytest.mark.slow) for each in RUDELY]
)
async def test_no_answer_of_slacks_holds_back_the_next_step(
    tagged: Tagged, hook: FakeHook, rude: RudeServer, rudely: str
) -> None:
    """Slack gives an answer that it never should: step 2 calls the program within a minute."""
    RUDELY[rudely](rude)
    story = await tagged("slack-first")
    await story.after(minutes=1)
    await until(lambda: _is(len(hook.taken) == 1))
    (failed,) = await failures(story)
    assert "4 times with something that Baton does not know" in failed
    assert len(failed) < 600
    await story.order("acknowledge")
    rude.says(b'{"ok": true}')
    await story.settled()


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_no_trouble_of_slacks_outlasts_the_wait_of_its_step(
    tagged: Tagged, hook: FakeHook, rude: RudeServer, trouble: str
) -> None:
    """Slack may still take the message later: step 2 calls the program when the wait of step 1 is over."""
    TROUBLES[trouble](rude)
    story = await tagged("slack-first")
    await story.after(minutes=4)
    assert hook.taken == []
    await story.after(minutes=6)
    await until(lambda: _is(len(hook.taken) == 1))
    await story.order("acknowledge")
    rude.says(b'{"ok": true}')
    await story.settled()


async def test_no_answer_of_a_program_holds_back_the_next_step(
    tagged: Tagged, hook: FakeHook, rude: RudeServer
) -> None:
    """A program never finishes its answer: step 2 is called when the wait of step 1 is over."""
    rude.sends(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1_000_000)
    story = await tagged("program-first")
    await story.after(minutes=6)
    await until(lambda: _is(len(hook.taken) == 1))
    await story.order("acknowledge")
    rude.says(b"")
    await story.settled()


async def _is(answer: bool) -> bool:
    return answer
