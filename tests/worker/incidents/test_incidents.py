"""The command `baton incident` as operators type it; listing and showing need no Temporal server."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from click.testing import Result
from typer.testing import CliRunner

from activities.database.tables import engine
from activities.incidents.store import IncidentStore, StoredCall
from activities.slack.rendering.buttons import RELEASE, encode
from policies.loading.load import load_policy
from policies.state.effects import StormTerms
from worker.buttons.orders import actor_of, order_of
from worker.cli import app
from worker.slack.interactions import person_with
from worker.slack.presses import Pressed, read

Baton = Callable[..., Result]
AT = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
TERMS = StormTerms(
    policy="acme", escalation="support-on-call", cause="late", conversations=2, within=timedelta(minutes=5)
)


async def storm(url: str) -> str:
    """Store an incident with three members, one of whom has left, and return its id."""
    made = engine(url)
    store, incident = IncidentStore(made), ""
    for number in range(3):
        call = StoredCall(
            run=f"c-{number}/life/page:support-on-call.1",
            conversation_id=f"c-{number}",
            page="support-on-call.1",
            called_at=AT,
            headline="Late — Login",
            who="Ada",
        )
        incident = await store.call(call, TERMS)
        if incident:
            await store.enter(incident, [call.run])
    await store.leave(incident, "c-1/life/page:support-on-call.1", "answered by anna")
    await made.dispose()
    return incident


@pytest.fixture
def url(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("BATON_DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "160")
    return database


@pytest.fixture
def baton() -> Baton:
    return lambda *words: CliRunner().invoke(app, ["incident", *words])


def test_operators_see_which_incidents_there_are(baton: Baton, url: str) -> None:
    """An operator sees one line for each incident: its cause, its size, and how many members still wait."""
    assert baton("list").stdout == "No incidents.\n"
    incident = asyncio.run(storm(url))
    head, row = baton("list").stdout.splitlines()
    assert head.split() == ["Incident", "Since", "Why", "Policy", "All", "Waiting", "Over"]
    assert row.split()[0] == incident
    assert row.split()[-4:] == ["late", "acme", "3", "2"]


def test_operators_see_how_each_conversation_stands(baton: Baton, url: str) -> None:
    """An operator sees which members wait, which have left and why, also as JSON."""
    incident = asyncio.run(storm(url))
    shown = baton("show", incident).stdout
    assert "3 conversations, 1 of them looked after" in shown
    states = [row["state"] for row in json.loads(baton("show", incident, "--json").stdout)["members"]]
    assert states == ["is being told", "left: answered by anna", "waits, suppressed"]
    assert [row["total"] for row in json.loads(baton("list", "--json").stdout)] == [3]


def test_an_unknown_incident_is_one_sentence(baton: Baton, url: str) -> None:
    """An incident that does not exist is answered with a sentence that says how to list them."""
    refused = baton("show", "incident-x")
    assert refused.exit_code == 1
    assert "There is no incident incident-x: `baton incident list --all` lists them" in refused.output


def test_an_ended_incident_is_listed_on_request(baton: Baton, url: str) -> None:
    """An incident that has ended is listed on request, with the person who ended it and its members' states."""
    incident = asyncio.run(storm(url))

    async def end() -> None:
        made = engine(url)
        await IncidentStore(made).end(incident, "kim", AT + timedelta(hours=1))
        await made.dispose()

    asyncio.run(end())
    assert baton("list").stdout == "No incidents.\n"
    assert incident in baton("list", "--all").stdout
    shown = baton("show", incident).stdout
    assert " by kim" in shown
    assert "is being let go" in shown


def test_a_press_of_release_ends_the_incident() -> None:
    """A press of Release by a person in the policy becomes one command, with the same id each time Slack sends it."""
    action = {"action_id": RELEASE, "action_ts": "17.3", "value": encode("incident-1", "everybody.1/1.1")}
    pressed = read({"type": "block_actions", "user": {"id": "U1KIM"}, "actions": [action]})
    assert isinstance(pressed, Pressed)
    text = "policy: acme\nversion: 1\nteams: {a: {name: A}}\nchannels: {email: a}\npeople: {kim: {slack: U1KIM}}\n"
    policy = load_policy(text, file="acme.yaml", today=AT.date())
    order = order_of(pressed.press, actor_of(partial(person_with, pressed.user), policy), AT)
    assert (order.update, order.body["actor"]) == ("release", "kim")
    assert order.body["command_id"] == "slack-U1KIM-baton.release-17.3"
    assert order.done == "Released: each waiting conversation calls people itself again."
