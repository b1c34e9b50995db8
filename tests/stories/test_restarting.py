"""`baton restart` and the audit begin lost conversations and teams again: under their own policy, with nothing lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activities.audit import Audit
from policies.document import Document
from policies.load import load_policy
from tests.fakes.slack import FakeSlack
from tests.stories.conftest import Story
from worker.hosting import House, load_policies, make_worker
from worker.settings import Settings
from worker.skipping import Clockwork, skipping_server

FIRST = """
policy: NAME
version: 1
timezone: America/New_York
hours: {office: {open: "24/7"}}
teams:
  front: {name: Front, tier: 1, hours: office, sla: std}
channels: {email: front}
sla: {std: {first_response: 15m, hours: office}}
rules:
  - name: late
    on: {clock: first_response, at: breach}
    do: [{notify: calls}]
escalations:
  calls:
    steps: [{notify: "slack:#NAME-1", wait: 5m}, {notify: "slack:#NAME-2", wait: 5m}]
alert: slack:#NAME-alert
"""
SECOND = (
    FIRST.replace("version: 1", "version: 2")
    .replace("front:", "desk:")
    .replace("email: front", "email: desk")
    .replace("office", "daytime")
    .replace("std", "norm")
    .replace("calls", "pagers")
)
"""The same with other names for the team, the hours, the promises and the escalation."""
ENDING = SECOND.replace("do: [{notify: pagers}]", 'do: [{note: "Late"}]')
"""In which the rule calls nobody, so that a call under way ends."""


def policy(text: str, name: str) -> Document:
    """A policy under a name of its own."""
    return load_policy(text.replace("NAME", name), file=f"{name}.yaml", today=datetime.now(UTC).date())


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Clockwork]:
    """A server whose workers come and go."""
    async with skipping_server() as clockwork:
        yield clockwork


class Serving:
    """Workers with the shipped policies and others."""

    def __init__(self, server: Clockwork, settings: Settings, house: House) -> None:
        self.server = server
        self._settings = settings
        self._house = house

    def __call__(self, *documents: Document) -> Any:
        """Such a worker, for a while."""
        known = {**load_policies(self._settings), **{each.policy: each for each in documents}}
        return make_worker(self.server.client, self._settings, self._house, known)

    async def restart(self, workflow_id: str) -> bool:
        """Whether a person could begin it again."""
        audit = Audit(self.server.client, store=self._house.store)
        return (await audit.restart(workflow_id, self._settings.task_queue)).repaired


@pytest.fixture
def serve(server: Clockwork, settings: Settings, house: House) -> Serving:
    """Workers of this server."""
    return Serving(server, settings, house)


async def waiting(serve: Serving, name: str, minutes: int) -> Story:
    """A conversation whose customer has waited so long, in the hours of its real clock."""
    began = datetime.now(UTC) - timedelta(minutes=minutes)
    body = {"conversation_id": name, "policy": name, "channel": "email", "opened_at": began.isoformat()}
    said = {"author": "customer", "text": "Hello?", "occurred_at": began.isoformat()}
    handle = await serve.server.client.start_workflow(
        "Conversation",
        body,
        id=f"conversation/{name}",
        task_queue="baton",
        start_signal="message",
        start_signal_args=[said],
    )
    story = Story(serve.server.client.get_workflow_handle(handle.id), serve.server, began, name)
    await story.settled()
    return story


def called(slack: FakeSlack, name: str) -> list[str]:
    """Where people were called, in this order; without the updates of those messages."""
    return [sent.channel for sent in slack.messages if sent.key.startswith(f"{name}/") and "/notify/" in sent.key]


async def texts(story: Story) -> list[str]:
    """What its timeline says."""
    return [entry["text"] for entry in await story.timeline()]


async def test_a_restarted_conversation_keeps_its_policy(serve: Serving) -> None:
    """A conversation that is begun again by hand is under its own policy, as it stood, and nothing else is told."""
    async with serve(policy(FIRST, "kept")):
        story = await waiting(serve, "kept", 5)
        before = await story.settled()
        assert await serve.restart("conversation/kept")
        after = await story.settled()
        assert after["policy"] == before["policy"] == {"name": "kept v1", "digest": before["policy"]["digest"]}
        assert [after[name] for name in ("team", "clocks")] == [before[name] for name in ("team", "clocks")]
        assert await story.kinds() == ["imported"]
        await story.handle.terminate()


async def test_a_restarted_conversation_under_a_later_version(serve: Serving, slack: FakeSlack) -> None:
    """What the worker's version of the policy has not, as team and escalation, goes on as with an adopted policy."""
    async with serve(policy(FIRST, "later")):
        story = await waiting(serve, "later", 16)
        before = await story.settled()
        assert [(page["escalation"], page["step"]) for page in before["pages"]] == [("calls", 1)]
    async with serve(policy(SECOND, "later")):
        assert await serve.restart("conversation/later")
        after = await story.settled()
        (page,), (clock,) = after["pages"], after["clocks"]
        assert (after["policy"]["name"], after["team"]) == ("later v2", "desk")
        assert (page["escalation"], page["by"], page["step"], page["ended"]) == ("calls", "pagers", 1, "")
        assert (clock["state"], clock["hours"], clock["due_at"]) == (
            "breached",
            "daytime",
            before["clocks"][0]["due_at"],
        )
        assert (await texts(story))[1:5] == [
            "It was under later v1, and goes on under later v2: elapsed time counts",
            "Assigned to Front: later v2 has no team front",
            "calls goes on as pagers",
            "calls round 1, step 1: slack:#later-1",
        ]
        await story.handle.terminate()
    assert called(slack, "later") == ["#later-1", "#later-1"]


async def test_a_call_that_no_later_version_makes_ends_heard(serve: Serving, slack: FakeSlack) -> None:
    """Where the worker's version calls nobody for it any more, the call ends and those under `alert` hear of it."""
    async with serve(policy(FIRST, "ending")):
        story = await waiting(serve, "ending", 16)
    async with serve(policy(ENDING, "ending")):
        assert await serve.restart("conversation/ending")
        (page,) = (await story.settled())["pages"]
        assert page["ended"] == "ending v2 has no such escalation"
        assert "calls ends, nobody else is called: ending v2 has no such escalation" in await texts(story)
        await story.handle.terminate()
    assert called(slack, "ending") == ["#ending-1", "#ending-alert"]


async def test_a_restarted_conversation_whose_policy_is_gone(serve: Serving) -> None:
    """Where no worker has its policy any more, it goes on under the default one, and its timeline says so."""
    async with serve(policy(FIRST, "gone")):
        story = await waiting(serve, "gone", 5)
    async with serve():
        assert await serve.restart("conversation/gone")
        after, told = await story.settled(), await texts(story)
        assert after["policy"]["name"].partition(" ")[0] == "tiered"
        assert told[1].startswith("Unknown policy gone (")
        assert told[1].endswith(f"): running under {after['policy']['name']}")
        assert f"It was under gone v1, and goes on under {after['policy']['name']}: elapsed time counts" in told
        assert f"Assigned to Tier 1 — General: {after['policy']['name']} has no team front" in told
        await story.handle.terminate()
