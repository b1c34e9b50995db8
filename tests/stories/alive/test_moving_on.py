"""Runs that end under load: each fact counts once, and each command is answered, or refused and sent again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from tests.stories.alive.runs import failed_tasks, has_messages, runs_of
from tests.stories.calling.outages import ledger_away
from tests.stories.conftest import Story, next_weekday, replay_all
from tests.stories.teams import CREW, PATIENCE, documents, until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker
from worker.temporal.commanding import execute_command, is_moving_on
from worker.temporal.skipping import Clockwork, dynamic_config, skipping_server

pytestmark = pytest.mark.slow

MONDAY_10_AM = next_weekday(0, 10)
MINUTE = timedelta(minutes=1)
BUSY = (RPCStatusCode.RESOURCE_EXHAUSTED, RPCStatusCode.UNAVAILABLE)
"""The server's own refusals: more than ten commands wait for one workflow, or its run is just ending."""


@pytest.fixture(scope="module")
async def restless(settings: Settings, house: OutsideSystems) -> AsyncIterator[Clockwork]:
    """Yield a server that suggests continuing as new after 60 events, not 4,096, with a worker."""
    extra = dynamic_config({"limit.historyCount.suggestContinueAsNew": "60"})
    async with (
        skipping_server(extra=extra) as clockwork,
        make_worker(clockwork.client, settings, house, documents(settings, CREW)),
    ):
        yield clockwork
        await replay_all(clockwork)


async def begin(clockwork: Clockwork, name: str, policy: str = "tiered") -> Story:
    """Start a conversation on the restless server."""
    body = {"conversation_id": name, "policy": policy, "channel": "email"}
    return Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, name)


async def answered(handle: WorkflowHandle[Any, Any], name: str, body: dict[str, Any]) -> bool:
    """Return whether the command was carried out; False where it may be sent again.

    Any other refusal, and no answer at all, is raised and fails the test.
    """
    async with asyncio.timeout(PATIENCE):
        try:
            await handle.execute_update(name, body)
        except (WorkflowUpdateFailedError, RPCError) as error:
            if not (is_moving_on(error) or (isinstance(error, RPCError) and error.status in BUSY)):
                raise
            return False
        return True


async def two_facts_and_a_command(story: Story, number: int) -> bool:
    """Send two customer messages and an internal note at once; return whether the note was carried out."""
    facts = (
        story.tell("message", author="customer", text=f"message {number}", event_id=f"m-{number}-{part}")
        for part in range(2)
    )
    note = {"actor": "anna", "tried": "x", "think": "y", "need": f"{number}", "command_id": f"note-{number}"}
    *_, was_answered = await asyncio.gather(*facts, answered(story.handle, "add_note", note))
    return was_answered


@pytest.mark.parametrize(("conversations", "rounds"), [(1, 8), pytest.param(5, 28, marks=[pytest.mark.slow])])
async def test_facts_and_commands_while_runs_end(
    restless: Clockwork, house: OutsideSystems, conversations: int, rounds: int
) -> None:
    """A conversation gets two messages and a command at a time over many runs: all count, and the breach is on time."""
    stories = [await begin(restless, f"rounds-{conversations}-{number}") for number in range(conversations)]
    carried_out = [0] * conversations
    for number in range(rounds):
        outcomes = await asyncio.gather(*(two_facts_and_a_command(story, number) for story in stories))
        carried_out = [before + was for before, was in zip(carried_out, outcomes, strict=True)]
    for story, notes in zip(stories, carried_out, strict=True):
        await until(lambda story=story: has_messages(story, 2 * rounds))
        assert (await story.settled())["messages"] == 2 * rounds
        await story.after(minutes=16)
        await story.settled()
        breached = [entry["at"] for entry in await story.timeline() if entry["kind"] == "clock_breached"]
        assert breached == [(MONDAY_10_AM + 15 * MINUTE).isoformat()]
        assert await runs_of(story) > 1
        await execute_command(story.handle, "resolve", {"actor": "anna", "note": "Done"})
        await story.after(hours=30)
        await story.handle.result()  # the ledger is complete once the conversation has closed
        written = [entry.kind for entry in await house.ledger.entries(story.id)]
        assert (written.count("message"), written.count("note_added")) == (2 * rounds, notes)
        assert await failed_tasks(story) == []


