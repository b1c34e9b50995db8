"""Signals and commands of a team: an unreadable signal is kept, an impossible command is refused with a sentence."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from policies.contract.commands import Refused
from policies.queues.teams.events import Heartbeat, Left, OfferAnswered, Owned, PresenceChanged, TeamAsked, Unreadable
from policies.queues.teams.messages import accept, read_facts
from policies.queues.teams.state import Team
from tests.policies.queues.teams.crews import Crew
from tests.policies.stories import START, at


def read(name: str, body: Any) -> Any:
    return read_facts(name, body, now=at(5), fallback_id="n1")[0]


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        (
            "asked",
            {"event_id": "k", "conversation": "c", "ticket": "t", "since": "2026-01-05T10:00:00Z", "language": None},
            TeamAsked(event_id="k", occurred_at=at(5), conversation="c", ticket="t", since=START),
        ),
        (
            "owned",
            {"conversation": "c", "ticket": "t", "agent": "ann", "is_waiting": True, "something": "new"},
            Owned(event_id="n1", occurred_at=at(5), conversation="c", ticket="t", agent="ann", is_waiting=True),
        ),
        ("left", {"conversation": "c"}, Left(event_id="n1", occurred_at=at(5), conversation="c")),
        (
            "presence",
            {"agent": "ann", "presence": "busy", "occurred_at": "2026-01-05T11:00:00+01:00"},
            PresenceChanged(event_id="n1", occurred_at=START, agent="ann", presence="busy"),
        ),
        ("heartbeat", {"agent": "ann"}, Heartbeat(event_id="n1", occurred_at=at(5), agent="ann")),
    ],
)
def test_a_fact_is_read(name: str, body: dict[str, Any], expected: object) -> None:
    """A missing field is filled in, null counts as missing, and unknown fields are ignored."""
    assert read(name, body) == expected


NAMES = "asked, owned, left, presence, heartbeat"
ASLEEP = "presence: write available, busy, away or offline, not “asleep”"


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("lunch", {}, f"there is no signal “lunch”; there are {NAMES}"),
        ("presence", {"agent": "ann"}, "presence is missing"),
        ("presence", {"agent": "ann", "presence": "asleep"}, ASLEEP),
        ("presence", ["ann"], "the message must be one JSON object"),
        ("heartbeat", None, "the message must be one JSON object"),
        ("owned", {"conversation": "c", "ticket": "t", "agent": ""}, "agent: it is empty"),
        ("left", {}, "conversation is missing"),
        (
            "asked",
            {"conversation": "c", "ticket": "t", "since": "soon"},
            "since: write a time such as 2026-01-05T10:30:00Z, not “soon”",
        ),
    ],
)
def test_an_unreadable_message_is_kept_with_the_reason(name: str, body: Any, why: str) -> None:
    """An unreadable signal stops nothing: operators see its content and the reason."""
    event = read(name, body)
    assert isinstance(event, Unreadable)
    assert event.why.startswith(why)
    assert (event.event_id, event.name, event.excerpt) == ("n1/rejected", name, json.dumps(body))


def test_an_impossible_time_is_no_stumbling_block() -> None:
    """A date beyond the calendar makes the signal unreadable, and raises nothing."""
    event = read("presence", {"agent": "ann", "presence": "busy", "occurred_at": "0001-01-01T00:00:00+14:00"})
    assert isinstance(event, Unreadable)


@pytest.mark.parametrize("depth", [50, 5000])
def test_a_message_without_measure_is_unreadable(depth: int) -> None:
    """A signal that is nested too deeply is kept as far as it can be shown."""
    body: Any = "x"
    for _ in range(depth):
        body = {"in": body}
    event = read("presence", {"agent": body, "presence": "busy"})
    assert isinstance(event, Unreadable)
    assert len(event.excerpt) <= 500


def test_unreadable_news_is_on_the_record() -> None:
    """An unreadable signal is on the team's timeline, once."""
    crew = Crew()
    first = crew.tell("presence", 1, event_id="k", agent="ann", presence="asleep")
    again = crew.tell("presence", 2, event_id="k", agent="ann", presence="asleep")
    assert [entry.text for entry in first.because] == [f"Rejected presence: {ASLEEP}"]
    assert again.is_duplicate


