"""The promises of every channel (`activities.channels.port`), asked of each one behind a real socket.

A new channel is one more row in `CASES`.
"""

import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.channels.apprise import AppriseChannels, is_installed
from activities.channels.port import Channel, ChannelThatUpdates
from activities.channels.webhook import Webhook
from activities.effects.errors import RATE_LIMITED, is_permanent
from activities.slack.real import Slack
from activities.slack.rendering.text import NO_LINKS
from activities.slack.workspace import client
from policies.document.channels import CHANNELS, ChannelTerms
from policies.document.targets import Target
from policies.state.effects import Notify, UpdateNotification
from tests.activities.conftest import STARTED_AT, Attempt
from tests.examples.teams.channel import Teams
from tests.examples.teams.settings import TeamsSettings
from tests.fakes.rude import Asked, RudeServer

WELL = json.dumps({"ok": True, "channel": "C0SUPPORT", "ts": "1772442000.000100", "id": "7"}).encode()
"""An answer that says yes in the words of every channel."""
SLACK_REFUSES = b'{"ok": false, "error": "is_archived"}'


@dataclass(frozen=True, slots=True)
class Case:
    """One channel: how it is opened, a target of it, and how the other side refuses a message for good."""

    target: str
    opened: Callable[[RudeServer, AsyncEngine], Channel]
    refusal: tuple[int, bytes] = (404, b"{}")
    message: Callable[[Asked], Any] = lambda asked: asked.body
    """The part of a request that is the same for a repeat, by which the other side drops it."""


def _apprise(server: RudeServer, engine: AsyncEngine) -> AppriseChannels:
    address = f"json://{server.url.removeprefix('http://')}"
    return AppriseChannels({"sms": [address]}, engine)


CASES = {
    "slack": Case(
        "slack:#support",
        lambda server, engine: Slack(client("xoxb-test", server.url), engine),
        refusal=(200, SLACK_REFUSES),
    ),
    "webhook": Case(
        "webhook:URL",
        lambda _server, _engine: Webhook(),
        message=lambda asked: asked.fields["idempotency-key"],
    ),
    "apprise": Case("apprise:sms", _apprise),
    "teams": Case("teams:#support", lambda server, engine: Teams(TeamsSettings(url=server.url), engine, NO_LINKS)),
}


@pytest.fixture
async def server() -> AsyncIterator[RudeServer]:
    """Yield the other side, which takes everything at first."""
    async with RudeServer() as made:
        made.says(WELL)
        yield made


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the row of the channel that is only an example."""
    monkeypatch.setitem(CHANNELS, "teams", ChannelTerms(re.compile(r"#\S+"), "write `teams:#channel`"))  # type: ignore


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    """Return each channel in turn."""
    if request.param == "apprise" and not is_installed():
        pytest.skip("needs `notify`")
    return CASES[request.param]


@pytest.fixture
def channel(case: Case, server: RudeServer, engine: AsyncEngine) -> Channel:
    """Return the channel, connected to the other side."""
    return case.opened(server, engine)


@pytest.fixture
def effect(case: Case, server: RudeServer, conversation_id: str) -> Notify:
    """Return a call to people on the channel."""
    return Notify(
        key=f"{conversation_id}/support.1/1.1",
        conversation_id=conversation_id,
        due_at=STARTED_AT,
        because="75% of 15m have passed",
        target=case.target.replace("URL", server.url),
        headline="First response at risk",
        page="support.1/1.1",
    )


def test_no_channel_is_left_out() -> None:
    """Every channel that a policy may name keeps the promises below."""
    assert CASES.keys() == CHANNELS.keys()


async def test_one_call_is_one_message(
    channel: Channel, case: Case, effect: Notify, server: RudeServer, attempt: Attempt
) -> None:
    """A call that is tried again, in doubt whether it arrived, is one message."""
    first = await attempt(channel.notify, effect)
    await attempt(channel.notify, effect, number=2)
    assert first.repeated is False
    assert len({case.message(asked) for asked in server.asked}) == 1


async def test_a_channel_that_hangs_is_tried_again(
    channel: Channel, effect: Notify, server: RudeServer, attempt: Attempt
) -> None:
    """A call ends within the time of its attempt, and may be tried again, where the other side never answers."""
    server.waits()
    with pytest.raises(Exception, match="in time") as failed:
        await attempt(channel.notify, effect, seconds=0.5)
    assert not is_permanent(failed.value)


async def test_a_channel_that_is_down_is_tried_again(
    channel: Channel, effect: Notify, server: RudeServer, attempt: Attempt
) -> None:
    """A call that the other side could not take now may be tried again."""
    server.says(b"{}", status=503)
    with pytest.raises(Exception) as failed:  # noqa: PT011  each channel has an error of its own
        await attempt(channel.notify, effect)
    assert not is_permanent(failed.value)


async def test_a_refusal_ends_the_tries(
    channel: Channel, case: Case, effect: Notify, server: RudeServer, attempt: Attempt
) -> None:
    """A call that the other side refuses for good is not tried again, where the channel can tell."""
    status, body = case.refusal
    server.says(body, status=status)
    with pytest.raises(Exception) as failed:  # noqa: PT011
        await attempt(channel.notify, effect)
    assert is_permanent(failed.value) is CHANNELS[Target.of(effect.target).channel].tells_why


async def test_a_channel_that_asks_to_wait_is_left_alone(
    channel: Channel, effect: Notify, server: RudeServer, attempt: Attempt
) -> None:
    """The next try waits as long as the other side asked, where the channel can tell."""
    if not CHANNELS[Target.of(effect.target).channel].tells_why:
        pytest.skip("it can't tell")
    server.says(b"{}", status=429, more={"Retry-After": "7"})
    with pytest.raises(ApplicationError) as failed:
        await attempt(channel.notify, effect)
    assert failed.value.type == RATE_LIMITED
    assert failed.value.next_retry_delay is not None
    assert failed.value.next_retry_delay.total_seconds() == 7


async def test_an_outcome_is_shown_on_the_messages_of_its_run(
    channel: Channel, effect: Notify, server: RudeServer, attempt: Attempt
) -> None:
    """Everybody who was called sees that a person has come; a run without messages asks the other side nothing."""
    if not isinstance(channel, ChannelThatUpdates):
        pytest.skip("its messages can't be changed")
    update = UpdateNotification(
        key=f"{effect.conversation_id}/support.1/update",
        conversation_id=effect.conversation_id,
        due_at=STARTED_AT,
        because="acknowledged by anna",
        page="support.1",
        outcome="acknowledged",
        text="Anna has it",
    )
    await attempt(channel.update, update)
    assert server.asked == []
    await attempt(channel.notify, effect)
    await attempt(channel.update, update)
    assert any(b"Anna has it" in asked.body for asked in server.asked[1:])
    changed = server.asked[-1].body
    await attempt(channel.update, update, number=2)
    assert server.asked[-1].body == changed
