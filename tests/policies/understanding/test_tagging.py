"""Tags that Baton proposes: in shadow mode nothing changes, in live mode it tags, and people's tags win."""

from typing import Any

import pytest

from policies.understanding.understanding import AFTER, unread
from tests.cases import case
from tests.policies.stories import Play, at, change_over, policy_of, reasons, remarks, told
from tests.policies.understanding.readings import proposing

RULES = case("policies/understanding/billing_topic")
SHADOW = policy_of(RULES, "tagging: {mode: shadow}\n")
LIVE = policy_of(RULES, "tagging: {mode: live}\n")
MAPPED = policy_of(
    "tagging: {mode: live, at_least: 0.9, tags: {billing: [charged_twice, refund], delivery: card_arrival}}\n"
)


def said(play: Play, kind: str) -> list[str]:
    """Return the timeline's lines of that kind."""
    return [entry.text for entry in play.now.told.timeline if entry.kind == kind]


def counted(play: Play) -> list[tuple[tuple[str, str], ...]]:
    """Return the facts of each comparison of tags, as reports read them."""
    return [entry.facts for entry in play.now.told.timeline if entry.kind == "tags_compared"]


def test_the_shadow_changes_nothing() -> None:
    """In shadow mode a proposal is a line on the timeline: no tag, no rule, nothing on the desk."""
    play = Play(SHADOW)
    play.customer(1)
    decision = play.feed(proposing(1, billing=0.972, refund=0.9), 2)
    assert (decision.effects, play.now.contact.tags, play.now.responsible.team) == ((), (), "tier-1")
    assert reasons(decision)[1:] == ["Would tag billing (0.97)", "Would tag refund (0.90)"]
    assert decision.because[1].facts == (
        ("tag", "billing"),
        ("confidence", "0.972"),
        ("policy", "acme"),
        ("mode", "shadow"),
    )


def test_live_the_tag_is_put_on_and_rules_hear_of_it() -> None:
    """In live mode Baton tags as a rule would, and a rule on the tag routes the conversation."""
    play = Play(LIVE)
    play.customer(1)
    decision = play.feed(proposing(1, billing=0.972), 2)
    assert told(decision.effects) == [("tag", "billing"), ("assign", "billing")]
    assert decision.effects[0].because == "tagged billing by itself (0.97)"
    assert reasons(decision)[1:3] == ["Tagged billing (0.97)", "Rule “billing topic”"]
    assert (play.now.contact.tags, play.now.responsible.team) == (("billing",), "billing")


def test_a_tag_is_proposed_once() -> None:
    """A tag is proposed or put on once in a conversation, however often the customer says the same."""
    play = Play(LIVE)
    for minute in (1, 3):
        play.customer(minute)
        play.feed(proposing(minute, billing=0.97), minute + 1)
    assert said(play, "tag_proposed") == ["Tagged billing (0.97)"]
    play.tell("tag_removed", 5, tag="billing", by="baton")
    play.customer(6)
    assert play.feed(proposing(6, billing=0.99), 7).effects == ()


@pytest.mark.parametrize("policy", [SHADOW, LIVE], ids=["shadow", "live"])
def test_a_tag_that_a_person_took_off_stays_off(policy: Any) -> None:
    """A tag that a person took off is not proposed again in this conversation, unless a person puts it on again."""
    play = Play(policy, tags=["billing"])
    play.tell("tag_removed", 1, tag="billing", by="jane")
    play.customer(2)
    assert play.feed(proposing(2, billing=0.99), 3).effects == ()
    assert said(play, "tag_proposed") == []
    play.tell("tag_added", 4, tag="billing", by="jane")
    play.customer(5)
    play.feed(proposing(5, billing=0.99), 6)
    assert said(play, "tag_proposed") == ["Would tag billing (0.99): it is there already"]


def from_shadow_to_live(**body: Any) -> Play:
    """Play a conversation with billing and delivery proposed in the shadow, whose policy then goes live."""
    play = Play(SHADOW, **body)
    play.customer(1)
    play.feed(proposing(1, billing=0.97, delivery=0.9), 2)
    change_over(play, LIVE, "carry", 3)
    return play


