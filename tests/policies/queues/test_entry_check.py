"""A conversation checks its queue entry when the team has ended, has lost the entry or does not answer."""

import pytest

from policies.deadlines import next_deadline
from policies.queues.entry_check import CAUSE
from policies.state.conversation import Decision
from policies.state.effects import FindEntry
from policies.state.events import EntryFound
from tests.policies.queues.queueing_stories import DESK, RULES, START_TICKET, Queueing, heard
from tests.policies.stories import at, policy_of, reasons

PLAIN = DESK.replace("      overflow: {after: 1h, to: seniors}\n", "")
LOOK = ("look", "care", START_TICKET)
SILENT = "The queue of Care does not answer: it gives no answer"
LADDER = 'escalations:\n  people: {steps: [{notify: "slack:#first"}], storm: {conversations: 3, within: 10m}}\n'


class Waiting(Queueing):
    """A conversation in a queue without `overflow`; the test says what the team knows."""

    def __init__(self, *parts: str, base: str = PLAIN) -> None:
        super().__init__(policy_of(RULES, *parts, base=base))

    def look(self) -> FindEntry:
        """Return the latest check of the conversation's queue entry."""
        look = self.asked(FindEntry)[-1]
        assert isinstance(look, FindEntry)
        return look

    def found(self, when: float) -> Decision:
        """Report that the team runs and knows the entry."""
        look = self.look()
        happened = {"event_id": f"{look.key}/found", "occurred_at": at(when), "source": "baton"}
        return self.feed(EntryFound.model_validate({**happened, "team": look.team, "ticket": look.ticket}), when)

    def not_found(self, when: float) -> Decision:
        """Report that the check failed because the team did not answer."""
        look = self.look().model_copy(update={"target": "care"})
        return self.failed(look, when, why="it gives no answer")

    def next_look(self) -> float:
        """Return when the next check is due, in minutes after the start."""
        ahead = next_deadline(self.now, self.policy)
        assert ahead is not None
        assert ahead.kind == "place"
        return (ahead.at - at(0)).total_seconds() / 60


def test_an_entry_is_checked_every_quarter_of_an_hour() -> None:
    """After a quarter of an hour without a word from the team, the conversation checks that its entry is known."""
    play = Waiting()
    play.queued(0.1)
    assert heard(play.wake(15)) == []
    assert heard(play.wake(15.1)) == [LOOK]
    assert heard(play.wake(40)) == []
    assert reasons(play.found(15.2)) == []
    assert play.next_look() == pytest.approx(30.2)
    assert heard(play.wake(30.2)) == [LOOK]


def test_any_word_of_the_team_puts_the_look_off() -> None:
    """Each message of the team postpones the check, and a conversation with an agent is not checked at all."""
    play = Waiting()
    play.queued(10)
    assert play.next_look() == 25
    play.offered(20, "ann")
    assert play.next_look() == 35
    play.granted(21, "ann")
    ahead = next_deadline(play.now, play.policy)
    assert ahead is not None
    assert (ahead.kind, ahead.what) == ("queue", "taken back from ann")


def test_a_closed_team_is_asked_when_it_opens() -> None:
    """A closed team gives conversations to nobody, so the check waits until the team opens."""
    play = Waiting(base=PLAIN.replace("name: Care", "name: Care\n    hours: day").replace("teams:", DAY, 1))
    assert play.next_look() == 15
    play.queued(12 * 60 - 5)
    assert play.next_look() == 24 * 60 + 10 - 2 * 60


DAY = 'hours:\n  day: {open: "Mo-Fr 08:00-22:00"}\nteams:'


def test_a_team_that_does_not_answer_is_asked_until_it_does() -> None:
    """A failed check is repeated after 1, 2, 4 … minutes up to an hour; at the second failure, people are told."""
    play = Waiting('alert: "slack:#ops"\n')
    play.wake(15)
    failed, pauses = 17.0, list[float]()
    for number in range(10):
        decision = play.not_found(failed)
        told = [said for said in heard(decision) if said[0] == "notify"]
        assert told == ([("notify", "slack:#ops", f"{SILENT} — c")] if number == 1 else [])
        pauses.append(play.next_look() - failed)
        assert heard(play.wake(play.next_look())) == [LOOK]
        failed += pauses[-1] + 2
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert reasons(play.queued(failed))[0] == "The queue of Care answers again"
    assert play.next_look() == failed + 15


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        (('alert: "slack:#ops"\n',), ("notify", "slack:#ops", f"{SILENT} — c")),
        ((LADDER, "alert: people\n"), ("call", "people.1/1.1", "slack:#first")),
        ((LADDER,), ("call", "people.1/1.1", "slack:#first")),
        ((), ("note", SILENT)),
    ],
)
def test_a_silent_team_is_reported_to_people(parts: tuple[str, ...], told: tuple[str, ...]) -> None:
    """Without `alert` the first escalation is called; without an escalation either, the helpdesk gets a note."""
    play = Waiting(*parts)
    play.wake(15)
    play.not_found(17)
    play.wake(18)
    assert told in heard(play.not_found(20))


def test_a_thousand_in_a_silent_queue_become_one_incident() -> None:
    """All conversations of one queue call for the same reason, so an escalation with `storm` calls only once."""
    play = Waiting(LADDER)
    play.wake(15)
    play.not_found(17)
    play.wake(18)
    play.not_found(20)
    assert play.on_call_run("people.1").may_join_incident
    assert play.on_call_run("people.1").cause == CAUSE


def test_a_failed_check_of_an_earlier_entry_changes_nothing() -> None:
    """A failed check has no effect once the conversation was answered or has asked its team anew."""
    play = Waiting()
    play.wake(15)
    play.answer(16, by="ann")
    play.not_found(17)
    assert play.entry.unheard == 0
    play.customer(20)
    entry = play.entry
    play.not_found(21)
    assert play.entry == entry


def test_workers_that_were_away_are_no_silent_team() -> None:
    """When all workers were away for an hour, the check that ran out of time is repeated, and nobody is called."""
    play = Waiting('alert: "slack:#ops"\n')
    play.wake(15)
    play.not_found(75)
    assert heard(play.wake(76)) == [LOOK]
    play.found(76.1)
    assert [said for said in heard(*play.decisions) if said[0] == "notify"] == []
    assert play.entry.unheard == 0
