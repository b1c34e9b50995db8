"""Lost conversations and teams that `baton restart`, the audit or a new start brings back, under their own policy."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import (
    Client,
    FetchWorkflowHistoryEventsInput,
    Interceptor,
    WorkflowHandle,
    WorkflowHistoryEventAsyncIterator,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.converter import DataConverter

from activities.audit.findings import AuditRequest
from activities.audit.look import Audit
from activities.ledger.standings import Standings
from policies import decide
from policies.document.document import Document
from policies.loading.load import load_policy
from tests.cases import case
from tests.conftest import asked
from tests.fakes.slack import FakeSlack
from tests.stories.audit.audits import Gone, end_like_the_server, listed
from tests.stories.conftest import STORY_POLICIES, Story
from tests.stories.teams import Crew, until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.temporal.skipping import Clockwork, skipping_server
from workflows.carrying.pinned import left_behind
from workflows.conversations.state import ConversationState

pytestmark = pytest.mark.slow

FIRST = case("stories/audit/first")
SECOND = (
    FIRST.replace("version: 1", "version: 2")
    .replace("front:", "desk:")
    .replace("email: front", "email: desk")
    .replace("office", "daytime")
    .replace("std", "norm")
    .replace("calls", "pagers")
)
"""The same policy with other names for the team, the hours, the promises and the ladder."""
ENDING = SECOND.replace("do: [{notify: pagers}]", 'do: [{note: "Late"}]').replace("wait: 5m", "wait: 6m")
"""A version whose rule calls nobody, and whose ladder has other steps, so that a running call ends."""


def policy(text: str, name: str) -> Document:
    """Return a policy under a name of its own."""
    return load_policy(text.replace("NAME", name), file=f"{name}.yaml", today=datetime.now(UTC).date())


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Clockwork]:
    """Yield a server without workers."""
    async with skipping_server() as clockwork:
        yield clockwork


class Serving:
    """A maker of workers and audits for this server."""

    def __init__(self, server: Clockwork, settings: Settings, house: OutsideSystems) -> None:
        self.server = server
        self._settings = settings
        self._house = house

    def __call__(self, *documents: Document) -> Any:
        """Return a worker with the shipped policies and these."""
        known = {**load_policies(self._settings), **{each.policy: each for each in documents}}
        return make_worker(self.server.client, self._settings, self._house, known)

    def audit(self, *interceptors: Interceptor) -> Audit:
        """Return a new audit, whose client has these interceptors."""
        client = self.server.client
        own = Client(client.service_client, data_converter=client.data_converter, interceptors=interceptors)
        return Audit(own, store=self._house.store, ask_within=timedelta(seconds=30))

    async def restart(self, workflow_id: str, *interceptors: Interceptor) -> bool:
        """Restart the workflow as an operator does, and return whether that worked."""
        return (await self.audit(*interceptors).restart(workflow_id, self._settings.task_queue)).repaired


@pytest.fixture
def serve(server: Clockwork, settings: Settings, house: OutsideSystems) -> Serving:
    """Return the maker of this server's workers."""
    return Serving(server, settings, house)


async def waiting(serve: Serving, name: str, minutes: int, **start: Any) -> Story:
    """Start a conversation whose customer has waited so many minutes, in real time."""
    began = datetime.now(UTC) - timedelta(minutes=minutes)
    body = {"conversation_id": name, "policy": name, "channel": "email", "opened_at": began.isoformat(), **start}
    said = {"event_id": f"{name}-1", "author": "customer", "text": "Hello?", "occurred_at": began.isoformat()}
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
    """Return the channels where people were called, in order; updates of those messages don't count."""
    return [sent.channel for sent in slack.messages if sent.key.startswith(f"{name}/") and "/notify/" in sent.key]


async def texts(story: Story) -> list[str]:
    """Return the texts of the timeline."""
    return [entry["text"] for entry in await story.timeline()]


