"""Slack's presses over Socket Mode, for a Baton that can't be reached from outside."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from activities.slack.rendering.buttons import TAKE, encode
from tests.fakes.socket_mode import APP_TOKEN, FakeWorkspace
from worker.buttons.carrying_out import CarryingOut
from worker.slack.interactions import Interactions
from worker.slack.socket_mode import socket_mode
from worker.temporal.skipping import Clockwork

GONE = "This conversation has ended. Nothing was changed."
AT_ONCE = (0.0,)


@pytest.fixture
async def workspace() -> AsyncIterator[FakeWorkspace]:
    """Start a fake Slack workspace."""
    async with FakeWorkspace() as fake:
        yield fake


@pytest.fixture
async def interactions(workspace: FakeWorkspace, clockwork: Clockwork) -> AsyncIterator[Interactions]:
    """Return the worker's handler of presses, and let it finish at the end."""
    made = Interactions(CarryingOut(clockwork.client), AsyncWebClient("xoxb-test", base_url=workspace.url))
    yield made
    await made.finish()


@pytest.fixture
async def linked(workspace: FakeWorkspace, interactions: Interactions) -> AsyncIterator[FakeWorkspace]:
    """Return a workspace that Baton listens to."""
    async with socket_mode(interactions, AsyncWebClient(base_url=workspace.url), APP_TOKEN, pauses=AT_ONCE):
        await workspace.linked(1)
        yield workspace


def press(workspace: FakeWorkspace, action: str = TAKE) -> dict[str, object]:
    """Return a press of a button on a conversation that has ended."""
    return workspace.press(action, encode("nowhere", "on-call.1/1.1"), user="U1")


async def test_a_press_over_the_link_is_answered(linked: FakeWorkspace) -> None:
    """Slack gets its acknowledgement at once; the person who pressed gets their answer."""
    assert await linked.deliver(press(linked), envelope="e-1") == {}
    assert linked.acknowledged == ["e-1"]
    assert await linked.heard(1) == [GONE]


async def test_an_envelope_that_comes_twice(linked: FakeWorkspace) -> None:
    """Slack sends an envelope again that it believes was not heard, and gets an acknowledgement each time."""
    pressed = press(linked)
    for _ in range(2):
        assert await linked.deliver(pressed, envelope="e-5") == {}
    assert linked.acknowledged == ["e-5", "e-5"]


async def test_an_unreadable_message_ends_nothing(linked: FakeWorkspace) -> None:
    """Messages from Slack that Baton does not know do no harm."""
    for text in ("no json", "[]", '{"type": "unheard_of"}'):
        await linked.say(text)
    await linked.deliver({"type": "shortcut"}, envelope="e-2")
    await linked.deliver(press(linked), envelope="e-3")
    assert linked.acknowledged == ["e-2", "e-3"]
    assert await linked.heard(1) == [GONE]


async def test_the_link_is_renewed_when_slack_asks(linked: FakeWorkspace) -> None:
    """Slack ends the link every few hours, and the next press arrives over a new one."""
    await linked.refresh()
    await linked.linked(2)
    assert await linked.deliver(press(linked), envelope="e-4") == {}
    assert linked.acknowledged == ["e-4"]


async def test_the_link_comes_back_after_it_breaks(linked: FakeWorkspace) -> None:
    """A link that breaks, or a ticket that expires before it is used, only costs a moment."""
    linked.spoil_tickets(2)
    await linked.hang_up()
    await linked.linked(2)
    assert await linked.deliver(press(linked)) == {}


async def test_slack_that_cannot_be_reached_is_tried_again(
    workspace: FakeWorkspace, interactions: Interactions
) -> None:
    """While Slack has trouble, Baton tries again, and listens as soon as Slack is well."""
    workspace.refuse("apps.connections.open", "internal_error")
    with capture_logs() as logs:
        async with socket_mode(interactions, AsyncWebClient(base_url=workspace.url), APP_TOKEN, pauses=AT_ONCE):
            await workspace.asked("apps.connections.open", 2)
            workspace.refuse("apps.connections.open", "")
            await workspace.linked(1)
    (first, *_) = [log["why"] for log in logs if log["event"] == "slack_socket.unavailable"]
    assert first == "Slack says internal_error"


class Pauses(tuple[float, ...]):
    """Pauses that pass at once, and remember which of them were made."""

    made: list[int]

    def __getitem__(self, number: Any) -> Any:
        self.made.append(number)
        return 0.0


async def test_too_many_connections_are_tried_less_and_less(
    workspace: FakeWorkspace, interactions: Interactions
) -> None:
    """While Slack ends each new link because the app has too many, Baton waits longer each time and says the remedy."""
    pauses = Pauses((0, 1, 2, 5, 10, 30))
    pauses.made = []
    workspace.crowd(4)
    with capture_logs() as logs:
        async with socket_mode(interactions, AsyncWebClient(base_url=workspace.url), APP_TOKEN, pauses=pauses):
            await workspace.linked(5)
    assert pauses.made == [0, 1, 2, 3]
    (why,) = {log["why"] for log in logs if log["event"] == "slack_socket.ends"}
    assert why == (
        "Slack says too_many_websockets: an app may have ten connections; give BATON_SLACK_APP_TOKEN to fewer "
        "workers, or use HTTP"
    )


async def test_a_wrong_token_is_one_sentence(workspace: FakeWorkspace, interactions: Interactions) -> None:
    """A token that Slack will never accept is logged once with what to do; the worker goes on without buttons."""
    with capture_logs() as logs:
        async with socket_mode(interactions, AsyncWebClient(base_url=workspace.url), "xoxb-bot") as listening:
            await listening
    assert [log["why"] for log in logs if log["log_level"] == "error"] == [
        "No button works, Slack says invalid_auth: set BATON_SLACK_APP_TOKEN to the app-level token, "
        "which begins with xapp-"
    ]
