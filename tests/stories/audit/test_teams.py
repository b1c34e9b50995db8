"""The audit of teams' queues, and of conversations that wait for another workflow."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio import workflow
from temporalio.worker import Worker

from activities.audit.findings import AuditReport, AuditRequest, Finding
from activities.audit.look import Audit
from activities.catalog import Catalog
from activities.incidents.store import IncidentStore
from activities.workflows.conversations import Conversations
from tests.conftest import story_policies
from tests.stories.audit.audits import end_like_the_server, listed
from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import Crew, until
from tests.unsandboxed import Unsandboxed
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.skipping import Clockwork, dynamic_config, skipping_server
from workflows.arrivals.handlers import takes_one_payload
from workflows.contract import ID_PREFIX
from workflows.team import TeamWorkflow

pytestmark = pytest.mark.slow

MONDAY_10_AM = next_weekday(0, 10)
LATER = MONDAY_10_AM + timedelta(minutes=3)
Look = Callable[..., Awaitable[AuditReport]]
Begin = Callable[..., Awaitable[Story]]


@workflow.defn(name="Team")
class ForgetfulTeam(TeamWorkflow):
    """A team with a bug: it never arms its timer."""

    @workflow.init
    @takes_one_payload
    def __init__(self, *inputs: Any) -> None:
        super().__init__(*inputs)

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> None:
        """Run as usual."""
        await super().run(*inputs)

    def _set_alarm(self) -> None:
        pass


@pytest.fixture
async def clockwork(settings: Settings, house: OutsideSystems) -> AsyncIterator[Clockwork]:
    """Yield a server of the test's own, with a worker that knows the stories' teams."""
    in_one_part = dynamic_config({f"matching.numTaskqueue{side}Partitions": "1" for side in ("Read", "Write")})
    async with (
        skipping_server(extra=in_one_part) as clockwork,
        make_worker(clockwork.client, settings, house, story_policies()),
    ):
        yield clockwork


@pytest.fixture
def begin(clockwork: Clockwork, request: pytest.FixtureRequest) -> Begin:
    """Return a function that starts a conversation on Monday at 10."""

    async def start(name: str = "one", policy: str = "queue-01") -> Story:
        identifier = f"{request.node.name}-{name}"
        body = {"conversation_id": identifier, "policy": policy, "channel": "email"}
        story = Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, identifier)
        await story.settled()
        return story

    return start


@pytest.fixture
def look(clockwork: Clockwork) -> Look:
    """Return a function that makes one pass of a new audit."""

    async def once(now: datetime = LATER, **asked: Any) -> AuditReport:
        return await Audit(clockwork.client).look(AuditRequest(**asked), now=now)

    return once


async def crew(clockwork: Clockwork, queue: str = "baton") -> Crew:
    """Start the team of these stories, and move its clock to Monday at 10."""
    handle = await clockwork.client.start_workflow(
        "Team", {"team": "team-01", "policy": "queue-01"}, id="team/team-01", task_queue=queue
    )
    await clockwork.go_to(handle, MONDAY_10_AM)
    return Crew("01", handle, clockwork)


async def in_queue(story: Story, team: Crew) -> None:
    """Wait until the team has the queue entry and the conversation knows of it."""

    async def stands() -> bool:
        entry = (await story.settled())["place"]
        return story.id in await team.waiting() and entry is not None

    await until(stands)


async def test_a_team_that_slept_through_its_time(
    clockwork: Clockwork, begin: Begin, look: Look, house: OutsideSystems, settings: Settings
) -> None:
    """A team slept through an offer's end: the audit finds and nudges it, and the next agent gets the offer."""
    catalog, conversations = Catalog(story_policies(), "tiered"), Conversations(clockwork.client, ID_PREFIX)
    forgetful = Worker(
        clockwork.client,
        task_queue="forgetful",
        workflows=[ForgetfulTeam],
        activities=[catalog.resolve, conversations.tell_all],
        workflow_runner=Unsandboxed(),
    )
    async with forgetful:
        team = await crew(clockwork, "forgetful")
        await team.there("ann", "bob")
        story = await begin()

        async def is_offered() -> bool:
            return (await team.has()).get(story.id) == ("offered", "ann")

        await until(is_offered)
        await story.settled()
        await team.after(minutes=5)
        now = MONDAY_10_AM + timedelta(minutes=5)
        (told,) = [each for each in (await look(now, repair=False)).findings if each.team]
        (found,) = [each for each in (await look(now)).findings if each.team]
        assert (told.kind, told.team, told.repaired) == ("overdue", "team-01", False)
        assert found == told.model_copy(update={"repaired": True})
        assert (await team.has())[story.id] == ("offered", "bob")


