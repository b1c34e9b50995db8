"""A channel and a helpdesk that are new, each a folder and its rows, on the real server."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web

from policies.document.channels import CHANNELS, ChannelTerms
from policies.loading.load import load_policy
from tests.examples.fake_company import SECRET, FakeCompany
from tests.examples.teams.channel import Teams
from tests.examples.teams.door import TeamsDoor
from tests.examples.teams.settings import TeamsSettings
from tests.examples.zen.desk import Zen
from tests.examples.zen.settings import ZenSettings
from tests.stories.conftest import Story, next_weekday
from worker.environment.settings import Settings, own
from worker.process.channels import OPENINGS, Opening, open_doors
from worker.process.desks import DESKS
from worker.process.hosting import make_worker, open_house
from worker.temporal.skipping import Clockwork

MONDAY_10_AM = next_weekday(0, 10)
POLICY = """\
policy: teams
version: 1
teams: {support: {name: Support}}
channels: {email: support}
people: {anna: {name: Anna}}
rules:
  - {name: urgent, on: tag_added, do: [{notify: on-call}]}
escalations:
  on-call:
    lead: teams:#leads
    steps:
      - {notify: "teams:#support", wait: 5m}
"""


@pytest.fixture
async def company(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeCompany]:
    """Yield the company, for which both rows are added and the variables are set."""
    terms = ChannelTerms(re.compile(r"#\S+"), "`{target}` is not a Teams channel: write `teams:#channel`")
    monkeypatch.setitem(CHANNELS, "teams", terms)  # type: ignore
    monkeypatch.setitem(OPENINGS, "teams", Opening(TeamsSettings, Teams, TeamsDoor))  # type: ignore
    monkeypatch.setitem(DESKS, "zen", lambda _store: Zen(own(ZenSettings)))  # type: ignore
    async with FakeCompany() as made:
        monkeypatch.setenv("BATON_TEAMS_URL", made.url)
        monkeypatch.setenv("BATON_TEAMS_SECRET", SECRET)
        monkeypatch.setenv("BATON_TEAMS_PEOPLE", '{"29:anna": "anna"}')
        monkeypatch.setenv("BATON_ZEN_URL", f"{made.url}/desk")
        yield made


@pytest.fixture
async def door(company: FakeCompany, settings: Settings, clockwork: Clockwork) -> AsyncIterator[str]:
    """Serve the doors of all channels, and yield their address."""
    doors, app = open_doors(settings, clockwork.client), web.Application()
    app.add_routes(doors.routes)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with doors.pressed():
        yield f"http://{host}:{port}"
    await runner.cleanup()


async def test_a_person_answers_a_call_on_a_new_channel(
    company: FakeCompany, door: str, settings: Settings, clockwork: Clockwork
) -> None:
    """Anna presses the button of a call on Teams: the message says so, nobody else is called, the helpdesk has it."""
    own_queue = settings.model_copy(update={"task_queue": "teams", "desk": "zen"})
    document = load_policy(POLICY, file="teams.yaml", today=datetime.now(UTC).date())
    async with (
        open_house(own_queue) as house,
        make_worker(clockwork.client, own_queue, house, {"teams": document, own_queue.default_policy: document}),
    ):
        body = {"conversation_id": "new-channel", "policy": "teams", "channel": "email"}
        handle = await clockwork.start(body, MONDAY_10_AM, task_queue="teams")
        story = Story(handle, clockwork, MONDAY_10_AM, "new-channel")
        await story.tell("tag_added", tag="urgent")
        await story.settled()
        (message,) = company.messages.values()
        assert message["channel"] == "#support"
        assert await company.press("1", "29:ben", door=door) == (
            "Baton does not know you: have yourself added to BATON_TEAMS_PEOPLE."
        )
        assert await company.press("1", "29:anna", door=door) == ""
        await story.settled()
        assert "acknowledged by Anna" in company.messages["1"]["text"]
        assert company.messages["1"]["buttons"] == []
        await story.after(minutes=10)
        await story.settled()
        assert len(company.messages) == 1
        assert [asked["team"] for asked in company.asked_of_desk if asked["kind"] == "assign"] == ["support"]
