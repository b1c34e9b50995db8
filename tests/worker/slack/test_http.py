"""Slack's presses over HTTP: which are accepted, which are not, and how soon Slack gets its answer."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import pytest
from aiohttp import ClientSession
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from activities.slack.rendering.buttons import TAKE, encode
from tests.fakes.rude import RudeServer
from tests.fakes.socket_mode import FakeWorkspace
from tests.worker.conftest import free_port
from worker.buttons.carrying_out import CarryingOut
from worker.process.health import health_server
from worker.slack.http import PATH, interactions_route, is_genuine
from worker.slack.interactions import Interactions
from worker.temporal.skipping import Clockwork

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1531420618
EXAMPLE = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
EXAMPLE_HEADERS = {
    "X-Slack-Request-Timestamp": "1531420618",
    "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
}
NOT_SLACK = (
    "This request does not carry Slack's signature of the last five minutes: check BATON_SLACK_SIGNING_SECRET.\n"
)


class Stopped(Clock):
    """A clock that stands still at the time at which Slack's published example was signed."""

    def now(self) -> float:
        """Return that time."""
        return NOW


VERIFIER = SignatureVerifier(SECRET, Stopped())


def signed(body: bytes, *, at: int = NOW, secret: str = SECRET) -> dict[str, str]:
    """Return the headers that Slack would send with this body."""
    digest = hmac.new(secret.encode(), b"v0:%d:%s" % (at, body), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": f"v0={digest}"}


@dataclass
class Door:
    """Baton's address for Slack, with the fake workspace behind it."""

    url: str
    workspace: FakeWorkspace
    interactions: Interactions

    async def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Send the body, and return the status and the answer."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        async with ClientSession() as session, session.post(self.url, data=body, headers={**form, **headers}) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def door(clockwork: Clockwork) -> AsyncIterator[Door]:
    """Start a worker's HTTP server."""
    async with FakeWorkspace() as workspace:
        interactions = Interactions(CarryingOut(clockwork.client), AsyncWebClient("xoxb-test", base_url=workspace.url))
        port = free_port()

        async def well() -> str:
            return ""

        route = interactions_route(interactions, VERIFIER)
        async with health_server("127.0.0.1", port, alive=well, ready=well, routes=[route]):
            yield Door(f"http://127.0.0.1:{port}{PATH}", workspace, interactions)
        await interactions.finish()


def pressed(door: Door, conversation: str = "nowhere") -> bytes:
    """Return the body of a press of Take."""
    payload = door.workspace.press(TAKE, encode(conversation, "on-call.1/1.1"), user="U1")
    return urlencode({"payload": json.dumps(payload)}).encode()


def test_slacks_published_example_is_genuine() -> None:
    """The signature in Slack's documentation is accepted, but not with another text, secret or time."""
    assert is_genuine(VERIFIER, EXAMPLE, EXAMPLE_HEADERS)
    assert not is_genuine(VERIFIER, EXAMPLE.replace(b"foobar", b"foobaz"), EXAMPLE_HEADERS)
    assert not is_genuine(SignatureVerifier(f"{SECRET[:-1]}6", Stopped()), EXAMPLE, EXAMPLE_HEADERS)
    assert not is_genuine(VERIFIER, EXAMPLE, EXAMPLE_HEADERS | {"X-Slack-Request-Timestamp": str(NOW + 1)})


async def test_a_press_over_http_is_answered(door: Door) -> None:
    """Slack gets an empty answer at once; the person who pressed gets theirs later."""
    body = pressed(door)
    assert await door.post(body, signed(body)) == (200, "")
    assert await door.workspace.heard(1) == ["This conversation has ended. Nothing was changed."]
    assert door.workspace.said[0]["response_type"] == "ephemeral"
    assert door.workspace.said[0]["replace_original"] is False


@pytest.mark.parametrize("levels", [101, 1_000, 20_000])
@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}")])
async def test_a_deeply_nested_body_is_refused(door: Door, levels: int, begin: str, end: str) -> None:
    """A signed body that is nested deeper than anything of Slack's gets a 400 and does no harm."""
    payload = f'{{"type": "block_actions", "deep": {begin * levels}1{end * levels}}}'
    body = f"payload={quote(payload)}".encode()
    status, said = await door.post(body, signed(body))
    assert (status, "more than 100 levels deep" in said) == (400, True)
    body = pressed(door)
    assert await door.post(body, signed(body)) == (200, "")


