"""What a run hands to the next fits, whatever the state is; and what was dropped for that is named."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.catalog import PinnedPolicy, pin
from activities.ledger import LedgerEntry
from policies.conversation import Conversation
from policies.decide import decide
from policies.effects import AddInternalNote, AnyEffect, Notify
from policies.events import CustomerUpdated, MessageReceived
from policies.situation import Entry, Said, Situation
from tests.policies.stories import FULL, Play, at
from workflows.carried import DROPPED, Carried, carried_on
from workflows.limits import CARRIED_LIMIT, CARRIED_PLAIN_LIMIT, PLAIN_LIMIT
from workflows.packing import size_of, unpacked

NOW = at(1_000)


def story() -> Carried:
    """A conversation with a promise that runs, some tags and two messages."""
    play = Play(FULL, subject="Charged twice", customer={"id": "c-1", "tier": "gold"})
    play.customer(1)
    play.tell("tag_added", 2, tag="billing")
    play.answer(30)
    play.customer(40)
    return Carried(
        conversation=play.conversation,
        pinned=pin(FULL.document.model_dump(mode="json", exclude_defaults=True)),
        waiting=tuple(play.effects),
    )


def handed_on(carried: Carried) -> tuple[Carried, str]:
    """What the next run has, after what was sent is known to fit."""
    form, dropped = carried_on(carried, NOW)
    assert size_of(form) <= CARRIED_LIMIT
    state = unpacked(form)
    assert size_of(state) <= CARRIED_PLAIN_LIMIT + 10_000  # with the line that says what was dropped
    return Carried.model_validate(state), dropped


def test_a_state_that_fits_is_handed_on_whole() -> None:
    """An ordinary conversation goes on as it was, as JSON that an operator can read."""
    form, dropped = carried_on(story(), NOW)
    assert ("conversation" in form, dropped) == (True, "")
    assert Carried.model_validate(form) == story()


def test_a_state_that_compresses_is_handed_on_whole() -> None:
    """A long conversation of repeated words is packed, and loses nothing."""
    carried = story()
    words = tuple(Said(at(1), "customer", "", "where is my parcel? " * 5_000) for _ in range(10))
    large = carried.model_copy(update={"conversation": _with(carried.conversation, recent=words)})
    assert size_of(large.model_dump(mode="json")) > PLAIN_LIMIT
    again, dropped = handed_on(large)
    assert (again == large, dropped) == (True, "")


def test_what_was_dropped_is_named() -> None:
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
    """Where the remembered past was dropped, the next events are judged as before."""
    carried = story()
    noise = random.Random(2)
    tail = tuple(_message(number, text(noise, 60_000)) for number in range(48))
    again, dropped = handed_on(carried.model_copy(update={"conversation": replace(carried.conversation, tail=tail)}))
    assert "the events before which a late one could be put" in dropped
    assert (again.conversation.tail, again.conversation.base) == ((), again.conversation.situation)
    assert again.conversation.situation.clocks == carried.conversation.situation.clocks
    event = _message(99, "Hello?").model_copy(update={"occurred_at": NOW})
    decision = decide(again.conversation, event, NOW, policy=FULL)
    assert decision.conversation.situation.messages == carried.conversation.situation.messages + 1


def text(noise: random.Random, size: int) -> str:
    """Words that no compression makes smaller."""
    return noise.randbytes(size // 2).hex()


def _with(conversation: Conversation, **fields: Any) -> Conversation:
    situation = replace(conversation.situation, **fields)
    return replace(conversation, base=situation, situation=situation)


def _line(seq: int, said: str) -> LedgerEntry:
    body = {"event_id": f"m-{seq}", "author": "customer", "text": said}
    return LedgerEntry(seq=seq, recorded_at=NOW, occurred_at=NOW, kind="message", because="said", body=body)


def _message(number: int, said: str) -> MessageReceived:
    return MessageReceived(event_id=f"m-{number}", occurred_at=at(50), author="customer", text=said)


Inflate = Callable[[Carried, random.Random, int, int], Carried]


def _situation(field: str, make: Callable[[random.Random, int, int], Any]) -> Inflate:
    def inflate(carried: Carried, noise: random.Random, count: int, size: int) -> Carried:
        return carried.model_copy(
            update={"conversation": _with(carried.conversation, **{field: make(noise, count, size)})}
        )

    return inflate


def _effects(noise: random.Random, count: int, size: int) -> tuple[AnyEffect, ...]:
    shared: dict[str, Any] = {"conversation_id": "c", "due_at": NOW, "because": text(noise, size)}
    notes = (AddInternalNote(key=f"c/{n}", body=text(noise, size), **shared) for n in range(count))
    calls = (Notify(key=f"c/p{n}", target="slack:#a", headline="h", page=f"x.1/1.{n}", **shared) for n in range(5))
    return (*notes, *calls)


def _facts(noise: random.Random, count: int, size: int) -> tuple[Any, ...]:
    customer = {text(noise, 40): text(noise, size) for _ in range(count)}
    known = CustomerUpdated(event_id="k", occurred_at=NOW, customer=customer)
    return (*(_message(number, text(noise, size)) for number in range(count)), known)


PARTS: dict[str, Inflate] = {
    "attributes": _situation(
        "attributes", lambda noise, n, size: tuple((text(noise, 40), text(noise, size)) for _ in range(n))
    ),
    "tags": _situation("tags", lambda noise, n, size: tuple(text(noise, size) for _ in range(n))),
    "timeline": _situation(
        "timeline", lambda noise, n, size: tuple(Entry(NOW, "x", text(noise, size)) for _ in range(n))
    ),
    "page": _situation("page", lambda noise, n, size: {text(noise, 40): [text(noise, size)] * 3 for _ in range(n)}),
    "subject": _situation("subject", lambda noise, n, size: text(noise, n * size)),
    "absorbed": _situation("absorbed", lambda noise, n, size: tuple(text(noise, size) for _ in range(n))),
    "remarks": lambda carried, noise, n, size: carried.model_copy(
        update={
            "conversation": replace(
                carried.conversation, remarks=tuple(Entry(NOW, "x", text(noise, size)) for _ in range(n))
            )
        }
    ),
    "retracted": lambda carried, noise, n, size: carried.model_copy(
        update={"conversation": replace(carried.conversation, retracted=tuple(text(noise, size) for _ in range(n)))}
    ),
    "tail": lambda carried, noise, n, size: carried.model_copy(
        update={"conversation": replace(carried.conversation, tail=_facts(noise, n, size))}
    ),
    "issued": lambda carried, noise, n, size: carried.model_copy(
        update={"conversation": replace(carried.conversation, issued=_effects(noise, n, size))}
    ),
    "seen": lambda carried, noise, n, size: carried.model_copy(
        update={"conversation": replace(carried.conversation, seen=_seen(noise))}
    ),
    "waiting": lambda carried, noise, n, size: carried.model_copy(update={"waiting": _effects(noise, n, size)}),
    "inbox": lambda carried, noise, n, size: carried.model_copy(update={"inbox": _facts(noise, n, size)}),
    "unwritten": lambda carried, noise, n, size: carried.model_copy(
        update={"unwritten": [_line(number, text(noise, size)) for number in range(n)]}
    ),
}
_SHAPES = ((3, 700_000), (60, 31_000), (170, 30_000), (900, 3_000), (3_000, 400), (10_000, 60))


def _seen(noise: random.Random) -> Any:
    seen = story().conversation.seen
    for number in range(3_000):
        seen = seen.add(f"{noise.random()}-{number}", NOW)
    return seen


def check(parts: list[str], shape: tuple[int, int], seed: int) -> None:
    """Inflate those parts of a conversation, and see that what matters is handed on."""
    before = carried = story()
    noise = random.Random(seed)
    for part in parts:
        carried = PARTS[part](carried, noise, *shape)
    again, dropped = handed_on(carried)
    now, was = again.conversation.situation, before.conversation.situation
    assert bool(dropped) == (again.conversation.remarks[-1:] != carried.conversation.remarks[-1:])
    assert (now.clocks, now.pages, now.status, now.team) == (was.clocks, was.pages, was.status, was.team)
    assert again.pinned == before.pinned
    calls = [effect.key for effect in carried.waiting if isinstance(effect, Notify) and effect.page]
    assert [effect.key for effect in again.waiting if isinstance(effect, Notify) and effect.page] == calls


@pytest.mark.parametrize("part", PARTS)
def test_each_part_may_be_too_large(part: str) -> None:
    """170 texts of 30 kB anywhere in a conversation leave its promises and its calls to people as they were."""
    check([part], (170, 30_000), 3)


@pytest.mark.soak
@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(PARTS)), max_size=5, unique=True), st.sampled_from(_SHAPES), st.integers(0, 99))
def test_it_always_fits(parts: list[str], shape: tuple[int, int], seed: int) -> None:
    """Whatever is too large in a conversation, and however much at once, the next run gets what matters."""
    check(parts, shape, seed)


def test_all_at_once_fits() -> None:
    """A conversation in which everything is too large goes on with its promises and its calls to people."""
    check(sorted(PARTS), (60, 31_000), 5)


def test_ten_thousand_arrivals_fit() -> None:
    """Ten thousand messages that wait while a conversation goes on are handed on, if only by their beginnings."""
    carried = story()
    noise = random.Random(7)
    inbox = tuple(_message(number, text(noise, 2_000)) for number in range(10_000))
    again, dropped = handed_on(carried.model_copy(update={"inbox": inbox}))
    assert "texts of arrivals beyond 300 bytes" in dropped
    assert len(again.inbox) == 10_000
    assert isinstance(carried.pinned, PinnedPolicy)
    assert isinstance(again.conversation.situation, Situation)
    assert NOW - at(0) == timedelta(minutes=1_000)
