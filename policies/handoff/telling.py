"""The messages to the customer while a person is on the way, and the choices offered with them.

Promises the customer's own language where the policy has the text in it, and choices that can be answered on every
channel: by a button, or by a number. Must not know when something is told (the policy's rules).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import islice

from policies.document.handoffs import Choice, TellPart
from policies.handoff import wording
from policies.handoff.briefings.summary import problem
from policies.handoff.memory.remembering import liked
from policies.handoff.outlook import facts
from policies.handoff.reader import Reader, best, languages, reader_of
from policies.running.fact_sheet import facts_of
from policies.running.facts import EventFacts, HandoffFacts, HandoffTextFacts, OutsideHoursFacts
from policies.running.texts.rendering import render
from policies.running.turn import Turn
from policies.state.effects import Offer, SendReply
from policies.state.records.handoffs import Handoff, Handoffs

LABELS: Mapping[Choice, str] = {
    "assistant": "Stay with the assistant",
    "wait": "Wait for a person",
    "callback": "Be called back",
    "channel": "Go on by another channel",
    "manager": "Have a manager look at it",
}
_SPACES = re.compile(r" {2,}")
_DANGER = "security"
"""The reason of a handoff after which the author of messages may not be the customer."""


def tell(turn: Turn, what: TellPart, because: str, event: EventFacts, limit: Mapping[str, str]) -> None:
    """Tell the customer, in their language, with the choice that they preferred before in front.

    On `outside_hours` the text is about the team that is closed, without a handoff too. `limit` holds in the customer's
    other conversations; choices belong to this one.
    """
    texts = turn.policy.document.customer_texts[what.text]
    language = best(texts, languages(turn.situation, turn.policy.document.language))
    given = facts_of(turn, HandoffFacts())
    about = text_facts(turn, language, event)
    body = render(
        texts[language],
        {"conversation": asdict(given.conversation), "customer": asdict(given.customer), "handoff": asdict(about)},
    )
    offers = offers_of(turn, what.choices)
    body = _SPACES.sub(" ", body)  # spaces are left where a text leaves something out
    lines = "\n".join(f"{number}. {offer.label}" for number, offer in enumerate(offers, start=1))
    if not offers:
        turn.ask(SendReply, because, body=body, **limit)
    else:
        turn.ask(SendReply, because, body=f"{body}\n\n{lines}", choices=offers)
        turn.change(Handoffs, offered=tuple(offer.choice for offer in offers), offered_at=turn.at)


def text_facts(turn: Turn, language: str, event: EventFacts) -> HandoffTextFacts:
    """Return what a text in this language can say about the handoff and the wait for a person."""
    s = turn.situation
    about = _about(turn, s.handoffs.latest, reader_of(s, turn.policy, language), event)
    reason = s.responsible.reason or (s.handoffs.latest.reason if s.handoffs.latest is not None else "")
    own = {str(code): texts for code, texts in turn.policy.document.customer_reasons.items()}
    return HandoffTextFacts(
        **{name: getattr(about, name) for name in HandoffFacts.__dataclass_fields__},
        why=wording.why(reason, language, own.get(reason, {})),
        problem=problem(s),
        next=wording.what_next(about, language),
    )


def _about(turn: Turn, handoff: Handoff | None, reader: Reader, event: EventFacts) -> HandoffFacts:
    """Return what is known of the wait for a person; before edition 3 that was nothing without a handoff."""
    if turn.situation.edition < 3:
        return facts(turn, handoff, reader) if handoff is not None else HandoffFacts()
    closed = event.team if isinstance(event, OutsideHoursFacts) else ""
    return facts(turn, handoff, reader, closed=closed)


def offers_of(turn: Turn, choices: tuple[Choice, ...]) -> tuple[Offer, ...]:
    """Return the offers, the customer's earlier choice in front; a choice that can't be made now is left out."""
    s = turn.situation
    before = dict(s.handoffs.preferences).get("handoff") or liked(s, "handoff")
    there: list[Choice] = [choice for choice in choices if choice != "assistant" or can_stay(turn)]
    return tuple(offer for choice in _with_first(there, before) for offer in _offers(turn, choice))


def offered(turn: Turn) -> tuple[Offer, ...]:
    """Return the offers made last, in that order, whether or not they could still be chosen."""
    made = {choice: _offers(turn, choice) for choice in turn.situation.handoffs.offered}
    return tuple(offer for choice in turn.situation.handoffs.offered for offer in islice(made[choice], 1))


def can_stay(turn: Turn) -> bool:
    """True where the conversation may still be left to the assistant: never where an account may be in danger."""
    s = turn.situation
    if (
        s.handoffs.latest is None
        or not s.handoffs.latest.is_open
        or not turn.policy.is_assistant(s.handoffs.latest.from_team)
    ):
        return False
    return _DANGER not in (s.responsible.reason, s.handoffs.latest.reason)


def _offers(turn: Turn, choice: Choice) -> Iterator[Offer]:
    """Yield one offer; for `channel` one for each channel that the policy names."""
    channels = turn.policy.document.choices.channels
    if choice != "channel" or not channels:
        yield Offer(choice=choice, label=_label(turn, choice))
        return
    for name, labels in channels.items():
        yield Offer(choice=choice, label=_in_their_language(turn, labels), detail=name)


def _with_first(choices: Sequence[Choice], first: str) -> list[Choice]:
    return [*(choice for choice in choices if choice == first), *(choice for choice in choices if choice != first)]


def _label(turn: Turn, choice: Choice) -> str:
    labels = turn.policy.document.choices.labels.get(choice)
    return _in_their_language(turn, labels) if labels else LABELS[choice]


def _in_their_language(turn: Turn, texts: Mapping[str, str]) -> str:
    return texts[best(texts, languages(turn.situation, turn.policy.document.language))]
