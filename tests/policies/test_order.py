"""Order of arrival: the same events, in any order, end in the same situation, and the helpdesk shows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice, permutations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from policies import rules
from policies.deadlines import advance
from policies.decide import decide
from policies.decide import order as happening
from policies.playbook import play
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.conversation import Conversation, opened, timeline
from policies.state.effects import AddTag, AnyEffect, Assign, Notify, RemoveTag, SetPriority
from policies.state.events import Fact, Reassigned, Taken
from policies.state.situation import Situation
from tests.policies.stories import FULL, START, Play, at, fact, policy_of, started, told, wake_up

BUSY = policy_of(
    """
rules:
  - name: billing topic
    on: tag_added
    when: event.tag == "billing"
    do: [{assign: billing}, {tag: routed}, {notify: "slack:#billing"}]
  - name: no billing topic
    on: tag_removed
    when: event.tag == "billing"
    do: [{untag: routed}, {set_priority: low}]
  - name: upset
    on: message
    when: event.author == "customer" && conversation.messages > 2
    do: [{set_priority: high}, {tag: upset}]
  - name: calm
    on: message
    when: event.author == "agent"
    do: [{untag: upset}]
  - name: at risk
    on: [{clock: first_response, at: 50%}, {clock: next_response, at: 75%}]
    do: [{tag: at-risk}, {set_priority: urgent}]
  - name: late
    on: [{clock: first_response, at: breach}, {clock: next_response, at: breach}]
    do: [{escalate: next}, {notify: people}, {note: "Late with {{ conversation.team_name }}"}]
  - name: long wait
    on: {waiting: 15m}
    do: [{tag: waited}]
escalations:
  people:
    steps: [{notify: "slack:#first", wait: 5m}, {notify: "slack:#second", wait: 10m}]
    repeat: 2
    storm: {conversations: 5}
"""
)

SIX = (
    started(),
    fact("tag_added", 3, tag="billing"),
    fact("message", 8, author="agent", text="Which invoice?"),
    fact("status_changed", 8, status="pending_customer"),
    fact("message", 30, author="customer", text="Number 7"),
    fact("reassigned", 34, team="tier-2", by="anna"),
)


@dataclass
class Desk:
    """A helpdesk that applies the requested effects in their order, and shows the resulting team, priority and tags."""

    team: str = ""
    assignee: str = ""
    priority: str = "normal"
    tags: set[str] = field(default_factory=set)

    def do(self, effects: Sequence[AnyEffect]) -> None:
        for effect in effects:
            match effect:
                case Assign():
                    self.team, self.assignee = effect.team, effect.assignee
                case SetPriority():
                    self.priority = effect.priority
                case AddTag():
                    self.tags.add(effect.tag)
                case RemoveTag():
                    self.tags.discard(effect.tag)
                case _:
                    pass


def tell(
    facts: Sequence[Fact], policy: Policy, *, until: float, wakes: Sequence[float] = ()
) -> tuple[Conversation, list[AnyEffect]]:
    """Feed the facts in this order and return the conversation and all effects; `wakes` and `until` are in minutes.

    A fact is seen at its own time or, where it comes late, at the latest time so far. After the fact at each place the
    timer rings once, `wakes[place]` minutes later; at the end it rings at `until`.
    """
    conversation, effects = opened("c", START), []
    seen = START
    for place, event in enumerate(facts):
        seen = max(seen, event.occurred_at)
        decision = decide(conversation, event, seen, policy=policy)
        conversation = decision.conversation
        effects += decision.effects
        for wake in wakes[place : place + 1]:
            seen = min(at(until), seen + timedelta(minutes=wake))
            decision = decide(conversation, wake_up((seen - START) / timedelta(minutes=1)), seen, policy=policy)
            conversation = decision.conversation
            effects += decision.effects
    decision = decide(conversation, wake_up(until), at(until), policy=policy)
    return decision.conversation, [*effects, *decision.effects]


EVERY = pytest.mark.parametrize("every", [23, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
"""The share of the orders of six events that is tried: 32 of them, or with `make test-slow` all 720."""


def orders(facts: Sequence[Fact], every: int) -> Iterator[Sequence[Fact]]:
    """Yield every `every`th order in which the facts may arrive."""
    return islice(permutations(facts), 0, None, every)


def brute_force(facts: Sequence[Fact], policy: Policy, until: datetime) -> Situation:
    """Play all facts as they happened, with no memory limit, and return the situation to compare with."""
    start, *others = facts
    turn = Turn(opened("c", START).situation, policy, START, "", listen=rules.fire)
    for event in (start, *sorted(others, key=happening)):
        advance(turn, event.occurred_at, inclusive=False)
        turn.begin(event.occurred_at, event.event_id)
        play(turn, event)
    advance(turn, until, inclusive=True)
    return turn.situation


def check_orders(facts: Sequence[Fact], policy: Policy, every: int, *, until: float) -> None:
    """Check that each order of arrival ends like the order of happening, and that no effect's key comes twice."""
    expected = brute_force(facts, policy, at(until))
    for order in orders(facts, every):
        conversation, effects = tell(order, policy, until=until)
        assert conversation.situation == expected
        assert len({effect.key for effect in effects}) == len(effects)


