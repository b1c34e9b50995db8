"""The state that a run hands to the next: it always fits, and the parts that were dropped for that are named."""

import random
from dataclasses import replace
from datetime import timedelta
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.catalog import PinnedPolicy, pin
from activities.ledger.lines import LedgerEntry
from policies.decide import decide
from policies.state.conversation import Conversation
from policies.state.effects import AnyEffect, Notify
from policies.state.events import MessageReceived
from policies.state.limits import DOCUMENT_LIMIT
from policies.state.records.sla import Sla
from policies.state.records.told import Entry, Said, ToldSoFar
from policies.state.situation import Situation
from tests.policies.stories import FULL, Play, at
from tests.workflows.inflating import Path, Shape, inflated, parts, text
from workflows.carrying.fitting import DROPPED, shortened
from workflows.carrying.packing import size_of, unpacked
from workflows.conversations.carried import Carried, carried_on
from workflows.limits.server import CARRIED_LIMIT, CARRIED_PLAIN_LIMIT, PLAIN_LIMIT

NOW = at(1_000)


def story() -> Carried:
    """Return the state of a conversation with a running promise, a tag, messages and waiting effects."""
    play = Play(FULL, subject="Charged twice", customer={"id": "c-1", "tier": "gold"})
    play.customer(1)
    play.tell("tag_added", 2, tag="billing")
    play.answer(30)
    play.customer(40)
    return Carried(
        conversation=play.conversation,
        pinned=pin(FULL.document),
        waiting=tuple(play.effects),
    )


def handed_on(carried: Carried) -> tuple[Carried, str]:
    """Return the state that the next run gets and what was dropped, after checking that it fits."""
    form, dropped = carried_on(carried.model_dump(mode="json"), NOW)
    assert size_of(form) <= CARRIED_LIMIT
    state = unpacked(form)
    assert size_of(state) <= CARRIED_PLAIN_LIMIT + 10_000  # with the line that says what was dropped
    return Carried.model_validate(state), dropped


def test_a_state_that_fits_is_handed_on_whole() -> None:
    """An ordinary conversation is handed on as it was, as JSON that an operator can read."""
    form, dropped = carried_on(story().model_dump(mode="json"), NOW)
    assert ("conversation" in form, dropped) == (True, "")
    assert Carried.model_validate(form) == story()


def test_a_state_that_compresses_is_handed_on_whole() -> None:
    """A long conversation of repeated words is compressed and loses nothing."""
    carried = story()
    words = tuple(Said(at(1), "customer", "", "where is my parcel? " * 5_000) for _ in range(10))
    large = carried.model_copy(update={"conversation": _with(carried.conversation, ToldSoFar, recent=words)})
    assert size_of(large.model_dump(mode="json")) > PLAIN_LIMIT
    again, dropped = handed_on(large)
    assert (again == large, dropped) == (True, "")


def test_dropped_parts_are_named() -> None:
    """The timeline and the ledger say what was dropped, and the promises stay as they were."""
    carried = story()
    noise = random.Random(1)
    lines = [_line(number, text(noise, 20_000)) for number in range(200)]
    again, dropped = handed_on(carried.model_copy(update={"unwritten": lines}))
    said = "Too large to be carried on whole; dropped or cut: texts of messages that the ledger does not have yet"
    assert dropped == said
    assert again.conversation.remarks[-1] == Entry(NOW, DROPPED, said)
    assert (again.unwritten[-1].kind, again.unwritten[-1].because, len(again.unwritten)) == (DROPPED, said, 201)
    assert again.conversation.situation == carried.conversation.situation
    assert again.unwritten[0].body["text"].endswith("… (cut)")


def test_a_conversation_goes_on_after_its_past_was_dropped() -> None:
    """A conversation whose remembered past was dropped judges its next events as before."""
    carried = story()
    noise = random.Random(2)
    tail = tuple(_message(number, text(noise, 60_000)) for number in range(48))
    again, dropped = handed_on(carried.model_copy(update={"conversation": replace(carried.conversation, tail=tail)}))
    assert "the events before which a late one could be put" in dropped
    assert (again.conversation.tail, again.conversation.base) == ((), again.conversation.situation)
    assert again.conversation.situation.sla.clocks == carried.conversation.situation.sla.clocks
    event = _message(99, "Hello?").model_copy(update={"occurred_at": NOW})
    decision = decide(again.conversation, event, NOW, policy=FULL)
    assert decision.conversation.situation.told.messages == carried.conversation.situation.told.messages + 1


def _with(conversation: Conversation, record: type[Any], **fields: Any) -> Conversation:
    situation = conversation.situation.changed(record, **fields)
    return replace(conversation, base=situation, situation=situation)


def _line(seq: int, said: str) -> LedgerEntry:
    body = {"event_id": f"m-{seq}", "author": "customer", "text": said}
    return LedgerEntry(seq=seq, recorded_at=NOW, occurred_at=NOW, kind="message", because="said", body=body)


def _message(number: int, said: str) -> MessageReceived:
    return MessageReceived(event_id=f"m-{number}", occurred_at=at(50), author="customer", text=said)


