"""A customer's choices hold for later conversations: with their yes, for a time, and never against what was sent."""

from datetime import date, timedelta
from typing import Any

import pytest

from policies.handoff.briefings.summary import who
from policies.handoff.memory.remembering import LONGEST
from policies.loading.load import PolicyError, load_policy
from policies.state.effects import AnyEffect, ForgetChoices, RecallChoices, RememberChoices
from policies.state.events import ChoicesRecalled, Customer
from tests.policies.handoff.worlds import ASKS, ASSISTED, TELLS, asks, chat, helped
from tests.policies.stories import Play, at, reasons, told

REMEMBERS = TELLS.replace("  callback_within: 1h\n", "  callback_within: 1h\n  remember_for: 180d\n")
READS = """  - name: prefers people
    on: [remembered, conversation_started]
    when: customer.preferences.handoff == "wait"
    do: [{escalate: tier-1}]
"""
POLICY = helped(READS, REMEMBERS)
KIM = {"id": "kim-7", "name": "Kim", "consent": True}


def began(**customer: Any) -> Play:
    """Return a chat of Kim, who agrees that choices are remembered."""
    return chat(POLICY, customer=KIM | customer)


def recalled(play: Play, when: float = 0.5, customer: str = "kim-7", **choices: str) -> list[str]:
    """Let the database answer; return the reasons of what follows."""
    event = ChoicesRecalled(event_id="r", occurred_at=at(when), source="baton", customer=customer, **choices)
    return reasons(play.feed(event, when))


def memory_effects(play: Play) -> list[AnyEffect]:
    """Return the effects about what is remembered."""
    return [effect for effect in play.effects if isinstance(effect, RecallChoices | RememberChoices | ForgetChoices)]


def test_a_choice_is_kept_for_the_policys_time() -> None:
    """The choice of a customer who agrees is kept for 180 days from the choice."""
    play = began()
    asks(play, 1)
    play.tell("choice_made", 2, choice="channel", detail="phone" * 50)
    asked, kept = memory_effects(play)
    assert isinstance(asked, RecallChoices)
    assert isinstance(kept, RememberChoices)
    assert (asked.customer, kept.customer, kept.chosen_at, kept.until) == (
        "kim-7", "kim-7", at(2), at(2) + timedelta(days=180),
    )  # fmt: skip
    (_, channel), handoff = kept.choices
    assert handoff == ("handoff", "channel")
    assert len(channel) <= LONGEST


def test_a_remembered_choice_is_offered_first_and_read_by_rules() -> None:
    """The next conversation offers the callback first; a rule that reads the preference hears of it."""
    play = began()
    assert recalled(play, handoff="callback") == ["Remembered from earlier conversations: to be called back"]
    (_, reply) = asks(play, 1)
    assert reply[2:] == ("callback", "assistant", "wait", "channel", "manager")


def test_a_rule_hears_of_what_is_remembered() -> None:
    """A customer who chose a person last time goes to people as soon as that is known."""
    play = began()
    recalled(play, handoff="wait")
    assert play.now.responsible.team == "tier-1"


def test_a_sent_preference_wins() -> None:
    """A preference that the sender states is what rules and offers see, whatever is remembered."""
    play = began(preferences={"handoff": "manager"})
    recalled(play, handoff="wait", channel="phone")
    assert play.now.responsible.team == "robot"
    (_, reply) = asks(play, 1)
    assert reply[2] == "manager"


def test_the_briefing_shows_it() -> None:
    """The agent reads what the customer chose before, in the customer's line."""
    play = began()
    recalled(play, handoff="channel", channel="phone")
    assert who(play.now, at(1)) == "Customer: Kim, chose before: another channel, by phone"