def test_running_conversations_go_live() -> None:
    """A tag proposed in the shadow is put on when it is proposed again after the policy went live, and then once."""
    play = from_shadow_to_live()
    play.customer(4)
    assert told(play.feed(proposing(4, billing=0.99), 5).effects) == [("tag", "billing"), ("assign", "billing")]
    play.tell("tag_removed", 6, tag="billing", by="baton")
    play.customer(7)
    assert play.feed(proposing(7, billing=0.99), 8).effects == ()
    assert said(play, "tag_proposed") == [
        "Would tag billing (0.97)",
        "Would tag delivery (0.90)",
        "Tagged billing (0.99)",
    ]


def test_going_live_puts_nothing_on_that_a_person_took_off() -> None:
    """A tag that a person took off in shadow mode stays off when the policy goes live."""
    play = Play(SHADOW)
    play.customer(1)
    play.feed(proposing(1, billing=0.97), 2)
    for act in ("tag_added", "tag_removed"):
        play.tell(act, 2, tag="billing", by="jane")
    change_over(play, LIVE, "carry", 3)
    play.customer(4)
    assert play.feed(proposing(4, billing=0.99), 5).effects == ()


def test_a_tag_that_only_the_shadow_proposed_counts_as_unjudged() -> None:
    """A tag that was only proposed in the shadow, and that a rule put on later, counts as unjudged."""
    play = from_shadow_to_live()
    change_over(play, LIVE, "carry", 4)  # a later version that is live, too, changes nothing
    play.tell("tag_added", 5, tag="vip", by="jane")
    play.tell("tag_added", 6, tag="delivery", by="baton")
    play.tell("status_changed", 7, status="resolved", by="jane")
    verdicts = {tag: verdict for verdict, tag in counted(play)[0]}
    assert (verdicts["billing"], verdicts["delivery"]) == ("disagreed", "unjudged")


def test_below_its_confidence_it_is_silent() -> None:
    """A policy may ask for more confidence than the tagger does, and may map several categories to one tag."""
    play = Play(MAPPED)
    play.customer(1)
    assert play.feed(proposing(1, charged_twice=0.89, refund=0.85, unheard_of=1.0), 2).effects == ()
    play.customer(3)
    decision = play.feed(proposing(3, charged_twice=0.91, refund=0.95, card_arrival=0.9), 4)
    assert told(decision.effects) == [("tag", "billing"), ("tag", "delivery")]
    assert said(play, "tag_proposed") == ["Tagged billing (0.95)", "Tagged delivery (0.90)"]


def test_a_policy_with_tagging_has_messages_read_though_no_rule_listens() -> None:
    """A policy with tagging has messages read although no rule listens; one without either has none read."""
    policy = policy_of("tagging: {mode: shadow}\n")
    play = Play(policy)
    play.customer(1)
    assert [message.event_id for message in unread(play.conversation, policy)] == ["customer-1"]
    without = Play(policy_of())
    without.customer(1)
    without.tell("tag_added", 2, tag="billing", by="jane")
    without.tell("status_changed", 3, status="resolved")
    assert (without.now.understanding.meaning, without.now.understanding.tagging) == (None, None)


ENDS = [
    pytest.param({}, [("tag_added", "jane")], ("agreed", "billing"), id="a person tags the same"),
    pytest.param({"tags": ["billing"]}, [], ("agreed", "billing"), id="it began with the tag"),
    pytest.param({"tags": ["vip"]}, [], ("disagreed", "billing"), id="people tag, but not this"),
    pytest.param({}, [], ("unjudged", "billing"), id="nobody tags anything"),
    pytest.param({}, [("tag_added", "")], ("agreed", "billing"), id="somebody unnamed tags the same"),
    pytest.param({}, [("tag_added", "baton")], ("unjudged", "billing"), id="an echo of our own"),
    pytest.param(
        {}, [("tag_added", "jane"), ("tag_removed", "jane")], ("disagreed", "billing"), id="put on and taken off"
    ),
    pytest.param(
        {"tags": ["billing"]}, [("tag_removed", "jane"), ("tag_added", "kim")], ("agreed", "billing"), id="on again"
    ),
]