async def test_a_restarted_conversation_keeps_its_policy(serve: Serving) -> None:
    """A conversation that an operator restarts keeps its policy, team and clocks, and records only that it goes on."""
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
    """A restarted conversation whose team and ladder have other names in the worker's version goes on under those."""
    async with serve(policy(FIRST, "later")):
        story = await waiting(serve, "later", 16)
        before = await story.settled()
        assert [(run["escalation"], run["step"]) for run in before["pages"]] == [("calls", 1)]
    async with serve(policy(SECOND, "later")):
        assert await serve.restart("conversation/later")
        after = await story.settled()
        (run,), (clock,) = after["pages"], after["clocks"]
        assert (after["policy"]["name"], after["team"]) == ("later v2", "desk")
        assert (run["escalation"], run["by"], run["step"], run["ended"]) == ("calls", "pagers", 1, "")
        assert (clock["state"], clock["hours"], clock["due_at"]) == (
            "breached",
            "daytime",
            before["clocks"][0]["due_at"],
        )
        assert (await texts(story))[1:5] == [
            "It was under later v1, and goes on under later v2: elapsed time counts",
            "Assigned to Front: later v2 has no team front",
            "calls goes on as pagers",
            "Internal note: “Front has this from now on: later v2 has no team front.”",
        ]
        await story.handle.terminate()
    assert called(slack, "later") == ["#later-1"]


async def test_a_call_of_other_steps_begins_from_the_first(serve: Serving, slack: FakeSlack) -> None:
    """A restart finds a ladder that calls other people: those people are called at once, from the first step."""
    async with serve(policy(FIRST, "other")):
        story = await waiting(serve, "other", 16)
    async with serve(policy(SECOND.replace("#NAME-1", "#NAME-0"), "other")):
        assert await serve.restart("conversation/other")
        (run,) = (await story.settled())["pages"]
        assert (run["by"], run["step"]) == ("pagers", 1)
        await story.handle.terminate()
    assert called(slack, "other") == ["#other-1", "#other-0"]


async def test_the_second_step_is_not_called_again(serve: Serving, slack: FakeSlack, house: OutsideSystems) -> None:
    """A renamed ladder continues at step 2, which the ledger has as its present step; nobody is called twice."""
    soon = '#NAME-1", wait: 5m', '#NAME-1", wait: 1s'
    async with serve(policy(FIRST.replace(*soon), "steps")):
        story = await waiting(serve, "steps", 16)
        await on_record(story, lambda: knows_step(house, "steps", 2))
        await end_like_the_server(serve.server.client, story.handle)
    async with serve(policy(SECOND.replace(*soon), "steps")):
        await sent_again(story, "steps-1")
        (run,) = (await story.settled())["pages"]
        assert (run["by"], run["round"], run["step"], run["ended"]) == ("pagers", 1, 2, "")
        await story.handle.terminate()
    assert called(slack, "steps") == ["#steps-1", "#steps-2"]


async def knows_step(house: OutsideSystems, name: str, step: int) -> bool:
    """True where the ledger's record has the on-call run at this step."""
    known = await Standings(house.store).of(name)
    return known is not None and [run["step"] for run in known[0]["pages"]] == [step]


async def test_a_call_that_no_later_version_makes_ends_heard(serve: Serving, slack: FakeSlack) -> None:
    """A restart finds a version that calls nobody: the call ends, and the people under `alert` hear it."""
    async with serve(policy(FIRST, "ending")):
        story = await waiting(serve, "ending", 16)
    async with serve(policy(ENDING, "ending")):
        assert await serve.restart("conversation/ending")
        (run,) = (await story.settled())["pages"]
        assert run["ended"] == "ending v2 has no such escalation"
        assert "calls ends, nobody else is called: ending v2 has no such escalation" in await texts(story)
        await story.handle.terminate()
    assert called(slack, "ending") == ["#ending-1", "#ending-alert"]


async def test_a_restarted_conversation_whose_policy_is_gone(serve: Serving) -> None:
    """A restart finds no worker with the policy: the conversation goes on under the default one, and says so."""
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


def raise_it(*_inputs: Any) -> Any:
    """Raise, as a bug would."""
    raise RuntimeError("a bug of ours")


async def went_on(story: Story, run_id: str) -> None:
    """Wait until another run has started and its first task has failed."""

    async def has_failed() -> bool:
        described = await story.handle.describe()
        return described.run_id != run_id and described.raw_description.pending_workflow_task.attempt > 1

    await until(has_failed)