@pytest.mark.parametrize(
    ("consent", "effects"),
    [
        (None, ()),
        ({}, ()),
        ({"context": True}, ()),
        (True, (RecallChoices, RememberChoices)),
        ({"preferences": True}, (RecallChoices, RememberChoices)),
        (False, (ForgetChoices,)),
        ({"preferences": False}, (ForgetChoices,)),
        ({"preferences": "maybe"}, (ForgetChoices,)),
    ],
)
def test_nothing_is_kept_without_a_yes(consent: object, effects: tuple[type[AnyEffect], ...]) -> None:
    """Without a word about it nothing is asked or kept; a no has everything forgotten."""
    play = chat(POLICY, customer={"id": "kim-7", "consent": consent})
    asks(play, 1)
    play.tell("choice_made", 2, choice="wait")
    assert tuple(type(effect) for effect in memory_effects(play)) == effects


def test_a_customer_can_withdraw_their_consent() -> None:
    """A no in the middle of a conversation forgets what is remembered, here and in the database, at once."""
    play = began()
    recalled(play, handoff="callback")
    decision = play.tell("customer_updated", 1, customer={"consent": False})
    (forget,) = [effect for effect in decision.effects if isinstance(effect, ForgetChoices)]
    assert forget.customer == "kim-7"
    assert play.now.handoffs.memory is not None
    assert play.now.handoffs.memory.choices == ()
    assert recalled(play, 2, handoff="callback") == []
    (_, reply) = asks(play, 3)
    assert reply[2] == "assistant"
    play.tell("choice_made", 4, choice="wait")
    assert [type(effect) for effect in memory_effects(play)] == [RecallChoices, ForgetChoices]


def test_a_customer_who_becomes_known_is_asked_for_then() -> None:
    """A choice that was made before the customer's id was known is kept once it is."""
    play = chat(POLICY, customer={"consent": True})
    asks(play, 1)
    play.tell("choice_made", 2, choice="callback")
    assert memory_effects(play) == []
    play.tell("customer_updated", 3, customer={"id": "kim-7"})
    asked, kept = memory_effects(play)
    assert isinstance(asked, RecallChoices)
    assert isinstance(kept, RememberChoices)
    assert kept.choices == (("handoff", "callback"),)


def test_an_answer_about_another_customer_changes_nothing() -> None:
    """Choices remembered of one customer are not used for another who turned out to be the writer."""
    play = began()
    play.tell("customer_updated", 0.2, customer={"id": "lou-8"})
    assert recalled(play, handoff="callback") == []
    assert recalled(play, 0.6, customer="lou-8") == []


def test_nothing_is_remembered_of_an_account_in_danger() -> None:
    """Where the writer may not be the customer, their choices hold in this conversation only."""
    danger = (
        "  - {name: danger, on: message, when: event.text == 'hacked', reason: security, do: [{escalate: tier-2}]}\n"
    )
    play = chat(helped(danger, REMEMBERS), customer=KIM)
    play.tell("message", 1, author="customer", text="hacked", event_id="m1")
    play.tell("choice_made", 2, choice="callback")
    assert [type(effect) for effect in memory_effects(play)] == [RecallChoices]


def test_a_policy_without_a_time_remembers_nothing() -> None:
    """Without `remember_for`, and before edition 4, no effect is asked for."""
    plain = chat(helped(TELLS), customer=KIM)
    before = Play(POLICY, edition=3, channel="web_chat", customer=KIM)
    assert [memory_effects(play) for play in (plain, before)] == [[], []]
    assert told(plain.effects) == told(before.effects)


@pytest.mark.parametrize(
    ("consent", "agrees"),
    [
        (None, False),
        (True, True),
        (False, False),
        ({"preferences": True}, True),
        ({"context": True}, False),
        ("yes", False),
    ],
)
def test_agreement_has_to_be_said(consent: object, agrees: bool) -> None:
    """A customer agrees where they have said yes, to everything or to this."""
    assert Customer(consent=consent).agrees_to("preferences") is agrees


def test_a_time_without_end_is_refused() -> None:
    """Choices are remembered for two years at most."""
    with pytest.raises(PolicyError) as error:
        load_policy(f"{ASSISTED}\n{ASKS}\nchoices: {{remember_for: 999d}}\n", file="p.yaml", today=date(2026, 1, 1))
    assert "choices are remembered for 730d at most: write less" in str(error.value)
