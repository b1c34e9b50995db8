"""Hard cases: conversations that are reopened, resolved with an open question, merged or unwanted."""

from itertools import permutations

import pytest

from policies.contract.messages import read_start
from policies.decide import decide
from policies.state.conversation import opened
from policies.state.effects import TellConversation
from policies.state.events import Absorbed, Fact, Merged
from policies.state.situation import Situation
from tests.policies.stories import ACME, PLAIN, START, Play, at, fact, minutes, policy_of, reasons, told

HOUR = 60
DAY = 24 * HOUR
RESOLVES = "rules: [{name: %s, on: %s, when: '%s', do: [{resolve: %s}]}]\n"


def test_row_reopen_after_thirty_days() -> None:
    """Resolved after 90 minutes and reopened by the customer a month later, five and a half hours of seven are left."""
    play = Play()
    play.answer(10)
    play.tell("status_changed", 90, status="resolved")
    play.customer(30 * DAY)
    assert play.clock("next_response.1").due_at == at(30 * DAY + 40)
    assert play.clock("resolution.1").spent == minutes(90)
    assert play.clock("resolution.1").due_at == at(30 * DAY + 330)
    assert [entry.kind for entry in play.now.told.timeline if "breach" in entry.kind] == []
    play.tell("status_changed", 30 * DAY + HOUR, status="resolved")
    assert play.clock("resolution.1").spent == minutes(150)


@pytest.mark.parametrize("author", [{"author": "assistant"}, {"author": "agent", "automatic": True}])
def test_row_reopen_by_a_bot(author: dict[str, object]) -> None:
    """A message of the assistant or an auto-reply to a resolved conversation is recorded and does not reopen it."""
    play = Play()
    play.answer(10)
    play.tell("status_changed", 90, status="resolved")
    play.tell("message", 100, text="How did we do?", **author)
    assert (play.now.lifecycle.status, play.now.sla.open_clocks, play.now.lifecycle.reopened) == ("resolved", (), 0)


@pytest.mark.parametrize("order", [*permutations((0, 1))])
def test_row_reopen_while_the_resolution_is_in_flight(order: tuple[int, int]) -> None:
    """A resolution and a message a second apart, in either order of arrival: the later one holds."""
    play = Play()
    play.answer(10)
    tell = (
        lambda: play.tell("status_changed", 90, status="resolved", seen=91),
        lambda: play.customer(90.01, seen=91),
    )
    for which in order:
        tell[which]()
    assert (play.now.lifecycle.status, play.now.lifecycle.reopened) == ("open", 1)
    assert play.clock("next_response.1").due_at == at(130.01)


def test_row_reopen_by_thanks() -> None:
    """A rule can resolve a conversation again at once when the customer only says thanks."""
    play = Play(policy_of(RESOLVES % ("thanks", "message", 'event.intent == "thanks"', "Only thanks")))
    play.answer(10)
    play.tell("status_changed", 90, status="resolved")
    decision = play.tell("message", 100, author="customer", text="Thank you!", intent="thanks")
    assert told(decision.effects) == [("status", "resolved"), ("note", "Only thanks")]
    assert (play.now.lifecycle.status, play.now.sla.open_clocks, play.clock("resolution.1").spent) == (
        "resolved",
        (),
        minutes(90),
    )


def test_row_customer_has_the_last_word_then_resolved() -> None:
    """A conversation is resolved with the customer's question open: the response clock is cancelled, not breached."""
    play = Play()
    play.answer(10)
    play.customer(20)
    play.tell("status_changed", 50, status="resolved")
    play.wake(20 * HOUR)
    assert play.clock("next_response.1").state == "cancelled"
    assert "Next response ended: resolved" in [entry.text for entry in play.now.told.timeline]


def test_row_customer_has_the_last_word_after_the_breach() -> None:
    """A response clock that was overdue at the resolution is breached."""
    play = Play()
    play.answer(10)
    play.customer(20)
    play.tell("status_changed", 61, status="resolved")
    assert play.clock("next_response.1").state == "breached"


def test_row_blocked_contact_ends_the_promises_with_a_cause() -> None:
    """A rule on a tag resolves spam: no response is due, and the record says why."""
    play = Play(policy_of(RESOLVES % ("spam", "tag_added", 'event.tag == "spam"', "Spam")))
    decision = play.tell("tag_added", 3, tag="spam")
    assert reasons(decision)[-2:] == ["First response ended: spam", "Resolution met after 3m of 7h"]
    assert [clock.state for clock in play.now.sla.clocks] == ["cancelled", "met"]