@pytest.mark.slow
async def test_a_team_whose_people_come_and_go_while_runs_end(restless: Clockwork) -> None:
    """Two agents change presence while the team continues as new, one by signals, one by commands: all count."""
    await begin(restless, "presence", "crew")
    handle = restless.client.get_workflow_handle("team/crew")
    crew = Story(handle, restless, MONDAY_10_AM, "crew")
    await until(lambda: have_said(handle, "offline"))
    for number in range(28):
        presence = ("available", "away")[number % 2]
        told = {"agent": "bob", "presence": presence, "occurred_at": (MONDAY_10_AM + number * MINUTE).isoformat()}
        facts = (handle.signal("presence", {**told, "event_id": f"bob-{number}-{part}"}) for part in range(2))
        body = {"actor": "ann", "presence": presence, "command_id": f"ann-{number}"}
        *_, was_answered = await asyncio.gather(*facts, answered(handle, "set_presence", body))
        if not was_answered:
            await execute_command(handle, "set_presence", body)
        await until(lambda presence=presence: have_said(handle, presence))
    assert await runs_of(crew) > 1
    assert await failed_tasks(crew) == []


async def have_said(handle: WorkflowHandle[Any, Any], presence: str) -> bool:
    """True where the team shows both agents with this presence."""
    with suppress(RPCError):  # between two runs, or before the first
        people = (await handle.query("state"))["people"]
        return [row["presence"] for row in people if row["agent"] in ("ann", "bob")] == [presence] * 2
    return False


@pytest.mark.slow
async def test_the_last_word_while_closing_is_taken_in(restless: Clockwork, house: OutsideSystems) -> None:
    """A customer writes while the database is down and a resolved conversation can't close: it is open again."""
    story = await begin(restless, "last-word")
    async with ledger_away(house):
        await story.tell("message", author="customer", text="Hello?")
        await story.order("resolve")
        await story.settled()
        await story.after(hours=25)
        await story.tell("message", author="customer", text="It is back, the same as before")
        await until(lambda: has_messages(story, 2))
        assert (await story.settled())["status"] == "open"
    await story.order("resolve")
    await story.after(hours=60)
    assert (await story.handle.result())["status"] == "resolved"
    assert [entry.kind for entry in await house.ledger.entries(story.id)].count("message") == 2


@pytest.mark.slow
async def test_a_steady_stream_holds_up_no_run(restless: Clockwork) -> None:
    """Fifty messages and ten commands a second are all counted or answered; no run takes ten seconds to end."""
    seconds = 8
    story = await begin(restless, "stream")
    sent = list[asyncio.Task[bool]]()
    async with asyncio.TaskGroup() as group:
        for number in range(10 * seconds):
            for part in range(5):
                said = {"author": "customer", "text": "Hello?", "event_id": f"m-{number}-{part}"}
                group.create_task(story.tell("message", at=MONDAY_10_AM, **said))
            note = {"actor": "anna", "tried": "x", "think": "y", "need": f"{number}", "command_id": f"note-{number}"}
            sent.append(group.create_task(answered(story.handle, "add_note", note)))
            await asyncio.sleep(0.1)
    await until(lambda: has_messages(story, 50 * seconds))
    assert (await story.settled())["messages"] == 50 * seconds
    assert any(task.result() for task in sent)
    assert await runs_of(story) > 3
    assert [ending for ending in await endings(story) if ending > timedelta(seconds=10)] == []


async def endings(story: Story) -> list[timedelta]:
    """Return how long each run took to end, from the first task in which the server suggested it."""
    client, found = story.clockwork.client, list[timedelta]()
    async for run in client.list_workflows(f"WorkflowId = '{story.handle.id}' AND ExecutionStatus = 'ContinuedAsNew'"):
        history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        asked = next(
            event.event_time.ToDatetime()
            for event in history.events
            if event.workflow_task_started_event_attributes.suggest_continue_as_new
        )
        found.append(history.events[-1].event_time.ToDatetime() - asked)
    return found
