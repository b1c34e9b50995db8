"""Order of arrival: the same events, in any order, end in the same situation, and the outside world shows it."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from policies.decide import decide, order
from policies.state.conversation import Conversation, opened, timeline
from policies.state.effects import Assign, Notify
from policies.state.events import Fact, Reassigned, Taken
from tests.policies.order import busy, calls, clocks, handoffs, questions, queueing, readings
from tests.policies.order.busy import BUSY, facts
from tests.policies.order.scenarios import Six, Stories
from tests.policies.order.telling import Desk, brute_force, tell
from tests.policies.stories import FULL, START, Play, at, fact, started, told

SIXES = [six for subject in (busy, clocks, handoffs, queueing, readings, questions) for six in subject.SIXES]
EVERY_STORY = pytest.mark.parametrize(
    "stories", [*(subject.STORIES for subject in (busy, calls, clocks, handoffs, queueing)), clocks.AT_ONCE], ids=str
)
CHANCE = st.randoms(use_true_random=False)


@pytest.mark.parametrize("every", [47, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
@pytest.mark.parametrize("six", SIXES, ids=str)
def test_every_order_of_six_events_ends_the_same(six: Six, every: int) -> None:
    """In whatever order six webhooks arrive, the conversation, the helpdesk and the team stand the same in the end."""
    six.check_orders(every)


@EVERY_STORY
@settings(max_examples=4)
@given(drawn=st.data(), chance=CHANCE)
def test_any_order_ends_the_same(stories: Stories, drawn: st.DataObject, chance: Random) -> None:
    """Events that arrive late and in any order, with timers between them, end in the same situation."""
    stories.check_story(drawn.draw(stories.drawn), chance)


@pytest.mark.soak
@EVERY_STORY
@settings(max_examples=3000)
@given(drawn=st.data(), chance=CHANCE)
def test_any_order_many_times(stories: Stories, drawn: st.DataObject, chance: Random) -> None:
    """Thousands of other stories end the same in any order, too."""
    stories.check_story(drawn.draw(stories.drawn), chance)


@EVERY_STORY
@settings(max_examples=3)
@given(drawn=st.data(), chance=CHANCE, cut=st.integers(0, 14))
def test_a_state_read_back_goes_on_as_before(stories: Stories, drawn: st.DataObject, chance: Random, cut: int) -> None:
    """A conversation that continues in a new run decides exactly as it would have in the old one."""
    story = drawn.draw(stories.drawn)
    adapter = TypeAdapter(Conversation)
    kept = read_back = opened("c", START)
    seen = START
    for place, event in enumerate(chance.sample(story, len(story))):
        seen = max(seen, event.occurred_at)
        if place >= cut:
            read_back = adapter.validate_json(adapter.dump_json(read_back))
        ours, theirs = (decide(each, event, seen, policy=stories.policy) for each in (kept, read_back))
        assert ours == theirs
        kept, read_back = ours.conversation, theirs.conversation


@pytest.mark.soak
def test_three_thousand_shuffles_of_a_long_story() -> None:
    """One story of forty events over two days ends the same in three thousand orders of arrival."""
    chance = Random(7)
    makers = [make for make in clocks.MAKERS if make is not clocks.merged] * 2
    story = [started(), *(make(17 * number + 5) for number, make in enumerate(chance.sample(makers, 38)))]
    expected = brute_force(story, clocks.EVERYTHING, at(2500))
    for _ in range(3000):
        conversation, _ = tell(chance.sample(story, len(story)), clocks.EVERYTHING, until=2500)
        assert conversation.situation == expected


@settings(max_examples=8)
@given(facts(), CHANCE)
def test_the_desk_ends_with_what_holds(story: list[Fact], chance: Random) -> None:
    """The desk ends with the situation's team, assignee, priority and tags, also after actions were taken back."""
    story = [event for event in story if not isinstance(event, Reassigned)]
    order, wakes = chance.sample(story, len(story)), [chance.randrange(90) for _ in story]
    conversation, effects = tell(order, BUSY, until=2000, wakes=wakes)
    desk, s = Desk(), conversation.situation
    desk.do(effects)
    assert (desk.team, desk.assignee, desk.priority) == (s.responsible.team, s.responsible.assignee, s.contact.priority)
    ours = {"routed", "upset", "at-risk", "waited"}
    assert desk.tags & ours == set(s.contact.tags) & ours


@settings(max_examples=10)
@given(facts())
def test_seen_in_order_nothing_is_ever_taken_back(story: list[Fact]) -> None:
    """Nothing is ever retracted where each event is seen when it happens, with at most one event at an instant."""
    conversation = opened("c", START)
    happening = order(conversation)
    each_at_its_own = {event.occurred_at: event for event in sorted(story, key=happening, reverse=True)}
    for event in sorted(each_at_its_own.values(), key=happening):
        conversation = decide(conversation, event, event.occurred_at, policy=BUSY).conversation
    assert [entry for entry in conversation.remarks if entry.kind == "retracted"] == []


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
    assert story.now.on_call.runs == ()
    story.wake(40)
    story.wake(45)
    assert told(story.asked(Notify)) == [
        ("call", "people.1/1.1", "slack:#first"),
        ("notify", "slack:#first", "Stand down: Late — c"),
        ("call", "people.1/1.1", "slack:#first"),
        ("call", "people.1/1.2", "slack:#second"),
    ]


def test_a_call_that_was_right_but_too_early_is_not_repeated() -> None:
    """After an outage a late fact shows that a call was due later: the call stands, and its wait is counted anew."""
    story = Play(FULL, delivers=True)
    story.wake(20)
    story.tell("reassigned", 5, team="tier-2", seen=42)
    assert told(story.asked(Notify)) == [("call", "people.1/1.1", "slack:#first")]
    assert (story.on_call_run("people.1").started_at, story.on_call_run("people.1").next_at) == (at(40), at(45))


def test_a_second_breach_gets_a_new_key() -> None:
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
    assert conversation.situation.responsible.team == "tier-1"


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