def test_row_blocked_contact_can_be_restored() -> None:
    """Reopened by hand, a conversation has a resolution clock; the customer's next message starts a response clock."""
    play = Play(policy_of(RESOLVES % ("spam", "tag_added", 'event.tag == "spam"', "Spam")))
    play.tell("tag_added", 3, tag="spam")
    play.tell("status_changed", 33, status="open")
    assert [clock.id for clock in play.now.sla.open_clocks] == ["resolution.1"]
    play.customer(40)
    assert play.clock("next_response.1").due_at == at(80)


class Pair:
    """Two conversations and the messages between them."""

    def __init__(self) -> None:
        self.all = {name: opened(name, START) for name in ("a", "b")}
        for name in self.all:
            event, _ = read_start({"channel": "email"}, conversation_id=name, began_at=START, now=START)
            self.feed(name, event, 0)
        self.post: list[TellConversation] = []

    def feed(self, name: str, event: Fact, when: float) -> None:
        """Let one conversation handle an event."""
        decision = decide(self.all[name], event, at(when), policy=PLAIN)
        self.all[name] = decision.conversation
        self.post = [*getattr(self, "post", []), *(e for e in decision.effects if isinstance(e, TellConversation))]

    def merge(self, name: str, into: str, when: float) -> None:
        """Report that the helpdesk merged one conversation into the other."""
        self.feed(name, Merged(event_id=f"m-{name}-{when:g}", occurred_at=at(when), into=into), when)

    def deliver(self, when: float, *, times: int = 1) -> None:
        """Deliver all messages between the two, and those that follow from them."""
        while self.post:
            letter = self.post.pop(0)
            event = Absorbed(
                event_id=letter.key,
                occurred_at=letter.due_at,
                other=letter.conversation_id,
                waiting_since=letter.waiting_since,
                callback_at=letter.callback_at,
            )
            for _ in range(times):
                self.feed(letter.to, event, when)

    def __getitem__(self, name: str) -> Situation:
        return self.all[name].situation


def answer(pair: Pair, name: str, when: float) -> None:
    """Let an agent answer in one conversation."""
    play = Play()
    play.conversation = pair.all[name]
    play.answer(when)
    pair.all[name] = play.conversation


def test_row_merge_keeps_the_earliest_wait() -> None:
    """The survivor was answered, the merged one's customer has waited since ten: the new clock counts from ten."""
    pair = Pair()
    answer(pair, "b", 5)
    pair.merge("a", "b", 15)
    pair.deliver(15, times=3)
    assert (pair["a"].lifecycle.status, pair["a"].lifecycle.merged_into) == ("resolved", "b")
    assert [(clock.name, clock.state) for clock in pair["a"].sla.clocks] == [
        ("first_response", "cancelled"),
        ("resolution", "cancelled"),
    ]
    wait = next(clock for clock in pair["b"].sla.open_clocks if clock.name == "next_response")
    assert (pair["b"].waiting.since, wait.started_at, wait.due_at) == (START, START, at(40))


def test_row_merge_during_a_pause() -> None:
    """The survivor waited for its customer, the merged one's customer waits for us: the survivor opens again."""
    pair = Pair()
    answer(pair, "b", 5)
    play = Play()
    play.conversation = pair.all["b"]
    play.tell("status_changed", 6, status="pending_customer")
    pair.all["b"] = play.conversation
    pair.merge("a", "b", 15)
    pair.deliver(15)
    assert (pair["b"].lifecycle.status, pair["b"].waiting.since) == ("open", START)
    assert {clock.name: clock.state for clock in pair["b"].sla.open_clocks} == {
        "resolution": "running",
        "next_response": "running",
    }


def test_row_merge_during_a_handover() -> None:
    """A reassignment from before the merge is reported after it: the survivor's clocks stay as they are."""
    pair = Pair()
    answer(pair, "b", 5)
    pair.merge("a", "b", 15)
    pair.deliver(15)
    before = pair["b"]
    pair.feed("a", fact("reassigned", 14, team="tier-2"), 16)
    pair.deliver(16)
    assert (pair["a"].lifecycle.status, pair["a"].lifecycle.merged_into, pair["a"].sla.open_clocks) == (
        "resolved",
        "b",
        (),
    )
    assert pair["b"] == before
    assert (before.responsible.team, before.waiting.since) == ("tier-1", START)


