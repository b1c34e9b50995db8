"""Known outages: which conversations are part of one, whom Baton calls and what customers are told."""

from itertools import permutations
from typing import Any

import pytest

from policies.contract.commands import Refused
from policies.decide import decide_all
from policies.editions import NEWEST
from policies.state.conversation import opened
from policies.state.effects import AddInternalNote, Notify, SendReply, StormTerms
from policies.state.events import EditionChanged, Fact
from tests.cases import case
from tests.policies.stories import Play, at, change_over, fact, minutes, policy_of, reasons, started, told

OUTAGES = case("policies/outages/outages")
POLICY = policy_of(OUTAGES)
CHECKOUT = 'conversation.tags.exists(t, t == "checkout")'
WORDS, OVER = {"": "We know.", "de": "Wir wissen es."}, {"": "It works.", "de": "Es geht wieder."}
PART = "Part of outage checkout, known until Mon 5 Jan 14:00 UTC: no rule calls people meanwhile"


def known(name: str = "checkout", *, until: float = 240, version: int = 1, **body: Any) -> dict[str, Any]:
    """Return the news that an outage is known, until a minute of the story."""
    told_with = {"when": CHECKOUT, "text": WORDS, "over_text": OVER, **body}
    return {"outage": name, "life": f"{name}-1", "version": version, "until": at(until).isoformat(), **told_with}


def over(name: str = "checkout", **body: Any) -> dict[str, Any]:
    """Return the news that an outage is over."""
    return {"outage": name, "life": f"{name}-1", "by": "ana", **body}


def story(*, edition: int = NEWEST, delivers: bool = False, **body: Any) -> Play:
    """Play a conversation that hears of the outage in its first minute."""
    play = Play(POLICY, edition=edition, delivers=delivers, **body)
    play.tell("outage_known", 1, **known())
    return play


def part_of(play: Play) -> str:
    """Return the outage that the conversation is part of; empty where it is part of none."""
    link = play.now.outages.link
    return link.name if link is not None else ""


def replies(play: Play) -> list[str]:
    """Return what the customer was told."""
    return [effect.body for effect in play.asked(SendReply) if isinstance(effect, SendReply)]


@pytest.mark.parametrize(
    ("body", "is_part"),
    [
        ({"tags": ["checkout"]}, True),
        ({"tags": ["refund"]}, False),
        ({}, False),
        ({"tags": ["checkout"], "drill": "people"}, False),
        ({"tags": ["checkout"], "incident": {"escalation": "people", "cause": "late", "total": 3}}, False),
    ],
)
def test_a_conversation_that_matches_is_part_of_the_outage(body: dict[str, Any], is_part: bool) -> None:
    """A customer's conversation that matches is part of the outage; a drill or an incident never is."""
    play = story(**body)
    assert part_of(play) == ("checkout" if is_part else "")


def test_a_conversation_that_matches_says_so_once() -> None:
    """Agents get a note and the customer is told, once; a later change of the conversation tells nobody anything."""
    play = story()
    assert play.decisions[-1].effects == ()
    decision = play.tell("tag_added", 2, tag="checkout")
    assert reasons(decision) == ["Tag checkout added", PART]
    note, reply = decision.effects
    assert isinstance(note, AddInternalNote)
    assert "Out of it: baton outage unlink c" in note.body
    assert told([reply]) == [("reply", "We know.")]
    for effects in (play.customer(3).effects, play.tell("tag_added", 4, tag="again").effects, play.wake(10).effects):
        assert [effect for effect in effects if isinstance(effect, SendReply | AddInternalNote)] == []


@pytest.mark.parametrize(
    ("customer", "words"),
    [({"locale": "de-AT"}, "Wir wissen es."), ({"locale": "en"}, "We know."), ({"locale": "fr"}, "We know.")],
)
def test_customers_are_told_in_their_language(customer: dict[str, str], words: str) -> None:
    """A customer is told in their own language where there are words in it, else in the policy's."""
    assert replies(story(tags=["checkout"], customer=customer)) == [words]


def test_no_rule_calls_people_meanwhile() -> None:
    """A breach is measured and on record, and its calls are withheld with a line; nobody is called."""
    play = story(tags=["checkout"])
    decision = play.wake(20)
    assert reasons(decision)[1:] == [
        "First response breached: 20m passed without it",
        "Rule “late”",
        "people not called, because outage checkout is known: Late — c",
        "slack:#late not called, because outage checkout is known: Late — c",
    ]
    assert decision.effects == ()
    assert play.now.sla.clocks[0].state == "breached"


def test_a_ladder_that_calls_stops() -> None:
    """A ladder that calls people when the conversation becomes part of the outage is stopped, with a line."""
    play = Play(POLICY, delivers=True)
    play.wake(20)
    play.tell("outage_known", 21, **known())
    decision = play.tell("tag_added", 22, tag="checkout")
    assert reasons(decision)[1:] == [PART, "people stood down: outage checkout is known"]
    assert ("update", "people.1", "stood_down") in told(decision.effects)
    assert play.wake(60).effects == ()
    assert told(play.tell("outage_over", 70, **over()).effects) == [
        ("reply", "It works."),
        ("call", "people.2/1.1", "slack:#first"),
    ]