# Commands


@pytest.fixture
def crew() -> Crew:
    """Return a team where `c` is offered to ann as offer 1, `d` is bob's, and `e` waits."""
    crew = Crew("{offer: 2m, capacity: 1}", there=("ann", "bob"))
    crew.asks(0, "c")
    crew.owned(0, "d", "bob")
    crew.asks(1, "e")
    return crew


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("accept", {"actor": "ann", "conversation_id": "x"}, "there is no offer: x is not with care any more"),
        ("accept", {"actor": "ann", "conversation_id": "d"}, "it is too late: bob has d already"),
        ("accept", {"actor": "ann", "conversation_id": "e"}, "there is no offer of e to ann: the offer has ended"),
        (
            "decline",
            {"actor": "bob", "conversation_id": "c"},
            "there is no offer of c to bob: it is offered to ann now",
        ),
        (
            "accept",
            {"actor": "ann", "conversation_id": "c", "offer": "7"},
            "offer 7 of c has ended: offer 1 is running now",
        ),
        ("accept", {"conversation_id": "c"}, "accept: actor is missing"),
        (
            "decline",
            {"actor": "ann", "conversation_id": ""},
            "decline: conversation_id: it is empty",
        ),
        ("accept", "ann", "accept: the input must be one JSON object"),
        ("set_presence", {"actor": "ann", "presence": "asleep"}, f"set_{ASLEEP.replace(':', ': presence:', 1)}"),
        ("set_presence", {"actor": "anne", "presence": "busy"}, "anne is not in care: did you mean `ann`?"),
        (
            "set_presence",
            {"actor": "lead", "agent": "bop", "presence": "busy"},
            "bop is not in care: did you mean `bob`?",
        ),
    ],
)
def test_a_refusal_says_why(crew: Crew, name: str, body: Any, sentence: str) -> None:
    """A command that is not possible is refused with one sentence, and nothing changes."""
    before = crew.team
    with pytest.raises(Refused) as refused:
        accept(name, body, crew.team, now=at(2), fallback_id="n1")
    assert str(refused.value) == sentence
    assert crew.team == before


def test_a_command_becomes_an_event(crew: Crew) -> None:
    """A command becomes an event with the caller's id, or with a generated one."""
    body = {"actor": "ann", "conversation_id": "c", "offer": "1", "command_id": "mine", "note": "on it"}
    assert accept("accept", body, crew.team, now=at(2), fallback_id="n1") == OfferAnswered(
        event_id="mine", occurred_at=at(2), conversation="c", agent="ann", is_accepted=True, note="on it"
    )
    said = accept("set_presence", {"actor": "bob", "presence": "away"}, crew.team, now=at(2), fallback_id="n1")
    assert said == PresenceChanged(event_id="n1", occurred_at=at(2), agent="bob", presence="away")


def test_a_lead_reports_for_another_agent(crew: Crew) -> None:
    """A lead can report an agent who is ill as offline."""
    body = {"actor": "lead", "agent": "bob", "presence": "offline"}
    event = accept("set_presence", body, crew.team, now=at(2), fallback_id="n1")
    assert event == PresenceChanged(event_id="n1", occurred_at=at(2), agent="bob", presence="offline")


def test_a_team_without_conversations_yet_knows_its_people() -> None:
    """A team accepts presence before its first conversation, once its first turn has listed its people."""
    team = Crew().wakes(0).team
    event = accept("set_presence", {"actor": "ann", "presence": "busy"}, team, now=START, fallback_id="n1")
    assert isinstance(event, PresenceChanged)
    with pytest.raises(Refused):
        accept("set_presence", {"actor": "ann", "presence": "busy"}, Team("care", START), now=START, fallback_id="n1")


def test_instants_are_utc() -> None:
    """An instant in any time zone is read as UTC."""
    event = read("asked", {"conversation": "c", "ticket": "t", "since": "2026-01-05T11:00:00+01:00"})
    assert event.since == datetime(2026, 1, 5, 10, tzinfo=UTC)
