"""Events of one instant: the order of their kinds decides, never the form of their ids."""

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from policies.decide import decide_all
from policies.state.conversation import Conversation, opened
from policies.state.events import (
    KINDS,
    Absorbed,
    AtOneInstant,
    EditionChanged,
    Event,
    Fact,
    Held,
    Merged,
    Snoozed,
)
from policies.state.situation import Situation
from tests.policies.stories import PLAIN, START, Play, at, fact, started

PAGE = (Path(__file__).parents[2] / "docs" / "clocks.md").read_text()
IDS = (("evt-1", "msg-2"), ("msg-2", "evt-1"))
"""Two ids, given to the two events of an instant both ways."""


def customer(event_id: str, when: float = 10) -> Fact:
    """Return a message of the customer."""
    return fact("message", when, event_id=event_id, author="customer", text="One more question")


def answer(event_id: str, when: float = 10) -> Fact:
    """Return an agent's answer."""
    return fact("message", when, event_id=event_id, author="agent", author_id="anna", text="Here you are")


def status(event_id: str, when: float = 10, status: str = "resolved") -> Fact:
    """Return a status of the helpdesk."""
    return fact("status_changed", when, event_id=event_id, status=status)


def told(*facts: Fact, edition: int = 3) -> Conversation:
    """Return a conversation that took these facts in at minute 19, after its start."""
    conversation = opened("c", START, edition=edition)
    return decide_all(conversation, [started(), *facts], at(19), policy=PLAIN).conversation


def ends(*facts: Fact, edition: int = 3) -> Situation:
    """Return the situation after these facts."""
    return told(*facts, edition=edition).situation


def clock_of(s: Situation, name: str) -> str:
    """Return the state of the clock that began last."""
    return [clock.state for clock in s.sla.clocks if clock.name == name][-1]


@pytest.mark.parametrize(("said", "became"), IDS)
def test_send_and_close_in_one_second_keeps_the_promise(said: str, became: str) -> None:
    """“Send & close” reports an answer and `resolved` at the same instant: the first response is met, not cancelled."""
    s = ends(answer(said), status(became))
    assert (clock_of(s, "first_response"), s.lifecycle.status) == ("met", "resolved")
    assert s.waiting.answered_by == "anna"


@pytest.mark.parametrize(("said", "became"), IDS)
def test_a_message_and_a_close_in_one_second_end_closed(said: str, became: str) -> None:
    """A customer writes in the second in which the agent closes: the message is on record, and the close holds."""
    s = ends(answer("a", 5), customer(said), status(became))
    assert (s.lifecycle.status, s.lifecycle.reopened, s.waiting.since) == ("resolved", 0, None)
    assert clock_of(s, "next_response") == "cancelled"


@pytest.mark.parametrize(("said", "became"), IDS)
def test_a_resolve_of_a_command_is_a_close_as_well(said: str, became: str) -> None:
    """It makes no difference whether the helpdesk reports the close or a person asks Baton for it."""
    asked = status(became).model_copy(update={"source": "command"})
    s = ends(answer(said), asked)
    assert clock_of(s, "first_response") == "met"


@pytest.mark.parametrize(("given", "became"), IDS)
def test_a_merge_that_also_closes_gives_the_wait_away_first(given: str, became: str) -> None:
    """A helpdesk that merges also reports `resolved` in that second: the other conversation still gets the wait."""
    s = ends(Merged(event_id=given, occurred_at=at(10), into="b"), status(became))
    assert s.lifecycle.given_away is not None
    assert s.lifecycle.given_away.waiting_since == START


@pytest.mark.parametrize(("promised", "said"), IDS)
def test_an_answer_that_promises_a_callback_keeps_it(promised: str, said: str) -> None:
    """An answer and the callback that it promises come in one second: the callback is not taken for done."""
    callback = fact("callback_promised", 10, event_id=promised, at=at(60).isoformat(), by="anna")
    assert ends(answer(said), callback).waiting.callback_at == at(60)


@pytest.mark.parametrize(("put_aside", "said"), IDS)
def test_a_message_and_a_snooze_in_one_second_end_snoozed(put_aside: str, said: str) -> None:
    """An agent snoozes in the second in which the customer writes: the snooze holds, and the clocks run on."""
    snoozed = Snoozed(event_id=put_aside, occurred_at=at(10), source="command", by="anna", until=at(90))
    s = ends(customer(said), snoozed)
    assert (s.lifecycle.snoozed_until, clock_of(s, "first_response")) == (at(90), "running")


