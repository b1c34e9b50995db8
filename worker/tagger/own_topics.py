"""Measures on labelled questions how often Baton's own topics are right: the tags without a trained tagger.

Promises a line for each topic that a label means, and the same halves as for the other patterns. Must not know how a
topic is found.
"""

from collections.abc import Iterator, Mapping, Sequence

from activities.insight.topics import topics_of
from policies.document.proposals import TOPICS, TRUSTED
from worker.tagger.evaluating import Figure, Half, Share, is_developed_on, score_of
from worker.tagger.labelled import TOPIC_OF, LabelledQuestion

_OF_BANKING77: Mapping[str, tuple[str, ...]] = {
    "billing": (
        "card_payment_fee_charged",
        "cash_withdrawal_charge",
        "transaction_charged_twice",
        "transfer_fee_charged",
        "extra_charge_on_statement",
        "exchange_charge",
        "top_up_by_card_charge",
        "top_up_by_bank_transfer_charge",
        "card_payment_wrong_exchange_rate",
        "wrong_exchange_rate_for_cash_withdrawal",
    ),
    "delivery": ("card_arrival", "card_delivery_estimate"),
    "account-access": ("passcode_forgotten", "pin_blocked"),
    "technical-issue": ("card_not_working", "virtual_card_not_working", "contactless_not_working"),
}
"""The topics of banking77's categories, beside those of the risks; all its other categories are about none of them."""
_TOPIC_OF = {category: topic for category, topic in TOPIC_OF.items() if topic in TOPICS} | {
    category: topic for topic, some in _OF_BANKING77.items() for category in (*some, topic)
}


def evaluate(questions: Sequence[LabelledQuestion], half: Half) -> Iterator[Figure]:
    """Yield precision and recall of each topic. A target was promised for those that may tag by themselves."""
    scored = [each for each in questions if half == "all" or is_developed_on(each.text) == (half == "develop")]
    found = [(_TOPIC_OF.get(each.category, ""), topics_of(each.text)) for each in scored]
    for topic, right in TOPICS.items():
        labelled = sum(wanted == topic for wanted, _ in found)
        if not labelled:
            continue
        named = [wanted for wanted, said in found if topic in said]
        hits, target = named.count(topic), TRUSTED if (right or 0) >= TRUSTED else None
        yield score_of(f"tag: {topic}", "precision", Share(hits, len(named)), at_least=target)
        yield score_of(f"tag: {topic}", "recall", Share(hits, labelled))
