"""What the customer is told and can choose while somebody is on the way.

Promises the customer's own language where the policy has the text in it, and choices that can be answered on every
channel: by a button, or by a number. Must not know when something is told (the policy's rules).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from policies.effects import Offer, SendReply
from policies.fact_sheet import facts_of
from policies.facts import HandoffFacts
from policies.handoff.outlook import facts
from policies.handoff.reader import best, languages, reader_of
from policies.handoff.terms import Choice, TellPart
from policies.texts import render
from policies.turn import Turn

LABELS: Mapping[Choice, str] = {
    "assistant": "Stay with the assistant",
    "wait": "Wait for a person",
    "callback": "Be called back",
    "channel": "Go on by another channel",
    "manager": "Have a manager look at it",
}


def tell(turn: Turn, what: TellPart, because: str) -> None:
    """Tell the customer, in their language, with the choices that they preferred before in front."""
    texts = turn.policy.document.customer_texts[what.text]
    language = best(texts, languages(turn.situation, turn.policy.document.language))
    given = facts_of(turn, HandoffFacts())
    handoff = turn.situation.handoff
    reader = reader_of(turn.situation, turn.policy, language)
    about = facts(turn, handoff, reader) if handoff is not None else HandoffFacts()
    body = render(
        texts[language],
        {"conversation": asdict(given.conversation), "customer": asdict(given.customer), "handoff": asdict(about)},
    )
    offers = offers_of(turn, what.choices)
    lines = "\n".join(f"{number}. {offer.label}" for number, offer in enumerate(offers, start=1))
    turn.ask(SendReply, because, body=f"{body}\n\n{lines}" if lines else body, choices=offers)
    if offers:
        turn.change(offered=tuple(offer.choice for offer in offers))


def offers_of(turn: Turn, choices: tuple[Choice, ...]) -> tuple[Offer, ...]:
    """With what the customer chose before in front; what can't be chosen as things stand is left out."""
    s = turn.situation
    before = dict(s.preferences).get("handoff") or s.customer.preferences.get("handoff", "")
    can_stay = s.handoff is not None and s.handoff.is_open
    there: list[Choice] = [choice for choice in choices if choice != "assistant" or can_stay]
    return tuple(Offer(choice=choice, label=label_of(turn, choice)) for choice in _with_first(there, before))


def _with_first(choices: Sequence[Choice], first: str) -> list[Choice]:
    return [*(choice for choice in choices if choice == first), *(choice for choice in choices if choice != first)]


def label_of(turn: Turn, choice: Choice) -> str:
    """What a choice is called in the customer's language."""
    labels = turn.policy.document.choices.labels.get(choice)
    if not labels:
        return LABELS[choice]
    return labels[best(labels, languages(turn.situation, turn.policy.document.language))]
