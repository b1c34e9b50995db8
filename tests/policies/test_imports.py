"""Imports: a conversation went on elsewhere before; what was due before its start is recorded and tells no person."""

from datetime import timedelta
from typing import Any

import pytest

from policies.contract.messages import read_start
from policies.decide import decide, decide_all
from policies.state.conversation import Conversation, Decision, opened
from policies.state.effects import AddInternalNote, AnyEffect, Assign, Notify, SendReply, SetStatus
from policies.state.events import Fact
from tests.policies.stories import FULL, START, at, fact, policy_of, told, wake_up

DAY = 24 * 60
RULES = """
rules:
  - {name: opened, on: conversation_started, do: [{reply: "Welcome"}, {note: "A new one"}]}
  - {name: late, on: {clock: first_response, at: breach}, do: [{notify: 'slack:#late'}, {tag: late}]}
  - {name: late again, on: {clock: next_response, at: breach}, do: [{notify: 'slack:#late'}]}
  - {name: gone, on: {customer_silent: 3d}, do: [{resolve: "No word"}]}
"""
POLICY = policy_of(RULES)


class Import:
    """A conversation opened at minute 0 of the stories, and started here at minute `start`."""

    def __init__(self, start: float, *facts: Fact, edition: int = 3, policy: Any = POLICY, **body: Any) -> None:
        stated = {"channel": "email", "opened_at": START.isoformat(), **body}
        began = at(start)
        self.started, self.rejected = read_start(
            stated, conversation_id="c", began_at=began, now=began, edition=edition
        )
        self.policy, self.effects = policy, list[AnyEffect]()
        self.conversation: Conversation = opened("c", self.started.occurred_at, edition=edition)
        self.take_in(start, self.started, *facts)

    def take_in(self, seen: float, *facts: Fact) -> Decision:
        """Take these facts in together."""
        decision = decide_all(self.conversation, facts, at(seen), policy=self.policy)
        self.conversation = decision.conversation
        self.effects += decision.effects
        return decision

    def wake(self, when: float) -> None:
        """Let time pass."""
        decision = decide(self.conversation, wake_up(when), at(when), policy=self.policy)
        self.conversation = decision.conversation
        self.effects += decision.effects

    def kinds(self) -> list[str]:
        """Return the kinds of the timeline's lines."""
        return [entry.kind for entry in self.conversation.situation.told.timeline]

    def of(self, *kinds: type[Any]) -> list[tuple[str, ...]]:
        """Return the effects of these kinds in short."""
        return told(effect for effect in self.effects if isinstance(effect, kinds))


_FOR_PEOPLE = (Notify, AddInternalNote, SendReply)


@pytest.mark.parametrize(
    ("start", "body"), [(3 * 60, {"imported": True}), (2 * DAY, {}), (2 * DAY, {"imported": True})]
)
def test_a_promise_due_before_an_import_is_only_recorded(start: float, body: dict[str, Any]) -> None:
    """An imported conversation is late already: the record says so, the tag is set, and no person hears of it."""
    imported = Import(start, **body)
    assert imported.of(*_FOR_PEOPLE) == []
    assert "clock_breached" in imported.kinds()
    assert "late" in imported.conversation.situation.contact.tags
    assert imported.of(Assign) == [("assign", "tier-1")]
    lines = [entry.text for entry in imported.conversation.situation.told.timeline if entry.kind == "imported"]
    assert len(lines) == 1
    assert lines[0].startswith("Imported")


def test_without_a_word_an_old_start_is_taken_for_an_import_and_noted() -> None:
    """Without `imported`, an `opened_at` more than 24 hours before the start is treated as an import and noted."""
    lines = [entry.text for entry in Import(DAY + 1).conversation.situation.told.timeline]
    assert lines[1] == (
        "Imported, for opened_at said 2026-01-05T10:00:00+00:00, more than 24 hours before the start: "
        "no person is told what was due before 2026-01-06T10:01:00+00:00"
    )


def test_a_start_of_the_same_day_is_live() -> None:
    """A start that comes up to 24 hours late is no import: people hear that it is late."""
    live = Import(DAY)
    assert ("notify", "slack:#late", "Late — c") in live.of(Notify)
    assert "imported" not in live.kinds()