async def test_a_team_that_the_server_ended_has_its_entries_again(
    clockwork: Clockwork, begin: Begin, look: Look
) -> None:
    """A team that the server ended is resumed with its queue; ended again, it starts anew and gets its entries back."""
    team = await crew(clockwork)
    story = await begin()
    await in_queue(story, team)
    await end_like_the_server(clockwork.client, team.handle)
    report = await look()
    assert [(each.kind, each.team, each.repaired) for each in report.findings] == [("lost", "team-01", True)]
    await in_queue(story, team)
    await end_like_the_server(clockwork.client, team.handle)
    report = await look()
    assert sorted((each.kind, each.subject, each.repaired) for each in report.findings) == [
        ("lost", "team team-01", True),
        ("lost_place", story.id, True),
    ]
    await in_queue(story, team)
    # The new run's clock was not moved forward: it is late for an audit that looks at Monday.
    assert not {"lost", "lost_place"} & (await look(repair=False)).counts.keys()


async def test_a_team_that_a_person_terminated(clockwork: Clockwork, begin: Begin, look: Look) -> None:
    """An operator terminated a team: the audit has the waiting conversation start it again."""
    team = await crew(clockwork)
    story = await begin()
    await in_queue(story, team)
    await team.handle.terminate(reason="by mistake")
    await listed(clockwork.client, "WorkflowType = 'Team' AND ExecutionStatus = 'Terminated'")
    (told,) = [each for each in (await look(repair=False)).findings if each.kind == "lost_place"]
    what = "it waits in the queue of team team-01, which does not run"
    assert (told.conversation_id, told.what, told.repaired) == (story.id, what, False)
    assert (await look()).left == 0
    await in_queue(story, team)


async def test_a_team_with_more_lost_conversations_than_one_pass_asks(
    clockwork: Clockwork, begin: Begin, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminated team has more waiting conversations than a pass asks: the audit says that it has not seen all."""
    monkeypatch.setattr("activities.audit.queues._MOST", 1)
    team = await crew(clockwork)
    for name in ("one", "two"):
        await in_queue(await begin(name), team)
    await team.handle.terminate(reason="by mistake")
    await listed(clockwork.client, "WorkflowType = 'Team' AND ExecutionStatus = 'Terminated'")
    found = [(each.kind, each.team) for each in (await look(ask=0)).findings]
    assert ("unseen", "team-01") in found


async def test_an_entry_whose_conversation_is_gone(clockwork: Clockwork, begin: Begin, look: Look) -> None:
    """A terminated conversation keeps neither its queue entry nor an agent's capacity."""
    team = await crew(clockwork)
    await team.there("ann")
    story = await begin()

    async def is_offered() -> bool:
        return (await team.has()).get(story.id) == ("offered", "ann")

    await until(is_offered)
    await story.handle.terminate()
    await listed(clockwork.client, "WorkflowType = 'Conversation' AND ExecutionStatus = 'Terminated'")
    report = await look()
    gone = Finding(
        kind="lost_place",
        conversation_id="",
        team="team-01",
        what=f"{story.id} has a place here, but does not run",
        repaired=True,
    )
    assert gone in report.findings
    assert (await team.has(), report.left) == ({}, 0)


async def test_a_conversation_that_waits_for_a_dead_incident(clockwork: Clockwork, begin: Begin, look: Look) -> None:
    """A call that an incident took over goes on by itself when that incident does not run; the audit finds nothing."""
    story = await begin(policy="calling")
    await story.tell("tag_added", tag="urgent", at=MONDAY_10_AM)
    (run,) = (await story.settled())["pages"]
    identifier = f"{run['escalation']}.{run['generation']}"
    await story.tell("folded", incident="incident-of-nobody", page=identifier, at=MONDAY_10_AM)

    async def goes_on() -> bool:
        return "resumed" in await story.kinds() and not (await story.settled())["pages"][0]["incident"]

    await until(goes_on)
    assert "dead_incident" not in (await look(repair=False)).counts


@pytest.mark.slow
async def test_members_of_an_incident_that_has_died(
    clockwork: Clockwork, begin: Begin, look: Look, house: OutsideSystems
) -> None:
    """An incident that took over three calls was terminated: the audit has all three call by themselves again."""
    stories = [await begin(str(number), policy="storms") for number in range(3)]
    for story in stories:
        await story.tell("tag_added", tag="login")
        await story.settled()
    incidents = [each.id for each in await IncidentStore(house.store).incidents(limit=500)]

    async def taken_over() -> list[str]:
        return [(await story.settled())["pages"][0]["incident"] for story in stories]

    async def are_folded() -> bool:
        return set(await taken_over()) <= set(incidents)

    await until(are_folded)
    name = (await taken_over())[0]
    await clockwork.client.get_workflow_handle(f"conversation/{name}").terminate()
    await listed(clockwork.client, f"WorkflowId = 'conversation/{name}' AND ExecutionStatus = 'Terminated'")
    found = [
        Finding(
            kind="dead_incident",
            conversation_id=story.id,
            what=f"its calls wait for incident {name}, which does not run",
        )
        for story in stories
    ]
    told = (await look(repair=False)).findings
    assert [each for each in told if each.kind == "dead_incident"] == found
    mended = (await look()).findings
    assert [each for each in mended if each.kind == "dead_incident"] == [
        each.model_copy(update={"repaired": True}) for each in found
    ]
    assert await taken_over() == [""] * 3
    assert "dead_incident" not in (await look()).counts