def test_row_merge_into_itself_is_refused() -> None:
    """A merge of a conversation into itself is refused."""
    assert reasons(Play().tell("merged", 5, into="c")) == ["Not merged into c: that would be a circle"]


def test_row_merge_twice_is_once() -> None:
    """The same merge reported under two ids tells the survivor once."""
    pair = Pair()
    pair.merge("a", "b", 15)
    pair.merge("a", "b", 16)
    assert len(pair.post) == 1


@pytest.mark.parametrize("waits", [(), ("a",), ("b",), ("a", "b")], ids=lambda waits: "+".join(waits) or "nobody")
@pytest.mark.parametrize("first", ["a", "b"])
@pytest.mark.parametrize("races", [True, False], ids=["at the same time", "one after the other"])
def test_row_merge_into_each_other(waits: tuple[str, ...], first: str, races: bool) -> None:
    """Two conversations are merged into each other: one of them goes on, with the wait of any waiting customer."""
    pair = Pair()
    for name in {"a", "b"} - set(waits):
        answer(pair, name, 5)
    second = "b" if first == "a" else "a"
    pair.merge(first, second, 15)
    if not races:
        pair.deliver(15)
    pair.merge(second, first, 16)
    pair.deliver(17)
    open_ones = [name for name in ("a", "b") if not pair[name].lifecycle.is_resolved]
    assert open_ones == ["a"]
    assert pair["a"].waiting.since == (START if waits else None)
    assert pair["b"].lifecycle.merged_into == "a"


def test_row_merge_of_what_comes_back_goes_on_on_its_own() -> None:
    """A merged conversation whose customer writes again is open, and no longer merged."""
    pair = Pair()
    pair.merge("a", "b", 15)
    play = Play(policy_of(base=ACME))
    play.conversation = pair.all["a"]
    play.customer(30)
    assert (play.now.lifecycle.status, play.now.lifecycle.merged_into) == ("open", "")


def test_a_merge_into_no_running_conversation_is_undone() -> None:
    """A merge into a conversation that does not run is undone: this conversation goes on, and the wait counts on."""
    play = Play()
    play.answer(5)
    play.tell("callback_promised", 6, at=at(90).isoformat(), by="anna")
    play.tell("message", 8, author="customer", text="And?", event_id="m8")
    play.tell("merged", 10, into="nowhere", by="anna")
    assert (play.now.lifecycle.status, play.now.waiting.since, play.now.waiting.callback_at) == ("resolved", None, None)
    (told_it,) = play.asked(TellConversation)
    decision = play.failed(told_it, 11, "Conversation nowhere is not running")
    assert "Goes on here after all: Conversation nowhere is not running" in reasons(decision)
    assert (play.now.lifecycle.status, play.now.lifecycle.merged_into, play.now.lifecycle.closes_at) == (
        "open",
        "",
        None,
    )
    assert (play.now.waiting.since, play.now.waiting.callback_at) == (at(8), at(90))
    (wait,) = (clock for clock in play.now.sla.open_clocks if clock.name == "next_response")
    assert wait.started_at == at(8)


def test_a_merge_of_an_answered_conversation_into_a_closed_one_stays() -> None:
    """An answered conversation that was merged into one that has closed stays resolved."""
    play = Play()
    play.answer(5)
    play.tell("merged", 10, into="closed", by="anna")
    (told_it,) = play.asked(TellConversation)
    play.failed(told_it, 11, "Conversation closed is not running")
    assert (play.now.lifecycle.status, play.now.lifecycle.merged_into) == ("resolved", "closed")


def test_a_merge_takes_a_promised_callback_along() -> None:
    """A callback promised in the merged conversation is made by the one that goes on."""
    pair = Pair()
    play = Play()
    play.conversation = pair.all["a"]
    play.tell("callback_promised", 5, at=at(120).isoformat(), by="anna")
    pair.all["a"] = play.conversation
    pair.merge("a", "b", 15)
    pair.deliver(15)
    assert (pair["a"].waiting.callback_at, pair["b"].waiting.callback_at) == (None, at(120))


def test_a_callback_that_is_promised_after_the_end_is_made_before_it_closes() -> None:
    """A callback promised two days after the resolution keeps the conversation open until a day after it."""
    play = Play()
    play.answer(5)
    play.command("resolve", 10)
    play.tell("callback_promised", 11, at=at(11 + 48 * 60).isoformat(), by="anna")
    assert play.now.lifecycle.closes_at == at(11 + 72 * 60)