def test_events_after_an_import_are_live() -> None:
    """After an import the customer writes and gets no answer: people are told as always."""
    imported = Import(2 * DAY, fact("message", 5, author="agent", author_id="anna", event_id="a"))
    assert imported.of(*_FOR_PEOPLE) == []
    imported.take_in(2 * DAY + 5, fact("message", 2 * DAY + 5, author="customer", event_id="c"))
    imported.wake(3 * DAY)
    assert [target for _, target, *_ in imported.of(Notify)] == ["slack:#late"]


def test_facts_of_the_past_that_come_after_the_import_tell_no_person() -> None:
    """The history of an import arrives message by message after the start: nothing of it is told, or taken back."""
    imported = Import(2 * DAY)
    for number in range(5):
        imported.take_in(2 * DAY + 1, fact("message", 60 * number + 1, author="customer", event_id=f"m{number}"))
    imported.take_in(2 * DAY + 1, fact("message", 400, author="agent", author_id="anna", event_id="answer"))
    assert imported.of(*_FOR_PEOPLE) == []
    assert [entry.kind for entry in imported.conversation.remarks if entry.kind == "retracted"] == []


def test_no_ladder_of_the_past_goes_on_after_an_import() -> None:
    """A ladder that should have begun before the import does not begin: its later steps call no person either."""
    imported = Import(2 * DAY, policy=FULL)
    imported.wake(4 * DAY)
    assert imported.conversation.situation.on_call.runs == ()
    passed = [entry.text for entry in imported.conversation.situation.told.timeline if entry.kind == "step_passed_over"]
    assert passed[0].endswith("not told, it was due before the import: Late — c")


def test_a_start_and_its_answer_are_judged_together() -> None:
    """A start with `opened_at` hours ago and its answer in the same inbox: the promise was kept, and none says late."""
    taken = Import(180, fact("message", 5, author="agent", author_id="anna", event_id="a"))
    assert "clock_breached" not in taken.kinds()
    assert taken.of(Notify) == []


def test_an_import_that_is_over_is_resolved_without_a_word() -> None:
    """An imported conversation in which the customer has been silent for days is resolved, and no note is written."""
    imported = Import(10 * DAY, fact("message", 5, author="agent", author_id="anna", event_id="a"))
    assert imported.of(SetStatus) == [("status", "resolved")]
    assert imported.of(*_FOR_PEOPLE) == []


@pytest.mark.parametrize(("ahead", "noted"), [(4, False), (5, False), (6, True), (5 * 365 * DAY, True)])
def test_an_opening_in_the_future_is_the_starts_time(ahead: float, noted: bool) -> None:
    """An `opened_at` ahead by more than five minutes is the start's time, noted; two clocks may differ by less."""
    start = Import(0, opened_at=at(ahead).isoformat())
    assert start.started.occurred_at == START
    assert (start.kinds()[1] == "clamped") is noted


def test_an_opening_years_ago_tells_no_person() -> None:
    """An `opened_at` of 2020 is an import of at most a year ago, and pages no person."""
    imported = Import(0, opened_at="2020-03-01T10:00:00Z")
    assert imported.started.occurred_at == START - timedelta(days=366)
    assert imported.of(*_FOR_PEOPLE) == []
    assert "opened_at said 2020-03-01T10:00:00+00:00" in imported.started.noted


def test_conversations_of_earlier_editions_start_as_before() -> None:
    """In edition 2, every start is live, also one that says it is imported."""
    before = Import(2 * DAY, edition=2, imported=True)
    assert before.of(SendReply) == [("reply", "Welcome")]
    assert "imported" not in before.kinds()


@pytest.mark.parametrize("imported", [{"conversation_id": "other"}, {}])
def test_a_state_that_cannot_be_used_makes_no_import(imported: dict[str, Any]) -> None:
    """The field has held the state of a lost run before; one that can't be used is left out without a word."""
    start = Import(0, imported=imported)
    assert (start.started.imported, start.rejected) == (False, None)
