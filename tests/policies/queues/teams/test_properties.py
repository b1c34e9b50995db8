"""Any story of two teams, with late and repeated messages: no agent has too much, and no customer is forgotten."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.document.document import Document
from policies.running.policy import Policy, build
from tests.policies.queues.teams.worlds import INSTANTLY, World
from tests.policies.stories import minutes

AGENTS = ("ann", "bob", "cid", "dora", "eve")
MOST = 8
"""Most conversations of one story."""
TEAMS = ("care", "seniors")
HOURS = {"early": {"open": "Mo-Su 06:00-14:00"}, "late": {"open": "Mo-Su 14:00-22:00"}}
RULES = [
    {"name": "outage", "on": ["tag_added"], "when": 'event.tag == "outage"', "do": [{"set_priority": "urgent"}]},
    {"name": "over", "on": ["tag_removed"], "when": 'event.tag == "outage"', "do": [{"set_priority": "normal"}]},
]
REFUNDS = {"skill": "refunds", "level": 3, "when": '"refund" in conversation.tags'}


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for one of these values, or None."""
    return st.sampled_from([None, *values])


QUEUES = st.fixed_dictionaries(
    {
        "led_by": st.sampled_from(["baton", "baton", "baton", "baton", "desk"]),
        "offer": maybe("2m", "3m"),
        "lease": maybe("20m"),
        "grace": st.sampled_from(["1m", "5m"]),
        "silent_after": maybe("4m"),
        "presence": st.sampled_from(["reported", "reported", "by_shift"]),
        "capacity": st.integers(1, 3),
        "weights": st.sampled_from([{}, {"voice": 2}]),
        "head_start": st.sampled_from([{}, {"urgent": "15m"}]),
        "language": st.sampled_from(["preferred", "required", "ignored"]),
        "tell_every": maybe("30m"),
        "needs": st.sampled_from(
            [
                [],
                [REFUNDS],
                [{**REFUNDS, "relax": [{"after": "5m", "level": 1}, {"after": "30m", "level": 0}]}],
                [{**REFUNDS, "required": False}],
            ]
        ),
    }
)
PEOPLE = st.fixed_dictionaries(
    {
        "team": st.sampled_from(["care", "care", "seniors"]),
        "skills": st.sampled_from([{}, {"refunds": 1}, {"refunds": 3}]),
        "languages": st.sampled_from([[], ["en"], ["de", "en"]]),
        "capacity": maybe(1, 2, 3),
        "shift": maybe("early", "late"),
    }
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a policy with two teams and five people; the first team may overflow to the second."""
    care, seniors = draw(QUEUES), draw(QUEUES)
    if draw(st.booleans()):
        care["overflow"] = {"after": "15m", "to": "seniors"}
    return {
        "policy": "world",
        "version": 1,
        "hours": HOURS,
        "linger": "1h",
        "teams": {"care": {"name": "Care", "queue": care}, "seniors": {"name": "Seniors", "queue": seniors}},
        "channels": {"email": "care", "voice": "care", "letter": "seniors"},
        "people": {name: draw(PEOPLE) for name in AGENTS},
        "rules": RULES,
    }


def act(name: str, *who: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return a strategy for one act, with its arguments."""
    return st.tuples(st.just(name), *who)


AGENT, WHICH, AGO = st.sampled_from(AGENTS), st.integers(0, MOST - 1), st.sampled_from([0, 0, 0, 3, 11])
CHANNEL, TAGS = st.sampled_from(["email", "voice", "letter"]), st.sampled_from([[], ["refund"]])
PRESENCE = st.sampled_from(["available", "available", "busy", "away", "offline"])
SPAN = st.sampled_from([0.5, 1, 2, 5, 10, 40])
STARTS = act("start", CHANNEL, TAGS, st.sampled_from(["normal", "urgent"]), st.sampled_from(["", "de", "en"]))
ACTS = st.one_of(
    act("go on", SPAN),
    act("go on", SPAN),
    STARTS,
    act("presence", AGENT, PRESENCE),
    act("presence", AGENT, PRESENCE),
    act("presence", AGENT, PRESENCE),
    act("beat", AGENT),
    act("accept", WHICH),
    act("accept", WHICH),
    act("decline", WHICH),
    act("answer", WHICH, AGO),
    act("write", WHICH, AGO),
    act("resolve", WHICH),
    act("take", WHICH, AGENT),
    act("assign", WHICH, st.sampled_from(["", *AGENTS, "zoe"]), st.sampled_from(TEAMS), AGO),
    act("tag", WHICH, st.sampled_from(["tag_added", "tag_removed"]), st.sampled_from(["outage", "refund"]), AGO),
    act("pause", WHICH, st.sampled_from(["hold", "release"])),
    act("status", WHICH, st.sampled_from(["open", "pending_customer", "resolved"]), AGO),
    act("merge", WHICH, WHICH),
    act("move", AGENT, maybe(*TEAMS)),
    act("lead", st.sampled_from(TEAMS), st.sampled_from(["baton", "desk"]), st.integers(1, 3)),
    act("crash"),
)


@dataclass(frozen=True)
class Story:
    """A policy, the acts, and how slow and late the world is."""

    document: dict[str, Any]
    acts: list[tuple[Any, ...]]
    delays: list[float]
    late: list[float]
    skews: list[float]
    has_echoes: bool


@st.composite
def stories(draw: st.DrawFn, *, most: int = 40) -> Story:
    """Draw one morning of two teams."""
    return Story(
        draw(documents()),
        [*draw(st.lists(STARTS, min_size=3, max_size=4)), *draw(st.lists(ACTS, min_size=most // 2, max_size=most))],
        draw(st.lists(st.sampled_from([INSTANTLY, INSTANTLY, 0.01, 0.7, 4]), min_size=1, max_size=8)),
        draw(st.lists(st.sampled_from([0, 0, 0.5, 3]), min_size=1, max_size=3)),
        draw(st.lists(st.sampled_from([0, 0, -7, 60]), min_size=1, max_size=3)),
        draw(st.booleans()),
    )


def play(world: World, acts: list[tuple[Any, ...]]) -> None:
    """Perform all acts, one after another."""
    for agent in AGENTS[:3]:
        world.report("presence", agent, presence="available")
    for name, *args in acts:
        names = sorted(world.conversations)
        match name, *args:
            case "go on", span:
                world.go_on(span)
            case "start", *terms:
                _start(world, *terms)
            case "presence", agent, presence:
                world.report("presence", agent, presence=presence)
            case "beat", agent:
                world.report("heartbeat", agent)
            case "move", agent, team:
                world.adopt(_moved(world.policy, agent, team))
            case "lead", team, led_by, capacity:
                world.adopt(_led(world.policy, team, led_by=led_by, capacity=capacity))
            case ["crash"]:
                world.crash()
            case what, which, *rest if names:
                _perform(world, what, names[which % len(names)], *rest)
            case _:
                pass


def _moved(policy: Policy, agent: str, team: str | None) -> Policy:
    people = policy.document.people
    moved = {**people, agent: people[agent].model_copy(update={"team": team})}
    return build(policy.document.model_copy(update={"people": moved, "version": policy.document.version + 1}))


def _led(policy: Policy, team: str, **terms: Any) -> Policy:
    """Return the next version, in which the queue's `led_by` and capacity are changed."""
    document = policy.document
    about = document.teams[team]
    assert about.queue is not None
    changed = about.model_copy(update={"queue": about.queue.model_copy(update=terms)})
    teams = {**document.teams, team: changed}
    return build(document.model_copy(update={"teams": teams, "version": document.version + 1}))


def _start(world: World, channel: str, tags: list[str], priority: str, language: str) -> None:
    number = len(world.conversations) + len(world.closed)
    if number < MOST:
        world.start(f"c{number}", channel=channel, tags=tags, priority=priority, customer={"locale": language})


def _perform(world: World, what: str, name: str, *args: Any) -> None:
    match what, *args:
        case ["accept" | "decline"] if name in world.entries:
            world.say(world.entries[name].agent, what, name)
        case "answer", ago:
            by = world.situation(name).responsible.assignee or "ann"
            world.tell(name, "message", ago=ago, author="agent", author_id=by, text="So.")
        case "write", ago:
            world.tell(name, "message", ago=ago, author="customer", text="And?")
        case ["resolve"]:
            world.order(name, "resolve", actor="ann")
        case "take", agent:
            world.order(name, "take", actor=agent)
        case "assign", agent, team, ago:
            world.tell(name, "reassigned", ago=ago, team=team, assignee=agent, by="lead")
        case "tag", signal, tag, ago:
            world.tell(name, signal, ago=ago, tag=tag)
        case "pause", command:
            world.order(name, command, actor="lead", note="wait")
        case "status", status, ago:
            world.tell(name, "status_changed", ago=ago, status=status)
        case "merge", which:
            others = sorted(world.conversations.keys() - {name})
            for into in others[which % max(1, len(others)) :][:1]:
                world.tell(name, "merged", into=into)
        case _:
            pass


def check_a_morning(story: Story) -> None:
    """Play the story, then let all agents come and work, and check that no customer is forgotten."""
    policy = build(Document.model_validate(story.document))
    world = World(policy, delays=story.delays, late=story.late, skews=story.skews, has_echoes=story.has_echoes)
    play(world, story.acts)
    world.is_eager = True
    for _ in range(30):
        for agent in AGENTS:
            world.report("presence", agent, presence="available")
            world.report("heartbeat", agent)
        for name in list(world.conversations):
            world.work(name)
        world.settle()
        if not _forgotten(world):
            return _both_sides_agree(world)
        world.go_on(60)
    raise AssertionError(f"after thirty hours of work nobody has {_forgotten(world)}")


def _both_sides_agree(world: World) -> None:
    """Check that each conversation is in a queue, owned or resolved, and that its team says the same."""
    for name in world.conversations:
        s = world.situation(name)
        world.promises.hold_for(name, s, world.teams, quiet=True)
        assert s.lifecycle.is_resolved or s.queue_entry is not None, f"{name} is nowhere"
    known = [name for team in world.teams.values() for name in team.tickets]
    assert sorted(known) == sorted(world.entries)


def _forgotten(world: World) -> list[str]:
    """Return the conversations with a waiting customer whom an agent could help but does not."""
    waiting = [name for name in world.conversations if world.situation(name).is_waiting]
    return [name for name in waiting if not _is_cared_for(world, name)]


def _is_cared_for(world: World, name: str) -> bool:
    s = world.situation(name)
    if s.responsible.assignee:  # an agent whom the helpdesk chose: Baton may not take the conversation back
        person = world.policy.document.people.get(s.responsible.assignee)
        return person is None or person.team != s.responsible.team
    if _is_too_slow(world, s.responsible.team):
        return True
    entry = world.teams[s.responsible.team].tickets[name]
    return not world.promises.can_ever(s.responsible.team, name, entry.weight)


def _is_too_slow(world: World, team: str) -> bool:
    """True where messages take so long that no offer can be answered in time, and every agent misses every offer."""
    queue = world.policy.document.teams[team].queue
    return queue is not None and queue.offer is not None and 2 * minutes(min(world.delays)) >= queue.offer


@pytest.mark.slow
@settings(max_examples=50)
@given(stories())
def test_nobody_is_forgotten(story: Story) -> None:
    """In the end every conversation has an agent, waits where no agent can take it, or is resolved."""
    check_a_morning(story)


@pytest.mark.soak
@settings(max_examples=3000)
@given(stories(most=60))
def test_nobody_is_forgotten_many_times(story: Story) -> None:
    """Thousands of other mornings end well, too."""
    check_a_morning(story)
