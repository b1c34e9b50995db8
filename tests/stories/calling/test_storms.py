"""Storms on the real server: one call for many conversations, and each conversation on its own again afterwards."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from activities.incidents.store import IncidentStore, MemberCall, StoredIncident
from tests.conftest import story_policies
from tests.fakes.slack import FakeSlack, Message
from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.incidents.listing import release
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.skipping import Clockwork

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
STORM = 3


class Flood:
    """Conversations that call people for the same reason, and the incident they become."""

    def __init__(self, start: Start, slack: FakeSlack, house: OutsideSystems, clockwork: Clockwork) -> None:
        self._start = start
        self._slack = slack
        self._clockwork = clockwork
        self.store = IncidentStore(house.store)
        self.stories: list[Story] = []

    async def grow(self, cause: str, number: int) -> None:
        """Start so many more conversations with this tag, one after the other."""
        for _ in range(number):
            story = await self._start(MONDAY_10_AM, policy="storms", subject="Help", customer={"name": "Ada"})
            self.stories.append(story)
            await story.tell("tag_added", tag=cause)
            await story.settled()

    async def begin(self, cause: str, number: int, queue: str) -> None:
        """Start one more conversation with this tag, on the workers of this task queue, without waiting for it."""
        body = {"conversation_id": f"storms-{cause}-{number}", "policy": "storms", "channel": "email"}
        handle = await self._clockwork.start(body, MONDAY_10_AM, task_queue=queue)
        self.stories.append(Story(handle, self._clockwork, MONDAY_10_AM, body["conversation_id"]))
        await self.stories[-1].tell("tag_added", tag=cause)

    async def incident(self) -> StoredIncident:
        """Return the incident that the first conversation is part of."""
        found = [await self._of(incident) for incident in await self.store.incidents(limit=500)]
        return next(incident for incident, ids in found if self.stories[0].id in ids)

    async def _of(self, incident: StoredIncident) -> tuple[StoredIncident, set[str]]:
        return incident, {call.conversation_id for call in await self.members(incident)}

    async def members(self, incident: StoredIncident) -> list[MemberCall]:
        return await self.store.members(incident.id)

    async def story(self) -> Story:
        """Return the incident's own conversation, opened at its present time."""
        incident = await self.incident()
        handle = self._clockwork.client.get_workflow_handle(f"conversation/{incident.id}")
        story = Story(handle, self._clockwork, await self._clockwork.now(handle), incident.id)
        await story.settled()
        return story

    def heard(self, story: Story) -> list[Message]:
        """Return the messages that notify people of a conversation; replies in threads notify nobody."""
        heard = [message for message in self._slack.messages if message.key.startswith(f"{story.id}/")]
        return [message for message in heard if message.thread_ts in ("", message.ts) or message.is_broadcast]

    async def runs(self) -> list[dict[str, Any]]:
        """Return the first on-call run of each conversation."""
        return [(await story.settled())["pages"][0] for story in self.stories]


@pytest.fixture
def flood(start: Start, slack: FakeSlack, house: OutsideSystems, clockwork: Clockwork) -> Flood:
    return Flood(start, slack, house, clockwork)


async def test_many_calls_become_one(flood: Flood) -> None:
    """The first two conversations call by themselves; the third makes an incident, which makes one call for all."""
    await flood.grow("login", 6)
    incident = await flood.story()
    (call,) = flood.heard(incident)
    assert call.channel == "#storm"
    assert "Incident: the login is down" in call.words
    assert call.buttons == ["Acknowledge", "Take", "Escalate", "Release"]
    assert [len(flood.heard(story)) for story in flood.stories] == [1, 1, 0, 0, 0, 0]
    await until(lambda: _all_folded(flood, incident.id))
    members = await flood.members(await flood.incident())
    assert sorted(member.conversation_id for member in members) == [story.id for story in flood.stories]
    assert [member.number for member in members] == [1, 2, 3, 4, 5, 6]
    for story in flood.stories:
        assert "folded" in await story.kinds()


async def _all_folded(flood: Flood, incident: str) -> bool:
    return [run["incident"] for run in await flood.runs()] == [incident] * len(flood.stories)


async def test_the_others_see_what_their_calls_became_part_of(flood: Flood) -> None:
    """Two conversations called before the incident began: their messages name the incident that calls now."""
    await flood.grow("printer", 3)
    incident = await flood.story()
    await until(lambda: _all_folded(flood, incident.id))
    for story in flood.stories[:2]:
        await story.settled()
        (call,) = flood.heard(story)
        assert f"part of incident {incident.id}" in call.words
        assert "Escalate" not in call.buttons


@pytest.mark.slow
async def test_the_incident_lists_all_conversations(flood: Flood, slack: FakeSlack) -> None:
    """The incident's message gives the number of conversations, and its thread lists all of them."""
    await flood.grow("mail", 8)
    incident = await flood.story()
    await incident.after(minutes=1)
    await incident.settled()
    (call,) = flood.heard(incident)
    assert "8 conversations" in call.words
    listed = "".join(message.words for message in slack.in_thread(call))
    for story in flood.stories:
        assert f"Conversation {story.id}" in listed


async def test_answered_conversations_leave_and_the_last_one_ends_the_incident(flood: Flood, slack: FakeSlack) -> None:
    """An answered conversation leaves the incident; when all are answered, the incident ends and calls nobody."""
    await flood.grow("shop", 4)
    incident = await flood.story()
    await until(lambda: _all_folded(flood, incident.id))
    for story in flood.stories:
        await story.tell("message", author="agent", author_id="kim", text="It is back.")
        await story.settled()
    await until(lambda: _is_over(incident))
    assert (await flood.incident()).left == 4
    (call,) = flood.heard(incident)
    assert "all 4 conversations have been looked after" in call.words
    assert call.buttons == []
    await incident.after(hours=1)
    assert len(flood.heard(incident)) == 1