@pytest.mark.parametrize(("start", "acts", "verdict"), ENDS)
def test_people_agree_or_not_when_a_conversation_ends(
    start: dict[str, Any], acts: list[tuple[str, str]], verdict: tuple[str, str]
) -> None:
    """When a conversation is resolved, each proposal is compared with the tags that people left on it."""
    play = Play(SHADOW, **start)
    play.customer(1)
    play.feed(proposing(1, billing=0.97), 2)
    for number, (act, who) in enumerate(acts):
        play.tell(act, 3 + number, tag="billing", by=who)
    play.tell("status_changed", 10, status="resolved", by="jane")
    (facts,) = counted(play)
    assert facts[0] == verdict
    assert facts[-2:] == (("policy", "acme"), ("mode", "shadow"))


def test_tags_that_people_had_to_add_are_missed() -> None:
    """People's tags that were not proposed count as missed; with a list of tags, only those on the list."""
    for policy, missed in ((SHADOW, [("missed", "delivery"), ("missed", "vip")]), (MAPPED, [("missed", "delivery")])):
        play = Play(policy, tags=["vip"])
        play.customer(1)
        play.feed(proposing(1), 2)
        play.tell("tag_added", 3, tag="delivery", by="jane")
        play.tell("status_changed", 4, status="resolved")
        assert [fact for fact in counted(play)[0] if fact[0] == "missed"] == missed


LIVE_ENDS = [
    pytest.param([], ("unjudged", "billing"), id="nobody looked"),
    pytest.param([("tag_removed", "billing", "jane")], ("disagreed", "billing"), id="taken off"),
    pytest.param([("tag_added", "vip", "jane")], ("agreed", "billing"), id="left beside one of theirs"),
    pytest.param([("tag_added", "billing", "")], ("unjudged", "billing"), id="an echo that names nobody"),
    pytest.param([("tag_added", "billing", "jane")], ("agreed", "billing"), id="said again by a person"),
]


@pytest.mark.parametrize(("acts", "verdict"), LIVE_ENDS)
def test_live_a_tag_that_no_person_looked_at_is_no_agreement(
    acts: list[tuple[str, str, str]], verdict: tuple[str, str]
) -> None:
    """A tag that Baton put on counts as right only where a person tagged the conversation and left it there."""
    play = Play(LIVE)
    play.customer(1)
    play.feed(proposing(1, billing=0.97), 2)
    for number, (act, tag, who) in enumerate(acts):
        play.tell(act, 3 + number, tag=tag, by=who)
    play.tell("status_changed", 10, status="resolved", by="jane")
    assert counted(play)[0][0] == verdict


def test_a_tag_after_the_end_is_counted_anew() -> None:
    """A tag that a person adds after resolving has the comparison made again, and the last one counts."""
    play = Play(SHADOW)
    play.customer(1)
    play.feed(proposing(1, billing=0.97), 2)
    play.tell("status_changed", 3, status="resolved")
    play.tell("tag_added", 4, tag="billing", by="jane")
    assert [facts[0] for facts in counted(play)] == [("unjudged", "billing"), ("agreed", "billing")]
    assert said(play, "tags_compared")[-1] == "Tags proposed, compared with people's: agreed billing"


def test_a_person_who_was_first_takes_the_tag_back() -> None:
    """A late fact shows that a person had taken a tag off first: Baton's own tag is taken back, on the record."""
    play = Play(LIVE, tags=["billing"])
    play.tell("tag_removed", 4, tag="billing", by="baton")
    play.customer(5)
    play.feed(proposing(5, billing=0.97), 6)
    assert play.now.contact.tags == ("billing",)
    decision = play.tell("tag_removed", 3, tag="billing", by="jane", seen=7, event_id="late")
    assert play.now.contact.tags == ()
    assert ("untag", "billing") in told(decision.effects)
    assert remarks(play)[-1].startswith("Retracted: ")


def test_a_fact_holds_few_proposals() -> None:
    """A reading keeps the first five of the categories that a tagger names."""
    event = proposing(1, **{f"tag{number}": 0.9 for number in range(50)})
    assert [found.tag for found in event.proposed] == [f"tag{number}" for number in range(5)]
    assert event.occurred_at == at(1) + AFTER
