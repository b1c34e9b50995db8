"""Conditions over real facts: the data a rule can see, and the result where a condition fails."""

from typing import Any, get_args

import pytest

from policies.document.document import EventTrigger, Trigger
from policies.running.conditions.evaluating import DidNotEvaluate, activation_for, check_condition, compile_condition
from policies.running.facts import Attribute, ConversationFacts, CustomerFacts, Facts, event_type, fields_of
from policies.state.events import MessageReceived, TagAdded
from tests.policies.stories import START

MESSAGE = MessageReceived(event_id="m", occurred_at=START, author="customer", text="Refund!", sentiment=-0.5)
FACTS = Facts(
    ConversationFacts(
        team="tier-1",
        tier=1,
        tags=("billing", "vip"),
        messages=3,
        is_waiting=True,
        attributes=(Attribute("plan", "gold"), Attribute("seats", "12")),
    ),
    CustomerFacts(tier="enterprise", value=1200.0),
    MESSAGE,
)
ON_MESSAGE = Trigger(event="message")
TRIGGERS: tuple[EventTrigger, ...] = get_args(EventTrigger)


def judge(source: str, facts: Facts = FACTS) -> Any:
    return compile_condition(source, ON_MESSAGE).judge(activation_for(facts))


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_rule_sees_the_facts_of_each_event_that_it_can_listen_to(trigger: EventTrigger) -> None:
    """Every event that a rule can name has facts for the rule's condition."""
    assert fields_of(event_type(Trigger(event=trigger)))


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ('customer.tier == "enterprise"', True),
        ('"vip" in conversation.tags', True),
        ('"refund" in conversation.tags', False),
        ("conversation.is_waiting && conversation.messages > 2", True),
        ("has(event.sentiment) && event.sentiment < -0.3", True),
        ("has(event.confidence) && event.confidence < 0.5", False),
        ("has(customer.value) && customer.value >= 1000.0", True),
        ('event.text.contains("Refund")', True),
        ('conversation.attributes.exists(a, a.name == "plan" && a.value == "gold")', True),
        ("1 / conversation.reopened > 0", DidNotEvaluate("it divides by zero: ask before whether the number is 0")),
    ],
)
def test_a_condition_sees_the_facts_of_its_moment(source: str, holds: bool | DidNotEvaluate) -> None:
    """A condition sees the conversation, the customer and the event as they are when the rule is judged."""
    assert judge(source) == holds


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("conversation.tagz", "`conversation` has no `tagz` with this trigger: did you mean `conversation.tags`?"),
        ("custmer.tier == 'x'", "`custmer.tier` is not known here: did you mean `customer.tier`?"),
        ("event.txt == 'x'", "`event` has no `txt` with this trigger: did you mean `event.text`?"),
        ("conversation.messages", "a condition must be true or false, but this is a whole number"),
        (
            "customer.value > 5.0",
            "`customer.value` may be missing: write `has(customer.value) && …` before using it",
        ),
        ('customer.tier = "gold"', "`=` is not CEL: to compare, write `==`"),
        ("customer.tier === 'gold'", "`===` is not CEL: to compare, write `==`"),
        ("customer.tier <> 'gold'", "`<>` is not CEL: for “is not”, write `!=`"),
        ("customer.tier == “gold”", '`“` is not CEL: a text stands in straight quotes: write "…"'),
        ("customer.tier == 'a' and event.public", "`and` is not CEL: for “and”, write `&&`"),
        ("not event.public", "`not` is not CEL: for “not”, write `!`"),
        ("'vip' not in conversation.tags", "`not in` is not CEL: write `!(… in …)`"),
        (
            'event.text like "%x%"',
            '`like` is not CEL: to look into a text, write `contains`: `event.text.contains("…")`',
        ),
        ('event.text.includes("x")', "`includes` is not known here: did you mean `contains`?"),
        ('event.text.startswith("x")', "`startswith` is no function: did you mean `startsWith`?"),
        ("len(conversation.tags) > 2", "`len` is not known here: did you mean `size`?"),
        (
            'conversation.tags == "vip"',
            '`==` can\'t be used between a list of texts and a text: write `"vip" in conversation.tags`',
        ),
        (
            'conversation.tags != "vip"',
            '`!=` can\'t be used between a list of texts and a text: write `!("vip" in conversation.tags)`',
        ),
        (
            'conversation.tags.contains("vip")',
            '`contains` can\'t be used between a list of texts and a text: write `"vip" in conversation.tags`',
        ),
        (
            "customer.tier == ['gold']",
            "`==` can't be used between a text and a list of texts: write `customer.tier in ['gold']`",
        ),
        (
            'conversation.messages > "2"',
            "`>` can't be used between a whole number and a text: write a number without quotes",
        ),
        (
            "customer.tier == null",
            '`==` can\'t be used between a text and null: a text is never null, so compare with `""`',
        ),
        (
            "conversation.channel == email",
            "`email` is not known here: there is conversation, customer, event, now; a text stands in quotes, as "
            '"email"',
        ),
    ],
)
def test_a_condition_that_makes_no_sense_is_found_at_load(source: str, problem: str) -> None:
    """A misspelt fact is refused at load with a remedy, so no rule silently does nothing."""
    assert check_condition(source, ON_MESSAGE)[0][2] == problem


def test_words_of_other_languages_are_read_only_outside_of_texts() -> None:
    """A text may say anything: CEL errors say what to write only for what stands outside of quotes."""
    assert check_condition('event.text == "x = y and not z <> “q”"', ON_MESSAGE) == []


def test_each_trigger_has_its_own_event() -> None:
    """A rule on tags sees the tag, and one compiled condition judges any number of events."""
    condition = compile_condition('event.tag == "billing" && event.by != "bot"', Trigger(event="tag_added"))
    verdicts = [
        condition.judge(activation_for(Facts(event=TagAdded(event_id="t", occurred_at=START, tag=tag, by=by))))
        for tag, by in (("billing", "anna"), ("billing", "bot"), ("refund", "anna"))
    ]
    assert verdicts == [True, False, False]