PARTS = parts(Carried)
_SHAPES = ((3, 700_000), (60, 31_000), (170, 30_000), (900, 3_000), (3_000, 400), (10_000, 60))
_KEPT = ("sla.clocks", "on_call.runs", "lifecycle.status", "responsible.team")


def check(paths: list[Path], shape: Shape, seed: int) -> None:
    """Inflate those parts of a conversation, and check that promises, calls, status and team are handed on."""
    before = carried = story()
    noise = random.Random(seed)
    for path in paths:
        carried = inflated(carried, path, shape, noise)
    again, dropped = handed_on(carried)
    now, was = again.conversation.situation, before.conversation.situation
    kept = [attrgetter(name) for name in _KEPT if ("conversation", "situation", *name.split(".")) not in paths]
    assert [field(now) for field in kept] == [field(was) for field in kept]
    assert bool(dropped) == (again.conversation.remarks[-1:] != carried.conversation.remarks[-1:])
    assert len(calls(again)) == min(len(calls(carried)), 200)
    is_left_behind = any(path[0] == "pinned" for path in paths) and "the policy, which is looked up again" in dropped
    assert is_left_behind or again.pinned.document == carried.pinned.document


def calls(carried: Carried) -> list[AnyEffect]:
    """Return the calls to people that wait."""
    return [effect for effect in carried.waiting if isinstance(effect, Notify) and effect.page]


def test_every_part_is_known() -> None:
    """The list of parts to inflate contains each field that is handed on, those within records included."""
    known = {".".join(path) for path in PARTS}
    assert {
        "conversation.situation.briefing.words",
        "conversation.base.told.timeline",
        "conversation.tail",
        "pinned.document",
        "inbox",
        "aside.items",
    } <= known


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(170, 30_000), (3_000, 400)], ids=["long", "many"])
def test_each_part_may_be_too_large(shape: Shape) -> None:
    """A text of 30 kB in each of 170 entries of any part leaves promises and calls as they were."""
    for path in PARTS:
        check([path], shape, 3)


@pytest.mark.soak
@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PARTS), max_size=5, unique=True), st.sampled_from(_SHAPES), st.integers(0, 99))
def test_it_always_fits(paths: list[Path], shape: Shape, seed: int) -> None:
    """The next run gets the promises and calls, whatever parts are too large and however many at once."""
    check(paths, shape, seed)


@pytest.mark.slow
def test_all_at_once_fits() -> None:
    """A conversation in which every part is too large goes on with its promises and its calls to people."""
    check([path for path in PARTS if path[0] != "pinned"], (10, 8_000), 5)


def test_a_policy_of_its_greatest_size_is_kept() -> None:
    """A policy of the greatest size allowed is handed on, however large the rest is."""
    carried = inflated(story(), ("pinned", "document"), (6, DOCUMENT_LIMIT // 20), random.Random(6))
    assert DOCUMENT_LIMIT * 0.8 < size_of(carried.pinned.document) < DOCUMENT_LIMIT
    for name in ("tail", "issued", "remarks"):
        again, dropped = handed_on(inflated(carried, ("conversation", name), (170, 30_000), random.Random(6)))
        assert (again.pinned == carried.pinned, bool(dropped)) == (True, True)


@pytest.mark.slow
def test_a_state_that_is_cut_the_most_can_be_read() -> None:
    """A state can be read again after all its texts and lists were cut."""
    for path in (path for path in PARTS if path[1:2] != ("base",)):  # the base has the same fields as the situation
        form = shortened(inflated(story(), path, (5, 250), random.Random(7)).model_dump(mode="json"), 60, 4)
        assert Carried.model_validate(form).received == (1 if path == ("received",) else 0)


def test_promises_are_kept_in_any_number() -> None:
    """Forty promises stay while the lists around them are cut."""
    carried = story()
    clock = carried.conversation.situation.sla.clocks[0]
    clocks = tuple(replace(clock, episode=number) for number in range(1, 41))
    many = carried.model_copy(update={"conversation": _with(carried.conversation, Sla, clocks=clocks)})
    large = inflated(many, ("conversation", "situation", "understanding", "mentions"), (10_000, 700), random.Random(8))
    again, _ = handed_on(large)
    assert again.conversation.situation.sla.clocks == clocks
    assert len(again.conversation.situation.understanding.mentions) < 10_000


@pytest.mark.slow
def test_ten_thousand_arrivals_fit() -> None:
    """Ten thousand messages that wait are all handed on, if only by their beginnings."""
    carried = story()
    noise = random.Random(7)
    inbox = tuple(_message(number, text(noise, 2_000)) for number in range(10_000))
    again, dropped = handed_on(carried.model_copy(update={"inbox": inbox}))
    assert "texts of arrivals beyond 300 bytes" in dropped
    assert len(again.inbox) == 10_000
    assert isinstance(carried.pinned, PinnedPolicy)
    assert isinstance(again.conversation.situation, Situation)
    assert NOW - at(0) == timedelta(minutes=1_000)
