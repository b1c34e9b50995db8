"""A team that a new version of the policy does not have: its customers go on elsewhere, and people hear of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from activities.audit.findings import AuditRequest
from activities.audit.look import Audit
from tests.cases import case
from tests.fakes.slack import FakeSlack
from tests.stories.alive.runs import failed_tasks
from tests.stories.conftest import Story, next_weekday, replay_all
from tests.stories.teams import Crew, documents, until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.new_versions import tell_teams
from worker.temporal.skipping import Clockwork, skipping_server

MONDAY_10_AM = next_weekday(0, 10)
BEFORE = case("stories/queues/closing")
DELETED = (
    BEFORE.replace("version: 1", "version: 2")
    .replace("  billing: {name: Billing, sla: usual, queue: {}}\n", "")
    .replace("email: billing", "email: care")
    .replace("ann: {team: billing}", "ann: {team: care}")
)


@pytest.fixture
async def server(settings: Settings, house: OutsideSystems) -> AsyncIterator[Clockwork]:
    """Yield a server without workers; replay all histories at the end."""
    async with skipping_server() as clockwork:
        yield clockwork
        async with make_worker(clockwork.client, settings, house, documents(settings, DELETED)):
            await replay_all(clockwork)


async def begin(server: Clockwork, name: str) -> Story:
    """Start a conversation whose customer waits."""
    body = {"conversation_id": name, "policy": "closing", "channel": "email"}
    story = Story(await server.start(body, MONDAY_10_AM), server, MONDAY_10_AM, name)
    await until(lambda: stands(story, "billing", "waiting"))
    return story


async def stands(story: Story, team: str, state: str) -> bool:
    """True where the conversation belongs to this team, and is in its queue in this state."""
    now = await story.settled()
    return now["place"] is not None and (now["team"], now["place"]["state"]) == (team, state)


@pytest.mark.slow
async def test_customers_of_a_deleted_team_go_where_the_new_version_routes_them(
    server: Clockwork, settings: Settings, house: OutsideSystems, slack: FakeSlack
) -> None:
    """Team Billing is deleted: those who wait go to Care in their order, as do reopened ones; its leads hear of it."""
    billing, care = (
        Crew(team, server.client.get_workflow_handle(f"team/{team}"), server) for team in ("billing", "care")
    )
    async with make_worker(server.client, settings, house, documents(settings, BEFORE)):
        done, held, first, second = [await begin(server, name) for name in ("done", "held", "first", "second")]
        await done.order("resolve")
        await held.order("take", actor="ann")
        await until(lambda: stands(held, "billing", "owned"))
    after = documents(settings, DELETED)
    async with make_worker(server.client, settings, house, after):
        assert await tell_teams(server.client, after)
        for story, state in ((held, "owned"), (first, "waiting"), (second, "waiting")):
            await until(lambda story=story, state=state: stands(story, "care", state))
            assert (await story.state())["policy"]["name"] == "closing v2"
        await until(lambda: is_empty(billing))
        assert await care.waiting() == ["first", "second"]
        assert (await held.state())["assignee"] == "ann"
        [alert] = [message for message in slack.in_channel("#closing-leads") if "no queue" in message.words]
        assert "closing v2 has no queue for team billing: 3 conversations go where it routes them" in alert.words
        assert [each["policy"] for each in (await billing.state())["closed_by"]] == ["closing v2"]
        await done.tell("message", author="customer", text="One more thing.")
        await until(lambda: stands(done, "care", "waiting"))
        assert "team_closed" in await done.kinds()
        await until(lambda: is_empty(billing))
        found = await Audit(server.client).look(AuditRequest(), now=datetime.now(UTC) + timedelta(minutes=5))
        assert "closed_queue" not in found.counts
        for story in (done, held, first, second):
            assert await failed_tasks(story) == []
        assert await tell_teams(server.client, after)


@pytest.mark.slow
async def test_a_version_that_no_worker_has_yet_is_looked_for_again(
    server: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """During a deployment the conversation's worker lacks the new version: it is adopted once a worker has it."""
    async with make_worker(server.client, settings, house, documents(settings, BEFORE)):
        story = await begin(server, "rolling")
        ticket = (await story.state())["place"]["ticket"]
        await story.tell("team_closed", team="billing", ticket=ticket, policy="closing", version=2)
        await story.settled()
        assert await stands(story, "billing", "waiting")
    async with make_worker(server.client, settings, house, documents(settings, DELETED)):
        await story.after(minutes=6)
        await until(lambda: stands(story, "care", "waiting"))


async def test_the_audit_finds_who_has_not_left_a_closed_queue(
    server: Clockwork, settings: Settings, house: OutsideSystems
) -> None:
    """A conversation that no worker serves has not left the deleted team's queue: the audit names the team."""
    body = {"conversation_id": "stuck", "policy": "closing", "channel": "email"}
    await server.client.start_workflow("Conversation", body, id="conversation/stuck", task_queue="nowhere")
    asked = {
        "conversation": "stuck",
        "ticket": "t",
        "since": MONDAY_10_AM.isoformat(),
        "policy": "closing",
        "version": 1,
    }
    async with make_worker(server.client, settings, house, documents(settings, DELETED)):
        start = {"team": "billing", "policy": "closing"}
        handle = await server.client.start_workflow(
            "Team", start, id="team/billing", task_queue="baton", start_signal="asked", start_signal_args=[asked]
        )
        await until(lambda: is_closed(Crew("billing", handle, server)))
        report = await Audit(server.client).look(AuditRequest(), now=datetime.now(UTC) + timedelta(minutes=5))
        [found] = [found for found in report.findings if found.kind == "closed_queue"]
        assert (found.team, found.repaired) == ("billing", False)
        assert found.what == "closing v2 has no queue for this team, but 1 conversations have not left it yet"
        await handle.terminate("end of the story")
        await server.client.get_workflow_handle("conversation/stuck").terminate("end of the story")


async def is_closed(crew: Crew) -> bool:
    """True where a version has closed the queue, and a conversation is still in it."""
    state = await crew.state()
    return bool(state["closed_by"] and state["line"])


async def is_empty(crew: Crew) -> bool:
    """True where the team holds no conversation."""
    state = await crew.state()
    return not (state["line"] or state["with"])
