"""A team's messages in any order of arrival: the conversation ends the same, and the team learns how it ended."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.running.policy import Policy
from policies.state.conversation import Conversation
from policies.state.effects import AnyEffect, AskTeam, LeaveTeam, TellOwner
from policies.state.events import Fact, Held, Released, Taken
from policies.state.situation import Place
from tests.policies.queues.queueing_stories import DESK, RULES, START_TICKET
from tests.policies.stories import at, fact, policy_of, started
from tests.policies.test_order import EVERY, brute_force, orders, tell

LATER = """
  - {name: urgent, on: {waiting: 40m}, do: [{set_priority: urgent}]}
"""
BUSY = policy_of(RULES, LATER, base=DESK)


def of_team(name: str, when: float, ticket: str, **body: Any) -> Fact:
    """Return a message of the team about one of the conversation's requests."""
    bodies: dict[str, dict[str, Any]] = {
        "queued": {"position": 2, "present": 1, "told": 1},
        "offered": {"offer": f"{when:g}", "until": at(when + 2).isoformat()},
    }
    told = {"team": "care", "ticket": ticket, "because": "…", **bodies.get(name, {}), **body}
    return fact(name, when, event_id=f"{name}-{when:g}", **told)


SIXES = {
    "offered, granted, gone": [
        started(),
        of_team("queued", 1, START_TICKET),
        of_team("offered", 2, START_TICKET, agent="ann"),
        of_team("granted", 3, START_TICKET, agent="ann"),
        fact("message", 20, author="agent", author_id="ann"),
        of_team("reclaimed", 25, START_TICKET, agent="ann"),
    ],
    "urgent, declined, taken": [
        started(),
        of_team("offered", 2, START_TICKET, agent="ann"),
        fact("tag_added", 3, tag="outage"),
        of_team("queued", 4, START_TICKET),
        Taken(event_id="taken", occurred_at=at(5), source="command", by="bob"),
        of_team("granted", 5.5, START_TICKET, agent="ann"),
    ],
    "answered, asked anew, given back": [
        started(),
        fact("message", 3, author="agent", author_id="bob"),
        fact("message", 10, author="customer", event_id="again"),
        of_team("granted", 4, START_TICKET, agent="ann"),
        of_team("granted", 11, "again", agent="bob"),
        fact("reassigned", 30, team="care", assignee="", by="lead"),
    ],
}


@EVERY
@pytest.mark.parametrize("name", SIXES)
def test_every_order_of_six_events_of_a_queue(name: str, every: int) -> None:
    """Six events of a team and its people in any order of arrival: one end, and the team knows that end."""
    for order in orders(SIXES[name], every):
        check(SIXES[name], order, BUSY, [])


def check(story: Sequence[Fact], order: Sequence[Fact], policy: Policy, wakes: list[float]) -> None:
    """Check that arrival order does not matter, no effect key comes twice, and each team believes what is true."""
    conversation, effects = tell(order, policy, until=600, wakes=wakes)
    assert conversation.situation == brute_force(story, policy, at(600))
    assert len({effect.key for effect in effects}) == len(effects)
    assert believed(effects) == held(conversation)


def believed(effects: Sequence[AnyEffect]) -> dict[str, tuple[str, ...]]:
    """Return what each team believes after it received these effects in order."""
    known: dict[str, tuple[str, ...]] = {}
    for effect in effects:
        match effect:
            case AskTeam():
                known[effect.team] = ("waiting", effect.ticket, effect.priority)
            case TellOwner():
                known[effect.team] = ("owned", effect.ticket, effect.agent)
            case LeaveTeam():
                known.pop(effect.team, None)
            case _:
                pass
    return known


def held(conversation: Conversation) -> dict[str, tuple[str, ...]]:
    """Return what the conversation itself believes, in the form of `believed`."""
    match conversation.situation.place:
        case None:
            return {}
        case Place(state="owned") as place:
            return {place.team: ("owned", place.ticket, place.agent)}
        case Place() as place:
            return {place.team: ("waiting", place.ticket, place.priority)}


WHEN, AGENT = st.integers(1, 300), st.sampled_from(["ann", "bob"])
SAYINGS = st.tuples(
    st.sampled_from(["queued", "offered", "granted", "granted", "reclaimed"]), AGENT, st.integers(0, 20)
)
DOINGS = st.sampled_from(
    [
        ("message", {"author": "customer"}),
        ("message", {"author": "customer"}),
        ("message", {"author": "agent", "author_id": "ann"}),
        ("status_changed", {"status": "pending_customer"}),
        ("status_changed", {"status": "open"}),
        ("status_changed", {"status": "resolved"}),
        ("reassigned", {"team": "care", "assignee": "bob"}),
        ("reassigned", {"team": "care", "assignee": ""}),
        ("reassigned", {"team": "seniors", "assignee": ""}),
        ("tag_added", {"tag": "outage"}),
        ("tag_added", {"tag": "refund"}),
        ("tag_removed", {"tag": "refund"}),
        ("customer_updated", {"locale": "de"}),
        ("merged", {"into": "b"}),
        ("callback_promised", {"at": at(90).isoformat()}),
        ("held", {}),
        ("released", {}),
        ("taken", {}),
    ]
)
COMMANDS = {"held": Held, "released": Released, "taken": Taken}


@st.composite
def stories(draw: st.DrawFn) -> list[Fact]:
    """Return what people did, and what the team said about the requests that may have followed."""
    doings = draw(st.lists(st.tuples(DOINGS, WHEN), min_size=2, max_size=9, unique_by=lambda pair: pair[1]))
    told: list[Fact] = [started()]
    for (name, body), when in doings:
        if name in COMMANDS:
            by = {"event_id": f"{name}-{when}", "occurred_at": at(when), "source": "command", "by": "ann"}
            told.append(COMMANDS[name].model_validate(by))
        else:
            told.append(fact(name, when, event_id=f"{name}-{when}", **body))
    tickets = [START_TICKET, *(event.event_id for event in told[1:])]
    sayings = draw(st.lists(st.tuples(SAYINGS, WHEN), min_size=1, max_size=7, unique_by=lambda pair: pair[1]))
    for (name, agent, which), when in sayings:
        body = {} if name == "queued" else {"agent": agent}
        told.append(of_team(name, when + 0.5, tickets[which % len(tickets)], **body))
    return told


def check_shuffled(story: list[Fact], chance: random.Random) -> None:
    """Check the story in order, and in another order with timers that ring in between."""
    check(story, sorted(story, key=lambda event: event.occurred_at), BUSY, [])
    check(story, chance.sample(story, len(story)), BUSY, [chance.randrange(60) for _ in story])


@settings(max_examples=50, deadline=None)
@given(stories(), st.randoms(use_true_random=False))
def test_any_order_of_queue_events_ends_the_same(story: list[Fact], chance: random.Random) -> None:
    """Messages of a team and events from people may arrive in any order: the conversation ends the same."""
    check_shuffled(story, chance)


@pytest.mark.soak
@settings(max_examples=5000, deadline=None)
@given(stories(), st.randoms(use_true_random=False))
def test_any_order_of_queue_events_many_times(story: list[Fact], chance: random.Random) -> None:
    """Thousands of other stories end the same in any order, too."""
    check_shuffled(story, chance)