@EVERY
@pytest.mark.parametrize("policy", [FULL, BUSY], ids=["few rules", "many rules"])
def test_every_order_of_six_events_ends_the_same(policy: Policy, every: int) -> None:
    """In whatever order the webhooks arrive, the conversation stands the same in the end."""
    check_orders(SIX, policy, every, until=60)


TEAMS = st.sampled_from(["tier-1", "on-call", "tier-2", "billing", "partners"])
STATUSES = st.sampled_from(["open", "pending_customer", "on_hold", "resolved"])
INCIDENTS = st.sampled_from(["incident-1", "incident-2"])
BODIES: dict[str, dict[str, st.SearchStrategy[object]]] = {
    "message": {"author": st.sampled_from(["customer", "agent", "assistant"])},
    "tag_added": {"tag": st.sampled_from(["billing", "vip"])},
    "tag_removed": {"tag": st.sampled_from(["billing", "vip"])},
    "status_changed": {"status": STATUSES},
    "reassigned": {"team": TEAMS, "assignee": st.sampled_from(["", "anna"])},
    "attribute_changed": {"name": st.just("plan"), "value": st.integers(0, 3)},
    "acknowledged": {"by": st.just("ben")},
    "folded": {"page": st.sampled_from(["people.1", "people.1/1.1", "people.2"]), "incident": INCIDENTS},
    "unfolded": {"incident": INCIDENTS},
    "rated": {"score": st.integers(1, 5)},
    "feedback": {
        "by": st.sampled_from(["", "anna"]),
        "needed": st.booleans(),
        "step": st.sampled_from(["", "people.1/1.1", "people.2"]),
    },
}
SIGNALS = st.one_of(*(st.tuples(st.just(name), st.fixed_dictionaries(body)) for name, body in BODIES.items()))


@st.composite
def facts(draw: st.DrawFn, *, most: int = 14, span: int = 600) -> list[Fact]:
    """Draw a start and up to `most` facts within `span` minutes of it."""
    bodies = draw(st.lists(st.tuples(SIGNALS, st.integers(0, span)), max_size=most))
    told: list[Fact] = [started()]
    for number, ((name, body), when) in enumerate(bodies):
        told.append(fact(name, when, event_id=f"e{number}", **body))
    return told


WAKES = st.lists(st.integers(0, 90), max_size=14)


@settings(max_examples=30, deadline=None)
@given(facts(), st.randoms(use_true_random=False), WAKES)
def test_any_order_ends_the_same(story: list[Fact], random: object, wakes: list[float]) -> None:
    """Events that arrive late and in any order, with timers between them, end in the same situation."""
    check_any_order(story, random, wakes)