def test_security_and_people_call_in_spite_of_it() -> None:
    """A rule for security calls, and so does a person who asks for others."""
    play = story(tags=["checkout"])
    assert told(play.tell("tag_added", 2, tag="hacked").effects) == [("call", "people.1/1.1", "slack:#first")]
    asking = story(tags=["checkout"])
    assert told(asking.command("call", 2, to="people").effects) == [("call", "people.1/1.1", "slack:#first")]
    running = Play(POLICY, tags=["checkout"])
    running.tell("tag_added", 1, tag="hacked")
    running.tell("outage_known", 2, **known())
    assert [run.ended for run in running.now.on_call.runs] == [""]


@pytest.mark.parametrize("by_hand", [True, False])
def test_the_end_is_told_once_and_calls_are_made(by_hand: bool) -> None:
    """At the end, by hand or by time, the customer is told once, and withheld calls are made with their storm."""
    play = story(tags=["checkout"])
    play.wake(20)
    decision = play.tell("outage_over", 30, **over(text="All is well.")) if by_hand else play.wake(240)
    how = "ended by ana" if by_hand else "its time has passed"
    assert f"Outage checkout is over ({how}): rules call people as usual" in reasons(decision)
    words = "All is well." if by_hand else "It works."
    assert [each for each in told(decision.effects) if each[0] != "update"] == [
        ("reply", words),
        ("call", "people.1/1.1", "slack:#first"),
        ("notify", "slack:#late", "Late — c"),
    ]
    call = next(effect for effect in decision.effects if isinstance(effect, Notify) and effect.page)
    assert call.storm == StormTerms(
        policy="acme", escalation="people", cause="late", conversations=3, within=minutes(2)
    )
    for effects in (play.tell("outage_over", 250, event_id="again", **over()).effects, play.customer(251).effects):
        assert [effect for effect in effects if isinstance(effect, SendReply)] == []
    assert part_of(play) == ""


def test_an_answered_customer_is_told_the_end_and_no_call_is_made() -> None:
    """Where the customer was answered meanwhile, the end is told and no withheld call is made."""
    play = story(tags=["checkout"])
    play.wake(20)
    play.answer(25)
    assert told(play.tell("outage_over", 30, **over()).effects) == [("reply", "It works.")]


def test_calls_wait_for_the_end_of_a_hold() -> None:
    """Calls that were withheld are made once a hold is over, not during it."""
    play = story(tags=["checkout"])
    play.wake(20)
    play.command("hold", 25, note="the bank answers")
    assert told(play.tell("outage_over", 30, **over()).effects) == [("reply", "It works.")]
    assert ("call", "people.1/1.1", "slack:#first") in told(play.command("release", 40).effects)


def test_a_resolved_conversation_leaves_the_outage() -> None:
    """A conversation that is resolved leaves the outage; reopened, it is part of it again and nothing is told twice."""
    play = story(tags=["checkout"])
    decision = play.command("resolve", 5)
    assert "No longer part of outage checkout: resolved" in reasons(decision)
    assert play.tell("outage_known", 6, **known(version=2)).effects == ()
    play.tell("message", 30, author="customer", text="It is still broken")
    assert part_of(play) == "checkout"
    assert replies(play) == ["We know."]
    play.command("resolve", 40)
    assert told(play.wake(240).effects) == []


def test_a_conversation_that_matches_two_outages_is_part_of_the_first() -> None:
    """A conversation is part of one outage and says that it matches another; after the first it is part of that one."""
    play = story()
    play.tell("outage_known", 2, **known("payment", text="Payment is down.", over_text="Payment works."))
    decision = play.tell("tag_added", 3, tag="checkout")
    assert reasons(decision)[1:] == [PART, "Matches outage payment, too, and stays part of checkout only"]
    play.customer(4)
    assert part_of(play) == "checkout"
    decision = play.tell("outage_over", 5, **over())
    assert part_of(play) == "payment"
    assert replies(play) == ["We know.", "It works.", "Payment is down."]


def test_a_person_takes_a_conversation_out() -> None:
    """A conversation that a person takes out is never part of that outage again, and its calls are made."""
    play = story(tags=["checkout"])
    play.wake(20)
    decision = play.command("leave_outage", 25, note="a refund")
    assert reasons(decision)[0] == "Taken out of outage checkout by anna: another problem — a refund"
    assert ("call", "people.1/1.1", "slack:#first") in told(decision.effects)
    play.tell("outage_known", 26, **known(version=2))
    play.customer(27)
    assert part_of(play) == ""
    play.tell("outage_over", 28, **over())
    assert replies(play) == ["We know."]
    with pytest.raises(Refused, match="part of no known outage"):
        play.command("leave_outage", 29)


@pytest.mark.parametrize(("version", "until", "ends"), [(2, 300, 300), (1, 300, 240)])
def test_later_news_of_an_outage_count(version: int, until: float, ends: float) -> None:
    """A later version changes the end that the conversation knows; the same version again changes nothing."""
    play = story(tags=["checkout"])
    play.tell("outage_known", 5, event_id="later", **known(until=until, version=version))
    assert play.wake(ends - 1).effects == ()
    assert part_of(play) == "checkout"
    assert ("reply", "It works.") in told(play.wake(ends).effects)


