"""Incidents: when many calls become one, which conversations are part of it, and what a broken database changes."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.channels.notifying import Notifying
from activities.channels.webhook import Webhook
from activities.database.tables import engine as connect
from activities.effects.accepted import Accepted
from activities.incidents.membership import Incidents
from activities.incidents.store import IncidentStore, StoredCall
from activities.incidents.tables import storm_calls
from activities.slack.real import Slack
from activities.slack.workspace import client
from policies.state.effects import Notify, StormTerms
from tests.activities.conftest import STARTED_AT, Attempt
from tests.fakes.slack import FakeSlack

REFUSING_ADDRESS = "127.0.0.1:9"


def terms(cause: str, conversations: int = 3) -> StormTerms:
    return StormTerms(
        policy="acme",
        escalation="On Call",
        cause=cause,
        conversations=conversations,
        within=timedelta(minutes=5),
    )


def call(cause: str, number: int, minute: float = 0, run: str = "on-call.1") -> StoredCall:
    conversation = f"{cause}-{number}"
    return StoredCall(
        run=f"{conversation}/life/page:{run}",
        conversation_id=conversation,
        page=run,
        called_at=STARTED_AT + timedelta(minutes=minute),
        headline="Late",
        who=f"Customer {number}",
    )


@pytest.fixture
def store(engine: AsyncEngine) -> IncidentStore:
    return IncidentStore(engine)


async def storm(store: IncidentStore, cause: str, number: int = 3) -> str:
    """Make so many calls, one after another; each enters the incident if there is one. Return the incident's id."""
    incident = ""
    for each in range(number):
        made = call(cause, each, each / 100)
        incident = await store.call(made, terms(cause))
        if incident:
            assert await store.enter(incident, [made.run])
    return incident


async def test_so_many_calls_within_the_window_are_a_storm(store: IncidentStore, conversation_id: str) -> None:
    """Two calls go out by themselves; the third makes an incident, which the fourth joins an hour later."""
    answers = [await store.call(call(conversation_id, each), terms(conversation_id)) for each in range(3)]
    assert answers[:2] == ["", ""]
    assert answers[2].startswith("incident-on-call-")
    assert await store.call(call(conversation_id, 3, 60), terms(conversation_id)) == answers[2]


async def test_calls_far_apart_are_no_storm(store: IncidentStore, conversation_id: str) -> None:
    """Four calls, never three of them within five minutes, are no incident."""
    minutes = (0, 5, 10, 12)
    answers = [
        await store.call(call(conversation_id, each, minute), terms(conversation_id))
        for each, minute in enumerate(minutes)
    ]
    assert answers == ["", "", "", ""]


async def test_one_conversation_is_no_storm(store: IncidentStore, conversation_id: str) -> None:
    """A conversation that calls again and again counts once."""
    answers = [
        await store.call(call(conversation_id, 1, run=f"on-call.{run}"), terms(conversation_id)) for run in range(1, 6)
    ]
    assert answers == ["", "", "", "", ""]


async def test_other_causes_are_other_storms(store: IncidentStore, conversation_id: str) -> None:
    """Calls of different causes are not counted together."""
    for each, cause in enumerate(("a", "b", "c", "d")):
        assert await store.call(call(conversation_id, each), terms(f"{conversation_id}-{cause}")) == ""


async def test_the_same_call_gets_the_same_answer(store: IncidentStore, conversation_id: str) -> None:
    """A call that is repeated gets the same incident, also a call that was made before there was one."""
    incident = await storm(store, conversation_id)
    for each in range(3):
        assert await store.call(call(conversation_id, each, 1), terms(conversation_id)) == incident
        assert await store.enter(incident, [call(conversation_id, each).run])
    members = await store.members(incident)
    assert [(member.number, member.conversation_id) for member in members] == [
        (each + 1, f"{conversation_id}-{each}") for each in range(3)
    ]


async def test_conversations_that_called_before_have_to_be_informed(store: IncidentStore, conversation_id: str) -> None:
    """Conversations that called before the incident have to be informed; the one that made it knows already."""
    incident = await storm(store, conversation_id)
    unknowing = await store.uninformed(incident, 10)
    assert [member.conversation_id for member in unknowing] == [f"{conversation_id}-0", f"{conversation_id}-1"]
    await store.mark([member.run for member in unknowing], informed=True)
    assert await store.uninformed(incident, 10) == []


async def test_a_conversation_that_left_is_not_called_for_again(store: IncidentStore, conversation_id: str) -> None:
    """A conversation that left stays counted; only the others are released, and its next call goes out by itself."""
    incident = await storm(store, conversation_id)
    await store.leave(incident, call(conversation_id, 1).run, "answered by anna")
    await store.leave(incident, call(conversation_id, 1).run, "resolved")
    found = await store.incident(incident)
    assert found is not None
    assert (found.total, found.left) == (3, 1)
    assert [member.number for member in await store.unreleased(incident, 10)] == [1, 3]
    assert (await store.members(incident))[1].left_why == "answered by anna"
    assert await store.call(call(conversation_id, 1), terms(conversation_id)) == ""


async def test_an_ended_incident_takes_no_conversation(store: IncidentStore, conversation_id: str) -> None:
    """A call that comes after the incident's end goes out by itself, and a new flood makes a new incident."""
    incident = await storm(store, conversation_id)
    late = call(conversation_id, 3, 1)
    assert await store.call(late, terms(conversation_id)) == incident
    await store.end(incident, "kim", STARTED_AT)
    assert not await store.enter(incident, [late.run])
    assert await store.call(call(conversation_id, 0), terms(conversation_id)) == ""
    answers = [await store.call(call(conversation_id, each, 2), terms(conversation_id)) for each in (4, 5)]
    assert answers[0] == ""
    assert answers[1].endswith("-2")
    ended = await store.incident(incident)
    assert ended is not None
    assert (ended.ended_at, ended.ended_by) == (STARTED_AT, "kim")