@pytest.mark.parametrize(("absorbed", "became"), IDS)
def test_a_merge_into_a_conversation_that_closes_in_that_second_ends_closed(absorbed: str, became: str) -> None:
    """An agent merges another conversation into this one and closes it at once: it stays closed."""
    merged = Absorbed(event_id=absorbed, occurred_at=at(10), other="b", waiting_since=at(1))
    assert ends(answer("a", 5), merged, status(became)).lifecycle.status == "resolved"


Maker = Callable[[str], Fact]
_SAID: tuple[Maker, ...] = (customer, answer)
_BECAME: tuple[Maker, ...] = (
    status,
    lambda event_id: status(event_id, status="pending_customer"),
    lambda event_id: Held(event_id=event_id, occurred_at=at(10), source="command", by="anna", note="n"),
    lambda event_id: Merged(event_id=event_id, occurred_at=at(10), into="b"),
    lambda event_id: fact("tag_added", 10, event_id=event_id, tag="vip"),
    lambda event_id: fact("reassigned", 10, event_id=event_id, team="tier-2"),
    lambda event_id: fact("callback_promised", 10, event_id=event_id, at=at(60).isoformat()),
)


@pytest.mark.parametrize(("said", "became"), [*product(_SAID, _BECAME)])
def test_ids_never_decide_between_a_message_and_what_else_happened(said: Maker, became: Maker) -> None:
    """Ids never decide: an event in the same second as a message leaves the conversation the same under any id."""
    one, other = (ends(said(first), became(second)) for first, second in IDS)
    assert [entry.text for entry in one.told.timeline] == [entry.text for entry in other.told.timeline]
    assert (one.lifecycle, one.waiting, one.sla, one.responsible.team) == (
        other.lifecycle,
        other.waiting,
        other.sla,
        other.responsible.team,
    )


def test_a_close_that_arrives_first_is_put_behind_the_answer() -> None:
    """The helpdesk's close arrives before the answer of the same second: the record ends as if it had come after."""
    play = Play()
    play.feed(status("evt-1"), 10)
    assert clock_of(play.now, "first_response") == "cancelled"
    play.feed(answer("msg-2"), 11)
    assert clock_of(play.now, "first_response") == "met"


@pytest.mark.parametrize(("said", "became", "state"), [("a", "b", "met"), ("b", "a", "cancelled")])
def test_conversations_of_earlier_editions_go_by_ids_as_before(said: str, became: str, state: str) -> None:
    """In a conversation that began in edition 2, ids still decide."""
    assert clock_of(ends(answer(said), status(became), edition=2), "first_response") == state


def test_a_conversation_that_moves_on_keeps_the_order_of_its_past() -> None:
    """A conversation that goes on in edition 3 judges the events from before by ids, also where they arrive late."""
    moved = EditionChanged(event_id="e", occurred_at=at(15), source="baton", edition=3)
    before = told(answer("b", 5), status("a", 5), moved, edition=2)
    assert clock_of(before.situation, "first_response") == "cancelled"
    late = decide_all(before, [customer("late", 4)], at(21), policy=PLAIN).conversation.situation
    assert clock_of(late, "first_response") == "cancelled"
    after = decide_all(before, [customer("c", 16), answer("b2", 17), status("a2", 17)], at(21), policy=PLAIN)
    assert clock_of(after.conversation.situation, "next_response") == "met"


def test_the_page_has_the_order_of_kinds() -> None:
    """docs/clocks.md names the kinds of each place in the order in which they count."""
    section = PAGE.partition("## At one instant\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d) \|[^|]*\| ([^|]*) \|", section, re.MULTILINE)
    kinds = [(place, sorted(_name(kind) for kind in KINDS if kind.at_one_instant is place)) for place in AtOneInstant]
    written = [(AtOneInstant(int(place)), sorted(re.findall(r"`(\w+)`", names))) for place, names in rows]
    assert written == [(place, [] if place is AtOneInstant.KNOWN else names) for place, names in kinds]


def _name(kind: type[Event]) -> str:
    return str(kind.model_fields["kind"].default)