@pytest.mark.slow
async def test_a_run_that_can_not_begin_loses_nothing(serve: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose first task fails is restarted with all that it was handed, also with the message set aside."""
    with monkeypatch.context() as broken:
        async with serve(policy(FIRST, "wedged")):
            story = await waiting(serve, "wedged", 5)
            await sets_message_aside(story, broken, "a-1")
            before, run_id = await story.settled(), (await story.handle.describe()).run_id
            broken.setattr(ConversationState, "judge_again", raise_it)
            await story.handle.signal("retry", {})
            await went_on(story, run_id)
            await story.handle.signal("message", {"event_id": "a-2", "author": "customer", "text": "Hello?"})
    assert await serve.restart(story.handle.id)
    async with serve(policy(FIRST, "wedged")):
        after = await story.settled()
        assert after["policy"] == before["policy"]
        assert [after[name] for name in ("opened_at", "team")] == [before[name] for name in ("opened_at", "team")]
        assert (before["messages"], after["messages"], after["set_aside"]) == (1, 3, [])
        assert (await story.kinds())[0] == "conversation_started"
        await story.handle.terminate()


@pytest.mark.slow
async def test_a_run_that_can_not_begin_again_goes_on_from_the_ledger(
    serve: Serving, house: OutsideSystems, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the handed-over state fails in a second run, too, the third run continues the ledger's record.

    The message that had been set aside counts, and counts once.
    """
    with monkeypatch.context() as broken:
        async with serve(policy(FIRST, "relapsed")):
            story = await waiting(serve, "relapsed", 5)
            await tagged(story, house)
            await sets_message_aside(story, broken, "b-1")
            run_id = (await story.handle.describe()).run_id
            broken.setattr(ConversationState, "judge_again", raise_it)
            await story.handle.signal("retry", {})
            await went_on(story, run_id)
            second = (await story.handle.describe()).run_id
            await serve.restart(story.handle.id)
            await went_on(story, second)
            await story.handle.signal("message", {"event_id": "b-2", "author": "customer", "text": "Hello?"})
    before, _ = await Standings(house.store).of("relapsed") or pytest.fail("the ledger knows nothing")
    assert await serve.restart(story.handle.id)
    async with serve(policy(FIRST, "relapsed")):
        await until(lambda: has_counted(story, 3))
        await story.handle.signal("message", {"event_id": "b-1", "author": "customer", "text": "Where is it?"})
        await story.handle.signal("message", {"event_id": "b-3", "author": "customer", "text": "Anybody?"})
        await until(lambda: has_counted(story, 4))
        after = await story.settled()
        same = ("tags", "opened_at", "team", "clocks", "life")
        assert {name: after[name] for name in same} == {name: before[name] for name in same}
        assert after["set_aside"] == []
        assert "imported" in await story.kinds()
        await story.handle.terminate()


async def test_a_policy_that_was_left_behind(serve: Serving, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy too large to carry on is looked up again: a newer version counts as adopted, with its new names."""
    with monkeypatch.context() as broken:
        async with serve(policy(FIRST, "left")):
            story = await waiting(serve, "left", 16)
            await sets_message_aside(story, broken, "l-1")
            body = await handed_on(story)
            await story.handle.terminate()
    carried = {**body["carried"], "pinned": left_behind(body["carried"]["pinned"])}
    async with serve(policy(SECOND, "left")):
        start = {"carried": carried, "taken_over": True}
        await serve.server.client.start_workflow("Conversation", start, id=story.handle.id, task_queue="baton")
        after = await story.settled()
        (run,) = after["pages"]
        assert (after["policy"]["name"], after["team"], after["set_aside"]) == ("left v2", "desk", [])
        assert (run["escalation"], run["by"], run["step"], run["ended"]) == ("calls", "pagers", 1, "")
        assert {
            "It was under left v1, and goes on under left v2: elapsed time counts",
            "Assigned to Front: left v2 has no team front",
            "calls goes on as pagers",
        } <= set(await texts(story))
        await story.handle.terminate()
    assert called(slack, "left") == ["#left-1"]


async def handed_on(story: Story) -> dict[str, Any]:
    """Return the input of the run that follows when the conversation is told to judge again."""
    run_id = (await story.handle.describe()).run_id
    await story.handle.signal("retry", {})

    async def has_followed() -> bool:
        return (await story.handle.describe()).run_id != run_id

    await until(has_followed)
    return await began_with(story.handle)


async def began_with(handle: WorkflowHandle[Any, Any]) -> dict[str, Any]:
    """Return the input of the latest run."""
    history = await handle.fetch_history()
    inputs = history.events[0].workflow_execution_started_event_attributes.input.payloads
    (body,) = await DataConverter.default.decode(inputs)
    return dict(body)


async def sets_message_aside(story: Story, broken: pytest.MonkeyPatch, event_id: str) -> None:
    """Send a message that can't be judged, and wait until it is set aside."""
    play = decide.play
    broken.setattr(decide, "play", lambda turn, fact: raise_it() if fact.event_id == event_id else play(turn, fact))
    await story.handle.signal("message", {"event_id": event_id, "author": "customer", "text": "Where is it?"})
    await until(lambda: has_aside(story, [event_id]))


async def has_aside(story: Story, ids: list[str]) -> bool:
    """True where exactly these events are set aside."""
    return [each["id"] for each in (await asked(story.handle, "state"))["set_aside"]] == ids


class Mute(Gone):
    """A client of a server that can't replay ended runs, though their histories are there."""

    def fetch_workflow_history_events(
        self, input: FetchWorkflowHistoryEventsInput
    ) -> WorkflowHistoryEventAsyncIterator:
        """Return the history as it is."""
        return self.next.fetch_workflow_history_events(input)


@pytest.mark.parametrize("interceptors", [[], [Mute()]], ids=["that can be asked", "whose conversations can be asked"])
async def test_a_restarted_team_keeps_its_policy(serve: Serving, interceptors: list[Interceptor]) -> None:
    """A team in its second run is restarted under its own policy, and offers the waiting conversation to an agent."""
    name = f"crew-{len(interceptors)}"
    template = (STORY_POLICIES / "queue.yaml.template").read_text().replace("NUMBER", "NAME")
    async with serve(policy(template, name)):
        story = await waiting(serve, name, 5, policy=f"queue-{name}")
        crew = Crew(name, serve.server.client.get_workflow_handle(f"team/team-{name}"), serve.server)
        await goes_on_in_another_run(crew)
        assert await serve.restart(crew.handle.id, *interceptors)
        assert (await crew.state())["policy"]["name"] == f"queue-{name} v1"
        await serve.audit().look(AuditRequest(grace=timedelta(0)))
        await crew.there("ann")
        await until(lambda: has(crew, {name: ("offered", "ann")}))
        await story.handle.terminate()
        await crew.handle.terminate()


async def test_a_team_whose_policy_was_left_behind(serve: Serving) -> None:
    """A team's policy has to be looked up again: Bob is no member in the new version, so Ann gets his conversation."""
    template, name = (STORY_POLICIES / "queue.yaml.template").read_text().replace("NUMBER", "NAME"), "crew-left"
    later = template.replace("version: 1", "version: 2").replace(
        "  bob: {name: Bob, team: team-NAME, slack: UBOB, languages: [de, en]}", "  bob: {name: Bob, slack: UBOB}"
    )
    async with serve(policy(template, name)):
        story = await waiting(serve, name, 5, policy=f"queue-{name}")
        crew = Crew(name, serve.server.client.get_workflow_handle(f"team/team-{name}"), serve.server)
        await crew.there("bob")
        await until(lambda: has(crew, {name: ("offered", "bob")}))
        await goes_on_in_another_run(crew)
        body = await began_with(crew.handle)
        await crew.handle.terminate()
    carried = {**body["carried"], "pinned": left_behind(body["carried"]["pinned"])}
    async with serve(policy(later, name)):
        start = {"carried": carried, "taken_over": True}
        await serve.server.client.start_workflow("Team", start, id=crew.handle.id, task_queue="baton")
        await crew.there("ann")
        await until(lambda: has(crew, {name: ("offered", "ann")}))
        assert (await crew.state())["policy"]["name"] == f"queue-{name} v2"
        await story.handle.terminate()
        await crew.handle.terminate()


async def goes_on_in_another_run(crew: Crew) -> None:
    """Have the team set an event aside and judge it again, which it does in another run."""
    run_id = (await crew.handle.describe()).run_id
    ghost = {"conversation": "ghost", "ticket": "a", "needs": [{"skill": "x", "steps": [["nan", 1]]}]}
    await crew.handle.signal("asked", {**ghost, "since": datetime.now(UTC).isoformat()})
    await until(lambda: sets_aside(crew))
    await crew.handle.signal("retry", {})

    async def has_followed() -> bool:
        described = await crew.handle.describe()
        return described.run_id != run_id and not described.raw_description.HasField("pending_workflow_task")

    await until(has_followed)


async def sets_aside(crew: Crew) -> bool:
    """True where the team has an event set aside."""
    return bool((await crew.state())["set_aside"])


async def has(crew: Crew, wanted: dict[str, tuple[str, str]]) -> bool:
    """True where the team's agents have exactly these conversations."""
    return await crew.has() == wanted


async def lost(serve: Serving, house: OutsideSystems, name: str) -> Story:
    """Start a conversation, have it adopt another policy, and end its run as the server does."""
    story = await waiting(serve, name, 5, policy="tiered")
    await story.order("adopt_policy", policy=name, mode="carry")
    await tagged(story, house)
    await end_like_the_server(serve.server.client, story.handle)
    return story


async def tagged(story: Story, house: OutsideSystems) -> None:
    """Add a tag, and wait until the ledger has it."""
    await story.handle.signal("tag_added", {"tag": "vip"})
    await on_record(story, lambda: knows_tag(house, story.id))


async def on_record(story: Story, is_known: Callable[[], Awaitable[bool]]) -> None:
    """Send facts until the ledger has written what is wanted."""
    numbers = itertools.count()

    async def is_on_record() -> bool:
        await story.handle.signal("attribute_changed", {"name": "number", "value": str(next(numbers))})
        return await is_known()

    await until(is_on_record)


async def knows_tag(house: OutsideSystems, name: str) -> bool:
    """True where the ledger's record of the conversation has the tag."""
    known = await Standings(house.store).of(name)
    return known is not None and known[0]["tags"] == ["vip"]


async def sent_again(story: Story, *ids: str) -> None:
    """Start the conversation with these messages, as a helpdesk's webhook does, also one that it sent before."""
    for event_id in ids:
        said = {"event_id": event_id, "author": "customer", "text": "Hello?"}
        await story.clockwork.client.start_workflow(
            "Conversation",
            {"conversation_id": story.id, "policy": "tiered", "channel": "email"},
            id=story.handle.id,
            task_queue="baton",
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal="message",
            start_signal_args=[{**said, "occurred_at": story.opened_at.isoformat()}],
        )


async def test_a_webhook_that_comes_again_takes_a_lost_conversation_up(serve: Serving, house: OutsideSystems) -> None:
    """A repeated webhook finds the conversation lost: it continues the ledger's record, and says why."""
    async with serve(policy(FIRST, "twice-sent")):
        story = await lost(serve, house, "twice-sent")
        before, _ = await Standings(house.store).of("twice-sent") or pytest.fail("the ledger knows nothing")
        await sent_again(story, "twice-sent-1")
        after = await story.settled()
        assert (after["status"], after["policy"]["name"]) == ("open", "twice-sent v1")
        same = ("tags", "messages", "opened_at", "waiting_since", "clocks", "life")
        assert {name: after[name] for name in same} == {name: before[name] for name in same}
        (told,) = await texts(story)
        why = "An earlier run ended without having closed, and an event that it had taken in came again"
        assert told.startswith(f"{why}: goes on in a new run as the ledger knew it at ")
        await story.handle.signal("message", {"event_id": "twice-sent-2", "author": "customer", "text": "Anybody?"})
        await until(lambda: has_counted(story, 2))
        await story.handle.terminate()


async def test_a_webhook_that_comes_again_with_a_new_one(serve: Serving, house: OutsideSystems) -> None:
    """A repeated webhook and a new message find the conversation lost: both are taken in, and the new one counts."""
    async with serve(policy(FIRST, "both")):
        story = await lost(serve, house, "both")
    await sent_again(story, "both-1", "both-2")
    async with serve(policy(FIRST, "both")):
        await until(lambda: has_counted(story, 2))
        after = await story.settled()
        assert (after["tags"], after["policy"]["name"]) == (["vip"], "both v1")
        await story.handle.terminate()


async def test_a_webhook_that_comes_again_after_a_person_has_ended_it(serve: Serving, house: OutsideSystems) -> None:
    """A conversation that a person terminated, as an audit reported, stays ended when an old webhook comes again."""
    async with serve(policy(FIRST, "spam")):
        story = await waiting(serve, "spam", 5)
        await tagged(story, house)
        await story.handle.terminate(reason="spam")
        await listed(serve.server.client, f"WorkflowId = '{story.handle.id}' AND ExecutionStatus = 'Terminated'")
        report = await serve.audit().look(AuditRequest(ask=0))
        assert [each.kind for each in report.findings if each.conversation_id == "spam"] == ["terminated"]
        await sent_again(story, "spam-1")
        assert (await story.handle.result())["status"] == "resolved"
        assert [entry["kind"] for entry in await asked(story.handle, "timeline")] == ["repeated"]


async def test_a_new_message_takes_a_lost_conversation_up(serve: Serving, house: OutsideSystems) -> None:
    """A customer writes before anybody noticed that the conversation is lost: it continues the ledger's record."""
    async with serve(policy(FIRST, "fresh")):
        story = await lost(serve, house, "fresh")
        before, _ = await Standings(house.store).of("fresh") or pytest.fail("the ledger knows nothing")
        await sent_again(story, "fresh-2")
        await until(lambda: has_counted(story, 2))
        after = await story.settled()
        same = ("tags", "opened_at", "waiting_since", "clocks", "life")
        assert {name: after[name] for name in same} == {name: before[name] for name in same}
        assert after["policy"]["name"] == "fresh v1"
        (told,) = [entry["text"] for entry in await story.timeline() if entry["kind"] == "imported"]
        assert told.startswith("An earlier run ended without having closed: goes on in a new run as the ledger knew it")
        await story.handle.terminate()


async def test_a_plain_start_takes_a_lost_conversation_up(serve: Serving, house: OutsideSystems) -> None:
    """A lost conversation that is started without a message goes on, too, with its old clocks."""
    async with serve(policy(FIRST, "plain")):
        story = await lost(serve, house, "plain")
        before, _ = await Standings(house.store).of("plain") or pytest.fail("the ledger knows nothing")
        body = {"conversation_id": "plain", "policy": "tiered", "channel": "email"}
        client = serve.server.client
        await client.start_workflow("Conversation", body, id=story.handle.id, task_queue="baton")
        after = await story.settled()
        assert (after["tags"], after["messages"], after["policy"]["name"]) == (["vip"], 1, "plain v1")
        assert after["clocks"] == before["clocks"]
        await story.handle.terminate()


async def terminated(serve: Serving, house: OutsideSystems, name: str) -> Story:
    """Start a conversation that a person terminates, and that no audit has seen."""
    async with serve(policy(FIRST, name)):
        story = await waiting(serve, name, 5)
        await tagged(story, house)
        await story.handle.terminate(reason="spam")
    return story


async def test_a_new_message_after_a_person_has_ended_it(serve: Serving, house: OutsideSystems) -> None:
    """A conversation that a person terminated, unseen by any audit, starts afresh when the customer writes again."""
    story = await terminated(serve, house, "dropped")
    async with serve():
        await sent_again(story, "dropped-2")
        after = await story.settled()
        assert (after["tags"], after["messages"]) == ([], 1)
        assert after["policy"]["name"].startswith("tiered ")
        assert (await story.kinds())[0] == "conversation_started"
        await story.handle.terminate()


async def test_a_webhook_that_comes_again_after_a_person_has_ended_it_unseen(
    serve: Serving, house: OutsideSystems
) -> None:
    """A conversation that a person terminated stays ended when an old webhook comes; a new message starts it afresh."""
    story = await terminated(serve, house, "unseen")
    async with serve():
        await sent_again(story, "unseen-1")
        assert (await story.handle.result())["status"] == "resolved"
        assert [entry["kind"] for entry in await asked(story.handle, "timeline")] == ["repeated"]
        await sent_again(story, "unseen-2")
        after = await story.settled()
        assert (after["tags"], after["messages"]) == ([], 1)
        await story.handle.terminate()


async def has_counted(story: Story, messages: int) -> bool:
    """True where exactly so many messages have been counted."""
    return (await asked(story.handle, "state"))["messages"] == messages
