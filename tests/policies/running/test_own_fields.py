"""Attributes and customer fields that a policy declares are facts with a name and a type."""

from typing import Any

import pytest

from policies.running.facts import ConversationFacts, CustomerFacts, fields_of
from policies.state.effects import AddInternalNote
from tests.policies.stories import Play, change_over, policy_of, reasons

DECLARED = """
attributes: {order_value: number, plan: text, items: number}
customer_fields: {region: text, seats: number}
"""
LARGE = "has(conversation.attributes.order_value) && conversation.attributes.order_value > 500.0"


def ruled(when: str, note: str = "yes", on: str = "message") -> Play:
    """Return a conversation under a policy that declares facts, with one rule that adds a note."""
    return Play(policy_of(DECLARED, f"rules: [{{name: r, on: {on}, when: '{when}', do: [{{note: \"{note}\"}}]}}]"))


def notes(play: Play) -> list[str]:
    """Return the text of each note."""
    return [note.body for note in play.asked(AddInternalNote)]


@pytest.mark.parametrize(
    ("value", "fires"),
    [
        *((value, True) for value in (800, "800", " 800.5 ", "1e3")),
        *((value, False) for value in (500, "many", True, "nan", "1_000", "9" * 31, "1e999", None, [800])),
    ],
)
def test_a_declared_attribute_is_read_by_name_and_type(value: Any, fires: bool) -> None:
    """The policy declares what it reads, and a value that is no number is absent."""
    play = ruled(LARGE)
    play.tell("attribute_changed", 1, name="order_value", value=value)
    play.customer(2)
    assert notes(play) == ["yes"] * fires


def test_an_attribute_may_be_named_like_any_other_fact() -> None:
    """An attribute that has its name in common with a fact of every customer or conversation is read like any other."""
    names = sorted({*fields_of(CustomerFacts), *fields_of(ConversationFacts), "self", "size"})
    facts = {name: f"conversation.attributes.{name}" for name in names}
    rules = [
        f"\n  - {{name: {name}, on: message, when: 'has({fact}) && {fact} != \"\"', do: [{{note: '{{{{{fact}}}}}'}}]}}"
        for name, fact in facts.items()
    ]
    declared = ", ".join(f"{name}: text" for name in names)
    play = Play(
        policy_of(f"attributes: {{{declared}}}\nrules:", *rules), attributes={name: f"my {name}" for name in names}
    )
    play.customer(1)
    assert notes(play) == [f"my {name}" for name in names]


def test_attributes_of_the_start_are_read_by_name() -> None:
    """An attribute that the start carries is a fact from the first rule on."""
    policy = policy_of(DECLARED, f"rules: [{{name: r, on: conversation_started, when: '{LARGE}', do: [{{tag: t}}]}}]")
    assert Play(policy, attributes={"order_value": 501}).now.contact.tags == ("t",)
    assert Play(policy, attributes={"order_value": 499}).now.contact.tags == ()


@pytest.mark.parametrize(
    ("when", "customer", "fires"),
    [
        ('has(customer.region) && customer.region == "emea"', {"region": "emea"}, True),
        ('has(customer.region) && customer.region == "emea"', {"region": "apac"}, False),
        ("!has(customer.region)", {}, True),
        ("has(customer.seats) && customer.seats >= 10.0", {"seats": 12}, True),
        ("has(customer.seats)", {"seats": {"paid": 12}}, False),
        ('customer.preferences.language == "de"', {"preferences": {"language": "de"}}, True),
        ('customer.preferences.handoff == "callback"', {"preferences": {"handoff": "callback"}}, True),
        ('customer.preferences.channel == ""', {}, True),
        ('customer.timezone == "Europe/Oslo" && customer.health == "red"', {"timezone": "Europe/Oslo"}, False),
    ],
)
def test_customer_fields_and_preferences_are_facts(when: str, customer: dict[str, Any], fires: bool) -> None:
    """Own customer fields and `customer.preferences` can stand in conditions."""
    play = ruled(when)
    play.tell("customer_updated", 1, **customer)
    play.customer(2)
    assert notes(play) == ["yes"] * fires


def test_declared_facts_stand_in_texts() -> None:
    """Texts name declared facts as conditions do; a fact that is absent leaves nothing behind."""
    note = (
        "{{ conversation.attributes.items }} items, {{ conversation.attributes.order_value }} EUR{{ customer.region }}"
    )
    play = ruled("true", note)
    play.tell("attribute_changed", 1, name="order_value", value=500)
    play.tell("attribute_changed", 1.5, name="items", value=2)
    play.customer(2)
    assert notes(play) == ["2 items, 500 EUR"]


def test_a_value_of_another_type_is_noted_once() -> None:
    """A value that is no number is noted once, and again only after a number was there."""
    play = ruled(LARGE)
    told = [
        [
            text
            for text in reasons(play.tell("attribute_changed", when, name="order_value", value=value))
            if "no " in text
        ]
        for when, value in enumerate(["many", "a lot", 3, "many"], start=1)
    ]
    line = "attributes.order_value is “many”, which is no number: rules and texts read it as missing"
    assert told == [[line], [], [], [line]]
    assert play.now.contact.unreadable == ("attributes.order_value",)


def test_another_policy_may_declare_a_value_that_is_there() -> None:
    """A value that is known before a new policy version declares it is a fact, or noted, from then on."""
    play = Play(policy_of(), attributes={"order_value": 900, "items": "two"})
    to = policy_of(DECLARED, f"rules: [{{name: r, on: message, when: '{LARGE}', do: [{{note: large}}]}}]")
    decision = change_over(play, to, "carry", 5)
    assert "attributes.items is “two”, which is no number: rules and texts read it as missing" in reasons(decision)
    play.customer(6)
    assert notes(play)[-1] == "large"