def test_a_customer_is_told_once_in_a_day() -> None:
    """An outage that comes and goes under one name tells its customers once within 24 hours, and says so."""
    play = story(tags=["checkout"])
    play.tell("outage_over", 5, **over())
    play.tell("outage_known", 10, **{**known(), "life": "checkout-2"})
    assert part_of(play) == "checkout"
    assert "The customer is not told of outage checkout: they were told of it within 24 hours" in reasons(
        play.decisions[-1]
    )
    assert replies(play) == ["We know.", "It works."]


def test_one_customer_with_two_conversations_is_told_in_one() -> None:
    """The words carry the customer and the outage, so that the helpdesk sends them in one conversation of theirs."""
    reply = story(tags=["checkout"], customer={"id": "kim"}).asked(SendReply)[0]
    assert isinstance(reply, SendReply)
    assert (reply.rule, reply.customer) == ("~outage checkout", "kim")


def test_a_late_message_that_matches_tells_nothing_twice() -> None:
    """A message from before the outage that arrives late makes the conversation part of the outage."""
    when = 'conversation.last_words.contains("checkout")'
    play = Play(POLICY)
    play.tell("outage_known", 10, **known(when=when))
    body = {"author": "customer", "text": "The checkout is broken"}
    decision = play.tell("message", 5, seen=12, **body)
    assert PART in reasons(decision)
    play.tell("message", 11, seen=13, author="customer", text="my checkout, please")
    play.wake(240)
    assert replies(play) == ["We know.", "It works."]


def test_a_late_tag_moves_the_beginning_and_tells_nothing_twice() -> None:
    """Where a late tag shows that the conversation matched earlier, the words that went out stand."""
    play = story()
    play.tell("tag_added", 20, tag="checkout")
    decision = play.tell("tag_added", 10, seen=21, event_id="late-tag", tag="checkout")
    assert decision.effects == ()
    assert play.now.outages.link is not None
    assert play.now.outages.link.since == at(10)
    assert replies(play) == ["We know."]


def test_news_end_alike_in_any_order() -> None:
    """In any order of the news of an outage, the conversation ends in the same state and tells the same words."""
    news = (
        fact("outage_known", 5, event_id="1", **known()),
        fact("outage_known", 6, event_id="2", **known(version=2, until=200)),
        fact("tag_added", 7, event_id="3", tag="checkout"),
        fact("outage_over", 8, event_id="4", **over()),
    )
    ends = {_ended(order) for order in permutations(news)}
    assert len(ends) == 1


def _ended(facts: tuple[Fact, ...]) -> str:
    conversation = opened("c", at(0), edition=NEWEST)
    conversation = decide_all(conversation, [started()], at(0), policy=POLICY).conversation
    for each in facts:
        conversation = decide_all(conversation, [each], at(9), policy=POLICY).conversation
    return repr(conversation.situation)


def test_news_of_the_end_may_come_first() -> None:
    """Where the end is told before the beginning, the conversation never becomes part of the outage."""
    play = Play(POLICY, tags=["checkout"])
    play.tell("outage_over", 1, **over())
    play.tell("outage_known", 2, **known())
    assert part_of(play) == ""
    play.tell("outage_known", 3, **{**known(until=3), "life": "past"})
    assert (part_of(play), replies(play)) == ("", [])


def test_a_condition_that_cannot_be_judged_says_so_once() -> None:
    """A condition that fits another policy only is told on the timeline once, and links nothing."""
    play = Play(POLICY, tags=["checkout"])
    when = 'conversation.attributes.plan == "gold"'
    decision = play.tell("outage_known", 1, **known(when=when))
    assert "Outage checkout could not be judged" in reasons(decision)[0]
    assert reasons(play.customer(2)) == ["Customer: “Hello?”"]
    other = play.tell("outage_known", 3, **{**known(policy="other"), "life": "other-1"})
    assert (reasons(other), part_of(play)) == ([], "")


def test_an_adopted_policy_makes_the_calls_that_it_still_has() -> None:
    """After a change of policy only withheld calls are made whose escalation, or rule and target, are still there."""
    play = story(tags=["checkout"])
    play.wake(20)
    change_over(play, policy_of(OUTAGES.replace("slack:#late", "slack:#other")), "carry", 25)
    assert part_of(play) == "checkout"
    calls = [each for each in told(play.tell("outage_over", 30, **over()).effects) if each[0] != "reply"]
    assert calls == [("call", "people.1/1.1", "slack:#first")]


def test_an_earlier_edition_knows_of_no_outage() -> None:
    """A run of edition 3 keeps the news and is part of no outage, until it goes on in edition 4."""
    play = story(edition=3, tags=["checkout"])
    assert (part_of(play), replies(play)) == ("", [])
    play.feed(EditionChanged(event_id="e", occurred_at=at(5), source="baton", edition=4), 5)
    assert (part_of(play), replies(play)) == ("checkout", ["We know."])
