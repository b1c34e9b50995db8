"""Readings of the customer's messages, and tags that Baton puts on because of them."""

from collections.abc import Sequence

from policies.state.conversation import Conversation
from policies.state.effects import AnyEffect
from tests.cases import case
from tests.policies.order.scenarios import Six
from tests.policies.order.telling import Desk
from tests.policies.stories import fact, policy_of, started
from tests.policies.understanding.readings import proposing, reading

LISTENS = policy_of(case("policies/understanding/listens"))
TAGS = policy_of(case("policies/understanding/billing_topic"), "tagging: {mode: live}\n")


def the_desk_has_the_tags(conversation: Conversation, effects: Sequence[AnyEffect]) -> None:
    """Check that the desk has the conversation's tags; billing is left out, because Jane took it off on the desk."""
    desk = Desk()
    desk.do(effects)
    assert desk.tags - {"billing"} == set(conversation.situation.contact.tags)


SIXES = (
    Six(
        "readings",
        LISTENS,
        30,
        facts=(
            started(),
            fact("message", 1, author="customer", text="Hello?", event_id="m-1"),
            reading(1, "m-1", frustration=0.9),
            fact("message", 8, author="customer", text="A person, please", event_id="m-2"),
            reading(8, "m-2", asks_for_human=True, frustration=0.85, repeated=1),
            fact("message", 9, author="agent", author_id="anna", text="Here I am", event_id="m-3"),
        ),
        ends=lambda end: end.responsible.team == "tier-2",
    ),
    Six(
        "proposed tags",
        TAGS,
        30,
        the_desk_has_the_tags,
        facts=(
            started(),
            fact("message", 1, author="customer", text="Charged twice", event_id="m-1"),
            proposing(1, "m-1", billing=0.97, refund=0.8),
            fact("tag_removed", 4, tag="billing", by="jane"),
            fact("message", 8, author="customer", text="Charged twice, I said", event_id="m-2"),
            proposing(8, "m-2", billing=0.99, delivery=0.9),
        ),
        ends=lambda end: end.contact.tags == ("delivery", "refund"),
    ),
)