@pytest.mark.soak
@settings(max_examples=2000, deadline=None)
@given(facts(), st.randoms(use_true_random=False), WAKES)
def test_any_order_many_times(story: list[Fact], random: object, wakes: list[float]) -> None:
    """Thousands of other stories end the same in any order, too."""
    check_any_order(story, random, wakes)


def check_any_order(story: list[Fact], random: object, wakes: list[float]) -> None:
    """Check one story, told in order and shuffled, with the timer ringing in between."""
    shuffled = list(story)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    expected = brute_force(story, BUSY, at(2000))
    in_order, _ = tell(sorted(story, key=lambda event: event.occurred_at), BUSY, until=2000)
    out_of_order, effects = tell(shuffled, BUSY, until=2000, wakes=wakes)
    assert in_order.situation == expected
    assert out_of_order.situation == expected
    keys = [effect.key for effect in effects]
    assert len(keys) == len(set(keys))


@settings(max_examples=50, deadline=None)
@given(facts(), st.randoms(use_true_random=False), WAKES)
def test_the_desk_ends_with_what_holds(story: list[Fact], random: object, wakes: list[float]) -> None:
    """The desk ends with the situation's team, assignee, priority and tags, also after actions were taken back."""
    story = [event for event in story if not isinstance(event, Reassigned)]
    random.shuffle(story)  # type: ignore[attr-defined]
    conversation, effects = tell(story, BUSY, until=2000, wakes=wakes)
    desk, s = Desk(), conversation.situation
    desk.do(effects)
    assert (desk.team, desk.assignee, desk.priority) == (s.team, s.assignee, s.priority)
    ours = {"routed", "upset", "at-risk", "waited"}
    assert desk.tags & ours == set(s.tags) & ours


@settings(max_examples=40, deadline=None)
@given(facts(), WAKES)
def test_seen_in_order_nothing_is_ever_taken_back(story: list[Fact], wakes: list[float]) -> None:
    """Nothing is ever retracted where each event is seen when it happens, with at most one event at an instant."""
    conversation = opened("c", START)
    each_at_its_own = {event.occurred_at: event for event in sorted(story, key=happening, reverse=True)}
    for event in sorted(each_at_its_own.values(), key=happening):
        conversation = decide(conversation, event, event.occurred_at, policy=BUSY).conversation
    assert [entry for entry in conversation.remarks if entry.kind == "retracted"] == []


@settings(max_examples=30, deadline=None)
@given(facts(), st.randoms(use_true_random=False), st.integers(0, 14))
def test_a_state_read_back_goes_on_as_before(story: list[Fact], random: object, cut: int) -> None:
    """A conversation that continues in a new run decides exactly as it would have in the old one."""
    random.shuffle(story)  # type: ignore[attr-defined]
    adapter = TypeAdapter(Conversation)
    kept = read_back = opened("c", START)
    seen = START
    for place, event in enumerate(story):
        seen = max(seen, event.occurred_at)
        if place >= cut:
            read_back = adapter.validate_json(adapter.dump_json(read_back))
        ours, theirs = (decide(conversation, event, seen, policy=BUSY) for conversation in (kept, read_back))
        assert ours == theirs
        kept, read_back = ours.conversation, theirs.conversation