async def test_answers_go_to_slack_only(door: Door) -> None:
    """An answer is sent only to Slack's own addresses, whatever the press names."""
    async with FakeWorkspace() as another:
        with capture_logs() as logs:
            for hook in (f"{another.origin}/actions/1", "http://[", "none"):
                payload = door.workspace.press(TAKE, encode("nowhere", "on-call.1/1.1"), user="U1", hook=hook)
                body = urlencode({"payload": json.dumps(payload)}).encode()
                assert await door.post(body, signed(body)) == (200, "")
            await door.interactions.finish()
        assert [log["event"] for log in logs].count("interaction.untold") == 3
        assert another.said == []


@pytest.mark.parametrize("status", [200, 307])
async def test_an_answer_is_told_once_whatever_the_hook_says(clockwork: Clockwork, status: int) -> None:
    """A hook that redirects is not followed, one whose answer never ends is not read, and the press is done."""
    async with RudeServer() as hook, RudeServer() as another:
        hook.says(b"", status=307, more={"Location": another.url})
        if status == 200:
            hook.pours(b"", b"a")
        interactions = Interactions(CarryingOut(clockwork.client), AsyncWebClient("xoxb-test", base_url=hook.url))
        async with FakeWorkspace() as workspace:
            press = workspace.press(TAKE, encode("nowhere", "on-call.1/1.1"), user="U1", hook=hook.url)
            with capture_logs() as logs:
                await interactions.take_in(press)
                await interactions.finish()
        assert [log["why"] for log in logs if log["event"] == "interaction.untold"] == ["HTTP 307"] * (status == 307)
        assert (len(hook.asked), another.asked) == (1, [])
        assert hook.poured < 20_000_000


async def test_nothing_is_believed_without_slacks_signature(door: Door) -> None:
    """Requests without Slack's valid signature are refused with a sentence and change nothing."""
    body = pressed(door)
    forged: list[dict[str, str]] = [
        {},
        signed(body, secret="another"),
        signed(body + b"&x=1"),
        signed(body) | {"X-Slack-Request-Timestamp": "soon"},
        signed(body) | {"X-Slack-Signature": "v0=ä"},
    ]
    assert [await door.post(body, headers) for headers in forged] == [(401, NOT_SLACK)] * len(forged)
    assert await door.post(b"\xff", signed(b"\xff")) == (401, NOT_SLACK)
    await door.interactions.finish()
    assert door.workspace.said == []


async def test_a_replay_is_turned_away(door: Door) -> None:
    """A request that is older than five minutes is refused; Slack's own retries come sooner."""
    body = pressed(door)
    assert await door.post(body, signed(body, at=NOW - 301)) == (401, NOT_SLACK)
    assert await door.post(body, signed(body, at=NOW + 301)) == (401, NOT_SLACK)
    assert await door.post(body, signed(body, at=NOW - 299) | {"X-Slack-Retry-Num": "1"}) == (200, "")


async def test_a_huge_request_is_not_read(door: Door) -> None:
    """A request of a megabyte is refused before it is read."""
    huge = b"payload=" + b"x" * 1024**2
    status, _ = await door.post(huge, signed(huge))
    assert status == 413


async def test_requests_that_are_no_presses_are_left_alone(door: Door) -> None:
    """Requests from Slack that are no presses of Baton's buttons are answered and change nothing."""
    said = "An interaction is a form with a field `payload` that holds JSON.\n"
    assert await door.post(EXAMPLE, EXAMPLE_HEADERS) == (400, said)
    assert await door.post(b"payload=%7B", signed(b"payload=%7B")) == (400, said)
    others = [
        {"type": "message_action", "user": {"id": "U1"}},
        {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "another", "value": "1"}]},
        {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": TAKE, "value": "not ours"}]},
        {"type": "block_actions"},
        [],
    ]
    for other in others:
        body = urlencode({"payload": json.dumps(other)}).encode()
        assert await door.post(body, signed(body)) == (200, "")
    await door.interactions.finish()
    assert door.workspace.said == []


async def test_a_worker_that_stops_takes_no_press(door: Door) -> None:
    """A worker that is stopping refuses presses, because it would not be there to answer them."""
    await door.interactions.finish()
    body = pressed(door)
    assert await door.post(body, signed(body)) == (503, "Baton is stopping: try again in a minute.\n")
    assert door.workspace.said == []
