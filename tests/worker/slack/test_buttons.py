"""Slack's buttons as a deployment has them: real worker processes, with the settings that turn the buttons on."""

import asyncio
import hashlib
import hmac
import json
import signal
import subprocess
import time
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from activities.slack.rendering.buttons import TAKE, encode
from tests.fakes.socket_mode import APP_TOKEN, FakeWorkspace
from tests.worker.conftest import BATON, WITHIN, Baton, free_port, until_ready
from worker.environment.settings import Settings
from worker.slack.buttons import wants_buttons

POLICIES = Path(__file__).parents[2] / "stories" / "policies"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
YOURS = "It is yours now."


@pytest.fixture
async def workspace() -> AsyncIterator[FakeWorkspace]:
    """Start a fake Slack workspace."""
    async with FakeWorkspace() as fake:
        yield fake


@asynccontextmanager
async def worker(
    environment: dict[str, str], workspace: FakeWorkspace, *words: str
) -> AsyncGenerator[tuple[Process, str]]:
    """Start `baton worker`, yield it with its address for Slack once it is ready, and check that it ends well."""
    own = {**environment, "BATON_HTTP_PORT": str(free_port()), "BATON_POLICIES": str(POLICIES)}
    own |= {"BATON_SLACK_TOKEN": "xoxb-test", "BATON_SLACK_BASE_URL": workspace.url}
    own |= {"BATON_SLACK_APP_TOKEN": APP_TOKEN, "BATON_SLACK_SIGNING_SECRET": SECRET}
    process = await create_subprocess_exec(BATON, "worker", *words, env=own, stderr=PIPE)
    saying = asyncio.create_task(process.communicate())
    try:
        await asyncio.to_thread(until_ready, own["BATON_HTTP_PORT"], lambda: process.returncode)
        yield process, f"http://127.0.0.1:{own['BATON_HTTP_PORT']}/slack/interactions"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        _, said = await asyncio.wait_for(saying, WITHIN)
    assert process.returncode == 0, said.decode()


async def post(address: str, payload: dict[str, Any]) -> tuple[int, str]:
    """Send the payload with Slack's signature, and return the status and the answer."""
    body, at = urlencode({"payload": json.dumps(payload)}).encode(), int(time.time())
    digest = hmac.new(SECRET.encode(), b"v0:%d:%s" % (at, body), hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": f"v0={digest}"}
    async with ClientSession() as session, session.post(address, data=body, headers=headers) as answer:
        return answer.status, await answer.text()


async def start(baton: Baton, conversation: str) -> None:
    """Start a conversation whose policy knows Kim."""
    done = await asyncio.to_thread(baton, "start", conversation, "policy=buttons", "channel=email")
    assert done.returncode == 0, done.stderr


async def assignee(baton: Baton, conversation: str) -> str:
    """Return the conversation's assignee."""
    shown: subprocess.CompletedProcess[str] = await asyncio.to_thread(baton, "show", conversation, "--json")
    return str(json.loads(shown.stdout)["state"]["assignee"])


@pytest.mark.slow
async def test_several_processes_have_one_ear(
    environment: dict[str, str], baton: Baton, workspace: FakeWorkspace
) -> None:
    """With several worker processes, presses still reach Baton over one link and at one address."""
    assert (await asyncio.to_thread(baton, "register")).returncode == 0
    async with worker(environment, workspace, "--processes", "2") as (_, address):
        await workspace.linked(1)
        await start(baton, "several")
        assert await workspace.deliver(workspace.press(TAKE, encode("several", ""), user="U0KIM")) == {}
        assert await workspace.heard(1) == [YOURS]
        assert await post(address, workspace.press(TAKE, encode("several", ""), user="U0LEE")) == (200, "")
        assert await workspace.heard(2) == [YOURS, YOURS]
        assert await assignee(baton, "several") == "lee"
    assert workspace.links_opened == 1


@pytest.mark.slow
async def test_a_worker_sees_a_press_through_before_it_stops(
    environment: dict[str, str], baton: Baton, workspace: FakeWorkspace
) -> None:
    """A press that was acknowledged is carried out and answered, also by a worker that was told to stop."""
    assert (await asyncio.to_thread(baton, "register")).returncode == 0
    async with worker(environment, workspace) as (process, address):
        await workspace.linked(1)
        await start(baton, "stopping")
        assert await post(address, workspace.press(TAKE, encode("stopping", ""), user="U0KIM")) == (200, "")
        presses = [workspace.press(TAKE, encode("stopping", ""), user="U0KIM") for _ in range(5)]
        await asyncio.gather(*(workspace.deliver(press) for press in presses))
        process.send_signal(signal.SIGTERM)
        await process.wait()
    assert [said["text"] for said in workspace.said] == [YOURS] * 6


def test_half_of_the_settings_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing Slack setting is named in the log, and the worker works without buttons."""
    monkeypatch.delenv("BATON_SLACK_TOKEN", raising=False)
    with capture_logs() as logs:
        assert not wants_buttons(Settings())
        assert not wants_buttons(Settings(slack_token="xoxb-test"))
        assert not wants_buttons(Settings(slack_app_token="xapp-test"))
        assert wants_buttons(Settings(slack_token="xoxb-test", slack_signing_secret=SECRET, http_port=0))
        assert wants_buttons(Settings(slack_token="xoxb-test", slack_app_token="xapp-test", http_port=0))
    assert [log["why"] for log in logs] == [
        "Buttons in Slack do nothing: set BATON_SLACK_APP_TOKEN (xapp-…)",
        "BATON_SLACK_APP_TOKEN needs BATON_SLACK_TOKEN, too, the bot token (xoxb-…)",
        "Slack can't reach /slack/interactions: BATON_HTTP_PORT is 0",
    ]