def test_a_long_story_forgets_only_what_it_need_not_know() -> None:
    """After two hundred events, more than are remembered, the situation is the same as if all were remembered."""
    kinds = [
        {"name": "message", "author": "customer"},
        {"name": "message", "author": "agent"},
        {"name": "tag_added", "tag": "billing"},
        {"name": "status_changed", "status": "pending_customer"},
        {"name": "message", "author": "customer"},
        {"name": "tag_removed", "tag": "billing"},
        {"name": "status_changed", "status": "resolved"},
    ]
    story: list[Fact] = [started()]
    for number in range(200):
        body = dict(kinds[number % len(kinds)])
        story.append(fact(body.pop("name"), 7 * number + 3, event_id=f"e{number:03}", **body))
    # Every tenth event arrives after the nine that followed it.
    late = [event for place, event in enumerate(story[1:]) if place % 10 == 0]
    order = [story[0]]
    for place, event in enumerate(story[1:]):
        order += [event] if place % 10 else []
        if place % 10 == 9:
            order.append(late[place // 10])
    conversation, effects = tell(order, BUSY, until=1500)
    assert conversation.situation == brute_force(story, BUSY, at(1500))
    assert len(conversation.tail) <= 48
    assert len({effect.key for effect in effects}) == len(effects)


def test_a_call_goes_on_when_a_late_fact_moves_it_behind_its_own_delivery() -> None:
    """A late fact shows that a call came too early: people stand down, and are called again at the right time."""
    story = Play(FULL, delivers=True)
    story.wake(20)
    story.tell("reassigned", 5, team="tier-2", seen=20)  # Tier 2 has 40 minutes
    assert story.now.pages == ()
    story.wake(40)
    story.wake(45)
    assert told(story.asked(Notify)) == [
        ("page", "people.1/1.1", "slack:#first"),
        ("notify", "slack:#first", "Stand down: Late — c"),
        ("page", "people.1/1.1", "slack:#first"),
        ("page", "people.1/1.2", "slack:#second"),
    ]


def test_a_call_that_was_right_but_too_early_is_not_repeated() -> None:
    """After an outage a late fact shows that a call was due later: the call stands, and its wait is counted anew."""
    story = Play(FULL, delivers=True)
    story.wake(20)
    story.tell("reassigned", 5, team="tier-2", seen=42)
    assert told(story.asked(Notify)) == [("page", "people.1/1.1", "slack:#first")]
    assert (story.page("people.1").started_at, story.page("people.1").next_at) == (at(40), at(45))


def test_what_is_wanted_again_after_all_gets_a_new_key() -> None:
    """A second breach gets new keys, because outside systems remember the keys of the first one as done."""
    conversation, first = tell([started()], FULL, until=20)
    pause = fact("status_changed", 10, status="pending_customer")
    back = decide(conversation, pause, at(25), policy=FULL)
    again = decide(back.conversation, fact("message", 30, author="customer"), at(45), policy=FULL)
    key = "c/first_response@100:2026-01-05T10:00:00+00:00/late/assign/0"
    assert key in [effect.key for effect in first]
    assert f"{key}/again" in [effect.key for effect in again.effects]


@example([0, 1, 2])
@given(st.permutations([0, 1, 2]))
def test_the_last_reassignment_in_time_wins(order: list[int]) -> None:
    """Two agents and a rule move a conversation within a minute: the last move wins, not the slowest webhook."""
    moves = [
        fact("reassigned", 5, team="tier-2"),
        fact("tag_added", 6, tag="billing"),
        fact("reassigned", 7, team="tier-1", event_id="last"),
    ]
    conversation, _ = tell([started(), *(moves[place] for place in order)], FULL, until=8)
    assert conversation.situation.team == "tier-1"


def test_a_take_belongs_to_the_team_of_its_moment() -> None:
    """Anna took the conversation in Billing, as a late webhook shows: the desk is told Billing and Anna."""
    conversation, _ = tell([started()], FULL, until=1)
    taken = Taken(event_id="t", occurred_at=at(5), source="command", by="anna")
    conversation = decide(conversation, taken, at(5), policy=FULL).conversation
    decision = decide(conversation, fact("reassigned", 3, team="billing"), at(9), policy=FULL)
    assigned = [(effect.team, effect.assignee) for effect in decision.effects if isinstance(effect, Assign)]
    assert assigned[-1] == ("billing", "anna")


def test_the_timeline_is_in_the_order_of_what_happened() -> None:
    """A message that is reported late stands on the timeline at the time it was written."""
    late = fact("message", 5, author="agent", text="Hi")
    conversation, _ = tell([started(), fact("tag_added", 9, tag="vip"), late], FULL, until=9)
    said = [entry.text for entry in timeline(replace(conversation))]
    assert said.index("Agent: “Hi”") < said.index("Tag vip added")
