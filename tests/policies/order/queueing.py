"""Messages of a team's queue, between events from the customer and from people."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from policies.state.conversation import Conversation
from policies.state.effects import AnyEffect, AskTeam, LeaveTeam, TellOwner
from policies.state.events import Fact, Held, Released, Taken
from policies.state.records.queue_entry import QueueEntry
from tests.policies.order.scenarios import Six, Stories
from tests.policies.queues.queueing_stories import DESK, RULES, START_TICKET
from tests.policies.stories import at, fact, policy_of, started

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


_SIXES: dict[str, list[Fact]] = {
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
    match conversation.situation.queue_entry:
        case None:
            return {}
        case QueueEntry(state="owned") as entry:
            return {entry.team: ("owned", entry.ticket, entry.agent)}
        case QueueEntry() as entry:
            return {entry.team: ("waiting", entry.ticket, entry.priority)}


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


def the_team_knows(conversation: Conversation, effects: Sequence[AnyEffect]) -> None:
    """Check that each team believes what is true."""
    assert believed(effects) == held(conversation)


SIXES = tuple(Six(name, BUSY, 600, the_team_knows, facts=facts, ends=lambda _: True) for name, facts in _SIXES.items())
STORIES = Stories("queues", BUSY, 600, the_team_knows, drawn=stories())
