"""Texts to train a tagger on from the conversations on record, where their customers have agreed to that.

Promises that only a customer who has said yes, and has not taken it back, is learnt from, and only tags that people put
on and left: a tag of a rule or a tagger is nobody's opinion. Must not know what is learnt from them.
"""

from collections.abc import Sequence
from datetime import datetime

from activities.ledger.judgements import Judgements
from policies.recorded.judgements import Judgement, NotOnRecordError, by_life, in_force
from policies.running.ours import is_ours
from policies.state.events import (
    ConversationStarted,
    Customer,
    CustomerUpdated,
    Fact,
    MessageReceived,
    TagAdded,
    TagRemoved,
)
from policies.text.cutting import cut
from worker.tagger.training import Example

CONSENT = "training"
"""The purpose that a customer agrees to: `consent: true`, or `consent: {"training": true}`."""
TEXT_LIMIT = 20_000
"""The most characters of an example: a tagger looks at a thousand of them."""


async def read_recorded(on_record: Judgements, since: datetime) -> list[Example]:
    """Return an example for each conversation of that time that may be learnt from, in the order of their ids."""
    found: list[Example] = []
    for conversation in await on_record.conversations(since):
        recorded = map(Judgement.model_validate, await on_record.of(conversation))
        for life in by_life(recorded):
            found += [example for example in (_example_of_life(life),) if example is not None]
    return found


def _example_of_life(life: Sequence[Judgement]) -> Example | None:
    try:
        judgements = in_force(life)
    except NotOnRecordError:  # what the customer agreed to may be in what is missing
        return None
    facts = {fact.event_id: fact for judgement in judgements for fact in judgement.facts}
    return example_of(sorted(facts.values(), key=lambda fact: fact.occurred_at))


def example_of(facts: Sequence[Fact]) -> Example | None:
    """Return what the customer said before the first answer of an agent, with people's tags; None where none may be."""
    customer, tags, said, is_answered = Customer(), dict[str, None](), list[str](), False
    for fact in facts:
        match fact:
            case ConversationStarted():
                customer, tags = fact.customer, dict.fromkeys(fact.tags)
            case CustomerUpdated():
                customer = Customer.model_validate(customer.model_dump(exclude_unset=True) | fact.customer)
            case TagAdded() if not is_ours(fact) and fact.by:
                tags[fact.tag] = None
            case TagRemoved():
                tags.pop(fact.tag, None)
            case MessageReceived(author="customer") if not is_answered and not fact.automatic:
                said.append(fact.text)
            case MessageReceived(author="agent", public=True):
                is_answered = True
            case _:
                pass
    text = cut("\n".join(filter(None, said)), TEXT_LIMIT)
    return Example(text, tuple(sorted(tags))) if customer.agrees_to(CONSENT) and tags and text else None