@pytest.mark.slow
async def test_release_restores_each_ladder(flood: Flood) -> None:
    """When an incident is released each waiting conversation calls by itself; the next flood is a new incident."""
    await flood.grow("phone", 4)
    incident = await flood.story()
    await until(lambda: _all_folded(flood, incident.id))
    answered, *waiting = flood.stories
    await answered.tell("message", author="agent", author_id="kim", text="It is back.")
    await answered.settled()
    await incident.order("release")
    await until(lambda: _is_over(incident))
    for story in waiting:
        await until(lambda story=story: _is_called(story))
        assert flood.heard(story)[-1].channel == "#storm"
    assert len(flood.heard(answered)) == 1
    assert (await flood.runs())[0]["ended"] == "answered by kim"
    for story in waiting:
        await story.after(minutes=6)
        await story.settled()
        assert flood.heard(story)[-1].channel == "@U1KIM"
    first, flood.stories = (await flood.incident()).id, []
    await flood.grow("phone", 3)
    assert (await flood.incident()).id != first


@pytest.mark.slow
async def test_a_dead_slack_and_a_restart_neither_lose_nor_double_the_call(
    flood: Flood, slack: FakeSlack, settings: Settings, house: OutsideSystems, clockwork: Clockwork
) -> None:
    """Slack is down and the worker restarts while an incident begins: one call, and none for a single conversation."""
    queue = settings.model_copy(update={"task_queue": "storms"})
    documents = story_policies()
    with slack.down():
        async with make_worker(clockwork.client, queue, house, documents):
            for number in range(5):
                await flood.begin("search", number, "storms")
            await until(lambda: _is_known(flood))
    async with make_worker(clockwork.client, queue, house, documents):
        incident = await flood.story()
        await until(lambda: _all_folded(flood, incident.id))
        (call,) = flood.heard(incident)
        assert call.channel == "#storm"
        assert [flood.heard(story) for story in flood.stories] == [[], [], [], [], []]
        assert (await flood.incident()).total == 5
        await incident.order("resolve")
        await until(lambda: _is_over(incident))
        for story in flood.stories:
            await until(lambda story=story: _is_called(story))
            assert len(flood.heard(story)) == 1
            await story.order("resolve")


async def _is_over(incident: Story) -> bool:
    state = await incident.settled()
    return state["status"] == "resolved"


async def _is_called(story: Story) -> bool:
    (run,) = (await story.settled())["pages"]
    return run["resumed"] == 1 and run["next_at"] is not None


async def _is_known(flood: Flood) -> bool:
    """True where the database has the incident with at least three conversations."""
    found = await flood.store.incidents(limit=500)
    return any(incident.rule == "the search is down" and incident.total >= STORM for incident in found)


@pytest.mark.slow
async def test_a_message_to_an_incident_silences_no_call(flood: Flood) -> None:
    """An agent writes to the incident's conversation and sets it to pending: the incident goes on calling."""
    await flood.grow("chat", 3)
    incident = await flood.story()
    await until(lambda: _all_folded(flood, incident.id))
    await incident.tell("status_changed", status="pending_customer")
    await incident.tell("message", author="agent", author_id="kim", text="We are on it")
    await incident.after(minutes=6)
    state = await incident.settled()
    assert (state["status"], state["waiting_since"] is None) == ("open", False)
    assert [message.channel for message in flood.heard(incident)] == ["#storm", "@U1KIM"]
    assert (await incident.kinds()).count("incident_unchanged") == 2
    await incident.order("resolve")
    await until(lambda: _is_over(incident))
    for story in flood.stories:
        await until(lambda story=story: _is_called(story))


@pytest.mark.slow
async def test_an_incident_that_was_terminated_can_still_be_released(flood: Flood, clockwork: Clockwork) -> None:
    """An operator terminated the incident in the Temporal UI: releasing it makes each conversation call by itself."""
    await flood.grow("api", 3)
    incident = await flood.story()
    await until(lambda: _all_folded(flood, incident.id))
    await incident.handle.terminate()
    await release(clockwork.client, await flood.incident(), {"actor": "kim"}, task_queue="baton")
    for story in flood.stories:
        await until(lambda story=story: _is_called(story))


@pytest.mark.slow
async def test_an_invented_incident_silences_no_call(start: Start, slack: FakeSlack) -> None:
    """The conversation is told of an incident that does not exist: its ladder goes on, and the timeline says so."""
    story = await start(MONDAY_10_AM, policy="storms", subject="Help")
    await story.tell("tag_added", tag="login")
    await story.settled()
    await story.tell("folded", page="everybody.1", incident="incident-invented-1")
    await until(lambda: _is_called(story))
    silent = [entry["text"] for entry in await story.timeline() if entry["kind"] == "incident_silent"]
    assert silent == [
        "everybody waits for incident incident-invented-1 no more: There is no incident incident-invented-1."
    ]
    await story.after(minutes=6)
    await story.settled()
    heard = [message.channel for message in slack.messages if message.key.startswith(f"{story.id}/")]
    assert heard[-1] == "@U1KIM"


@pytest.mark.slow
async def test_an_incident_with_an_ended_conversation_silences_no_call(flood: Flood) -> None:
    """An operator terminated the incident in the Temporal UI: within eleven minutes its conversations call again."""
    await flood.grow("api", 3)
    incident = await flood.story()
    await until(lambda: _all_folded(flood, incident.id))
    await incident.handle.terminate()
    for story in flood.stories:
        await story.after(minutes=11)
        await until(lambda story=story: _is_called(story))
        assert "incident_silent" in await story.kinds()
    assert (await flood.incident()).ended_at is not None