async def test_workers_that_ask_at_once_agree(
    engine: AsyncEngine, other_engine: AsyncEngine, conversation_id: str
) -> None:
    """Two workers make forty calls at once: there is one incident, and each conversation gets one number."""
    stores = IncidentStore(engine), IncidentStore(other_engine)
    calls = [call(conversation_id, each) for each in range(40)]

    async def ask(number: int) -> str:
        incident = await stores[number % 2].call(calls[number], terms(conversation_id, 10))
        if incident:
            assert await stores[number % 2].enter(incident, [calls[number].run])
        return incident

    answers = await asyncio.gather(*map(ask, range(40)))
    assert sorted(set(answers))[0] == ""
    assert (answers.count(""), len(set(answers))) == (9, 2)
    members = await stores[0].members(max(answers))
    assert [member.number for member in members] == list(range(1, 41))


def notification(conversation_id: str, number: int = 0) -> Notify:
    return Notify(
        key=f"{conversation_id}-{number}/page:on-call.1/1.1/notify/0",
        conversation_id=f"{conversation_id}-{number}",
        due_at=STARTED_AT,
        because="late",
        headline="Late",
        target="slack:#support",
        page="on-call.1/1.1",
        storm=terms(conversation_id, 2),
    )


async def notifying(
    store: AsyncEngine, workspace: FakeSlack, within: float = 5, enter_within: float = 0.2
) -> Notifying:
    temporal = await Client.connect(REFUSING_ADDRESS, lazy=True)
    incidents = Incidents(
        store, temporal, "Conversation", "conversation/", "baton", store_within=within, enter_within=enter_within
    )
    slack = Slack(client("xoxb-test", workspace.url))
    return Notifying(incidents, {"slack": slack, "webhook": Webhook()})


async def test_a_database_that_is_broken_holds_back_no_call(
    workspace: FakeSlack, attempt: Attempt, conversation_id: str, tmp_path: Path
) -> None:
    """The database has no tables, so Baton can't count: every call goes out."""
    store = connect(f"sqlite:///{tmp_path}/without-tables.db")
    slack = await notifying(store, workspace)
    for number in range(4):
        accepted: Accepted = await attempt(slack.notify, notification(conversation_id, number))
        assert accepted.folded == ""
    await store.dispose()
    assert len(workspace.in_channel("#support")) == 4


async def test_a_database_that_is_slow_holds_back_no_call(
    workspace: FakeSlack, attempt: Attempt, conversation_id: str, database: str
) -> None:
    """Another process keeps the database busy: every call goes out after a moment."""
    store, other = connect(database), connect(database)
    slack = await notifying(store, workspace, within=0.1)
    async with other.connect() as busy:
        await busy.execute(text("BEGIN IMMEDIATE"))
        accepted = [await attempt(slack.notify, notification(conversation_id, number)) for number in range(4)]
        await busy.rollback()
    assert [each.folded for each in accepted] == [""] * 4
    assert accepted[0].accepted_at >= STARTED_AT + timedelta(seconds=0.1), "the moment counts, too"
    assert len(workspace.in_channel("#support")) == 4
    await store.dispose()
    await other.dispose()


async def test_a_call_whose_incident_cannot_be_told_goes_out_by_itself(
    workspace: FakeSlack, attempt: Attempt, conversation_id: str, engine: AsyncEngine
) -> None:
    """The incident can't be started, so the customer's own call goes out and leaves the incident again."""
    slack = await notifying(engine, workspace, enter_within=60)
    await attempt(slack.notify, notification(conversation_id, 0))
    assert (await attempt(slack.notify, notification(conversation_id, 1))).folded == ""
    assert len(workspace.in_channel("#support")) == 2
    (incident,) = [each for each in await IncidentStore(engine).incidents(limit=500) if each.rule == conversation_id]
    assert (incident.total, incident.left) == (2, 1)


async def test_a_call_that_missed_its_incident_once_does_not_wait_for_it_again(
    workspace: FakeSlack,
    attempt: Attempt,
    conversation_id: str,
    engine: AsyncEngine,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Slack refuses such a call for its limits: the second attempt skips the incident and goes straight out."""
    slack = await notifying(engine, workspace, enter_within=60)
    await attempt(slack.notify, notification(conversation_id, 0))
    workspace.fail_next(retry_after=1)
    with pytest.raises(ApplicationError, match="asked to be called again"):
        await attempt(slack.notify, notification(conversation_id, 1))
    await attempt(slack.notify, notification(conversation_id, 1), number=2)
    assert len(workspace.in_channel("#support")) == 2
    assert [record.getMessage().split()[0] for record in caplog.records].count("incidents.not_told") == 1


async def test_an_escalation_of_any_name_is_known_by_its_call(
    engine: AsyncEngine, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A ladder's name has a slash: the incident keeps the right call of the conversation."""
    slack = await notifying(engine, workspace)
    late = notification(conversation_id).model_copy(update={"page": "support/late.1/1.1"})
    await attempt(slack.notify, late)
    async with engine.connect() as connection:
        kept = await connection.scalar(select(storm_calls.c.page).where(storm_calls.c.run.startswith(conversation_id)))
    assert kept == "support/late.1"
