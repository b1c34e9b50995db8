"""Answers to queries, waiting effects and batches for the ledger fit into what the server takes."""

from datetime import timedelta

import pytest

from activities.ledger.lines import LedgerEntry
from policies.state.effects import AddInternalNote, AnyEffect, Notify, SetStatus
from tests.policies.stories import at
from workflows.carrying.packing import size_of
from workflows.limits.server import ANSWER_LIMIT, BATCH_LIMIT, WAITING_BYTES_LIMIT, WAITING_LIMIT
from workflows.outgoing.backlog import given_up
from workflows.outgoing.journal import Journal
from workflows.showing.answers import SHORTENED, list_that_fits, object_that_fits, policy_that_fits
from workflows.waits.in_task import InTask

NOW = at(0)


def test_an_answer_at_the_limit_is_whole() -> None:
    """An answer of a million bytes is given as it is; with one byte more it is shortened, and says so."""
    at_most = {"x": "y" * (ANSWER_LIMIT - len('{"x":""}'))}
    assert object_that_fits(at_most) is at_most
    over = object_that_fits({"x": at_most["x"] + "y"})
    assert (size_of(over) <= ANSWER_LIMIT, over["x"].endswith(" … (cut)")) == (True, True)
    assert (
        over[SHORTENED]
        == "1000001 bytes are too many for one answer: texts and lists are cut; the ledger has all of it"
    )


@pytest.mark.parametrize("size", [20, 1_000, 100_000])
def test_a_list_that_is_too_large_keeps_its_end(size: int) -> None:
    """A timeline that is too large begins with a line that says so, and ends with its latest line."""
    lines = [{"at": str(number), "kind": "x", "text": "y" * size} for number in range(2_000_000 // size)]
    answer = list_that_fits(lines)
    assert (size_of(answer) <= ANSWER_LIMIT, answer[0]["kind"], answer[-1]["at"]) == (True, SHORTENED, lines[-1]["at"])


def test_a_policy_is_whole_or_missing() -> None:
    """A policy that is too large for an answer is left out, because half of it would be another policy."""
    answer = policy_that_fits({"name": "p v1", "digest": "d", "document": {"x": "y" * ANSWER_LIMIT}})
    assert (answer["name"], answer["document"], SHORTENED in answer) == ("p v1", {}, True)


def note(number: int, body: str = "") -> AddInternalNote:
    """Return a note that is due `number` minutes after NOW."""
    due_at = NOW + timedelta(minutes=number)
    return AddInternalNote(key=f"n{number}", conversation_id="c", due_at=due_at, because="b", body=body)


def call(number: int) -> Notify:
    """Return a call to people."""
    return Notify(
        key=f"c{number}", conversation_id="c", due_at=NOW, because="b", target="slack:#a", headline="h", page="x.1/1.1"
    )


def test_the_oldest_notices_are_given_up() -> None:
    """When 301 effects wait, the oldest notice is given up, but no call, no status and no notice under way."""
    status = SetStatus(key="s", conversation_id="c", due_at=NOW, because="b", status="open")
    others: list[AnyEffect] = [call(0), status]
    notes = [note(number) for number in range(WAITING_LIMIT - 2)]
    assert given_up([*notes, *others], [notes[0]]) == ()
    assert given_up([*notes, *others, note(999)], [notes[0]]) == (notes[1],)


def test_calls_are_never_given_up() -> None:
    """A thousand calls wait, and none is given up."""
    assert given_up([call(number) for number in range(1_000)], []) == ()


def test_large_notices_are_given_up_before_they_are_many() -> None:
    """Notices of more than 500,000 bytes together lose the oldest ones."""
    notes = [note(number, "x" * 10_000) for number in range(60)]
    left = [each for each in notes if each not in given_up(notes, [])]
    assert (sum(map(size_of, left)) <= WAITING_BYTES_LIMIT, left == notes[-len(left) :]) == (True, True)


def test_a_batch_for_the_ledger_fits() -> None:
    """With two hundred long messages unwritten, a transcript's call takes the newest ones that fit into one batch."""
    entries = [
        LedgerEntry(seq=n, recorded_at=NOW, occurred_at=NOW, kind="message", because="b", body={"text": "x" * 16_000})
        for n in range(200)
    ]
    journal = Journal("c", entries, InTask())
    assert size_of(journal.messages.entries) <= BATCH_LIMIT + 200
    assert journal.messages.entries[-1] is entries[-1]
