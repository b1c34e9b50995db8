"""Ids of events taken in: how many are known, for how long, and how they are carried into the next run."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from policies.decide import decide
from policies.state.conversation import Conversation
from policies.state.limits import SEEN_DAYS, SEEN_LIMIT
from policies.state.seen import Seen, hash_of
from tests.policies.stories import PLAIN, Play, at, fact

MONDAY = datetime(2026, 1, 5, 10, tzinfo=UTC)
CARRIED = TypeAdapter(Conversation)
SEEN = TypeAdapter(Seen)


def seen_of(count: int, *, begin: int = 0, seen: Seen | None = None, when: datetime = MONDAY) -> Seen:
    """Return `seen` with `count` more ids that all came at `when`."""
    for number in range(begin, begin + count):
        seen = (seen or Seen()).add(f"event-{number}", when)
    return seen or Seen()


def test_the_hash_of_an_id_is_the_same_everywhere() -> None:
    """An id has the same hash on each machine and in each version, and different ids have different hashes."""
    assert hash_of("4711") == 0x5065B064F165B102
    assert len({hash_of(each) for each in ("", "4711", "4712", "é", "\ud83d", "\ud83e")}) == 6


@pytest.mark.parametrize("count", [512, 513, 20_000])
def test_ids_are_known_up_to_the_limit(count: int) -> None:
    """Every id is still known after 512, 513 and 20,000 webhooks."""
    seen = seen_of(count)
    assert (len(seen), all(f"event-{number}" in seen for number in range(count))) == (count, True)


def test_the_oldest_of_20_001_ids_is_forgotten() -> None:
    """The 20,001st id drops the oldest one and no other."""
    seen = seen_of(SEEN_LIMIT + 1)
    assert ("event-0" in seen, "event-1" in seen, "event-20000" in seen, len(seen)) == (False, True, True, SEEN_LIMIT)


def test_an_id_is_forgotten_after_14_days() -> None:
    """An id is known on the fourteenth day and forgotten on the fifteenth."""
    seen = seen_of(3)
    on_the_14th = seen.add("later", MONDAY + timedelta(days=SEEN_DAYS))
    on_the_15th = on_the_14th.add("last", MONDAY + timedelta(days=SEEN_DAYS + 1))
    assert ("event-0" in on_the_14th, len(on_the_14th)) == (True, 4)
    assert ("event-0" in on_the_15th, "later" in on_the_15th, len(on_the_15th)) == (False, True, 2)


def test_a_forgotten_id_may_come_again() -> None:
    """An id that was forgotten counts as new, and is known from then on; the earlier value does not change."""
    old = seen_of(SEEN_LIMIT + 1)
    again = old.add("event-0", MONDAY)
    assert ("event-0" in old, "event-0" in again, "event-1" in old, "event-1" in again) == (False, True, True, False)


def test_an_earlier_value_stays_as_it_was() -> None:
    """A trial decision changes nothing: two values made from one do not affect it or each other."""
    before = seen_of(2)
    one, other = before.add("one", MONDAY), before.add("other", MONDAY)
    assert [len(each) for each in (before, one, other)] == [2, 3, 3]
    assert ["one" in each for each in (before, one, other)] == [False, True, False]
    assert ["other" in each for each in (before, one, other)] == [False, False, True]
    assert before.add("one", MONDAY) == one


def test_the_ids_of_two_runs_are_known_together() -> None:
    """The ids of an earlier run and of this one are joined, each once, and both values stay as they were."""
    earlier, own = seen_of(3), seen_of(3, begin=2)
    joined = earlier.add_all(own, MONDAY)
    assert (len(joined), len(earlier), len(own)) == (5, 3, 3)
    assert all(f"event-{number}" in joined for number in range(5))


def test_the_order_of_arrival_makes_no_difference() -> None:
    """The same ids added in another order give an equal value with the same hash."""
    one, other = Seen(("a", "b")), Seen(("b", "a"))
    assert (one == other, hash(one) == hash(other), one == Seen(("a", "c")), one == "ab") == (True, True, False, False)


def test_all_of_it_is_carried_in_240_kb() -> None:
    """20,000 ids over 14 days take less than 240,000 bytes as JSON, and all are known after they were read again."""
    seen = Seen()
    for number in range(SEEN_LIMIT):
        seen = seen.add(f"event-{number}", MONDAY + timedelta(days=number * SEEN_DAYS // SEEN_LIMIT))
    carried = SEEN.dump_json(seen)
    read = SEEN.validate_json(carried)
    assert (len(carried) < 240_000, len(read), read == seen) == (True, SEEN_LIMIT, True)
    assert read.encoded() == seen.encoded()


def test_few_ids_are_carried_in_few_bytes() -> None:
    """Ten ids are carried in 125 bytes, and two in one short text."""
    assert SEEN.dump_python(seen_of(2)) == {"2026-01-05": "/TYEaMgyaj8dQQO/+1F5HQ=="}
    assert len(SEEN.dump_json(seen_of(10))) == 125


def test_an_unreadable_id_is_said() -> None:
    """Carried ids that are not base64 raise a sentence that names their day."""
    with pytest.raises(ValueError, match="the ids of 2026-01-05 can't be read"):
        Seen.decoded({"2026-01-05": "?"})


_STEPS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40), st.integers(0, 5)), max_size=60)


@settings(max_examples=50)
@given(_STEPS)
def test_it_is_what_a_list_of_ids_would_be(steps: list[tuple[int, int, int]]) -> None:
    """A value to which ids are added on any days, also from an earlier value, knows what a plain list would know."""
    made: list[tuple[Seen, list[tuple[str, int]]]] = [(Seen(), [])]
    for number, day, back in steps:
        seen, known = made[max(0, len(made) - 1 - back)]
        newest = max((day, *(each for _, each in known)))
        event_id, is_known = f"e{number}", any(name == f"e{number}" for name, _ in known)
        expected = known if is_known else [*known, (event_id, newest)]
        kept = expected if is_known else [each for each in expected if each[1] >= newest - SEEN_DAYS]
        made.append((seen.add(event_id, MONDAY + timedelta(days=day)), kept))
    for seen, known in made:
        assert (len(seen), {f"e{n}" for n in range(31) if f"e{n}" in seen}) == (len(known), {name for name, _ in known})
        assert SEEN.validate_python(SEEN.dump_python(seen)) == seen


def test_513_webhooks_sent_again_count_once() -> None:
    """A helpdesk that sends all of its 513 webhooks a second time changes nothing."""
    play = Play()
    for number in range(513):
        play.tell("tag_added", 1, tag="vip", event_id=f"webhook-{number}")
    before = play.conversation
    again = [
        decide(before, fact("tag_added", 1, tag="vip", event_id=f"webhook-{n}"), at(5), policy=PLAIN)
        for n in range(513)
    ]
    assert {(decision.is_duplicate, decision.conversation == before) for decision in again} == {(True, True)}


def test_a_command_carried_out_before_is_known_by_its_id() -> None:
    """A command id of 29,000 characters is cut to 200, and the command is known by it when it comes again."""
    play = Play()
    decision = play.command("add_note", 1, tried="a", think="b", need="c", command_id="x" * 29_000)
    assert (decision.is_duplicate, len(play.conversation.tail[-1].event_id)) == (False, 200)
    again = play.command("add_note", 2, tried="a", think="b", need="c", command_id="x" * 29_000)
    assert again.is_duplicate


def test_a_conversation_is_carried_with_its_ids() -> None:
    """The conversation that one run hands to the next carries its ids as hashes and reads back equal."""
    play = Play()
    play.customer(1)
    carried = CARRIED.dump_python(play.conversation, mode="json")
    assert CARRIED.validate_python(json.loads(json.dumps(carried))) == play.conversation
    assert list(carried["seen"]) == ["2026-01-05"]


@pytest.mark.parametrize("forgotten", ["a", "b", "c", "unknown"])
def test_one_id_is_forgotten_and_the_others_stay(forgotten: str) -> None:
    """An event that has to be taken in again is forgotten, and all others still count as taken in."""
    seen = Seen().add("a", MONDAY).add("b", MONDAY).add("c", MONDAY + timedelta(days=1))
    left = [each for each in ("a", "b", "c") if each != forgotten]
    assert [each for each in ("a", "b", "c") if each in seen.without(forgotten)] == left
    assert Seen.decoded(seen.without(forgotten).encoded()) == seen.without(forgotten)
