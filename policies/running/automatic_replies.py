"""Words of rules to the customer: each rule's at most once in 24 hours, and none about a message that a machine wrote.

So two machines that answer each other stop after one reply. Promises that the timeline says where a reply is not sent.
Knows one conversation; the customer's other conversations are looked at where the reply is sent (`activities.desk`).
Must not know what a reply says.
"""

from datetime import timedelta

from policies.document.part import format_span
from policies.running.facts import CallbackFacts, ChoiceFacts, ClockFacts, EventFacts, HandoffFacts, WaitingFacts
from policies.running.turn import Turn
from policies.state.effects import SendReply
from policies.state.events import Queued
from policies.state.records.told import ToldSoFar
from policies.state.records.waiting import CustomerWait

ONCE_IN = timedelta(hours=24)
_OF_TIME = (ClockFacts, WaitingFacts)
"""Triggers of time: such a reply, as a reminder before the close, belongs to its own conversation."""
_OF_A_HANDOFF = (HandoffFacts, ChoiceFacts, CallbackFacts)
"""The dialogue of a handoff: each of its steps is told, in each handoff anew."""
_NEWS = "~"
"""The sign before the name of news, where a rule has its name."""
_SENT = "it has sent this customer one"
_KEPT = 100
"""The most rules whose latest replies are remembered."""


def reply(turn: Turn, rule: str, event: EventFacts, body: str) -> None:
    """Send the customer what a rule says, unless it may not say so now.

    A position in a queue, and a wait that repeats, are told as often as the policy asks for.
    """
    is_update = isinstance(event, WaitingFacts) and event.times > 0
    if (limit := _limit(turn, rule, event, unlimited=(Queued, WaitingFacts) if is_update else (Queued,))) is not None:
        turn.ask(SendReply, rule, body=body, **limit)


def limit_of_tell(turn: Turn, rule: str, event: EventFacts) -> dict[str, str] | None:
    """Return the fields by which a `tell` of this rule is limited; None where it may not be sent now.

    A place in line, the dialogue of a handoff and what time sets off are told each time. What a message sets off is
    limited as a reply is: the message may be a machine's.
    """
    return _limit(turn, rule, event, unlimited=(Queued, *_OF_A_HANDOFF, *_OF_TIME))


def limit_of_news(turn: Turn, news: str) -> dict[str, str] | None:
    """Return the fields by which news of an outage are limited; None where the customer may not be told now.

    `news` names them, such as `outage checkout-down`: the customer is told each once in 24 hours.
    """
    sender = f"{_NEWS}{news}"
    if turn.is_before_import:
        not_sent(turn, sender, "it was due before the import")
        return None
    if not _is_first_in_a_day(turn, sender):
        return None
    customer = turn.situation.contact.customer.id
    return {"rule": sender, "customer": customer} if customer else {}


def _limit(turn: Turn, rule: str, event: EventFacts, unlimited: tuple[type, ...]) -> dict[str, str] | None:
    if not _may_write(turn, rule) or (isinstance(event, WaitingFacts) and _is_too_soon(turn, rule)):
        return None
    if turn.situation.edition < 3 or isinstance(event, unlimited):  # before, a rule wrote each time it fired
        return {}
    if not _is_first_in_a_day(turn, rule):
        return None
    customer = "" if isinstance(event, _OF_TIME) else turn.situation.contact.customer.id
    return {"rule": rule, "customer": customer} if customer else {}


def _is_too_soon(turn: Turn, rule: str) -> bool:
    """Return whether a customer who has chosen to wait was told about the wait within the span that repeats."""
    waiting, hours = turn.situation.waiting, turn.policy.hours_of_team(turn.situation.responsible.team)
    spacing = min((wait.every for wait in turn.policy.waits if wait.every), default=None)
    if spacing is None or waiting.agreed_at is None or waiting.since is None or waiting.agreed_at < waiting.since:
        return False
    if hours.between(waiting.agreed_at, turn.at) < spacing:
        not_sent(turn, rule, f"the customer has chosen to wait, and is told every {format_span(spacing)} at most")
        return True
    turn.change(CustomerWait, agreed_at=turn.at)
    return False


def _may_write(turn: Turn, rule: str) -> bool:
    """Return whether the rule may write to the customer: not about a machine's message, nor before an import."""
    if turn.is_automatic or turn.is_before_import:
        why = "the message is automatic" if turn.is_automatic else "it was due before the import"
        not_sent(turn, rule, why)
        return False
    return True


def _is_first_in_a_day(turn: Turn, rule: str) -> bool:
    sent = tuple((name, at) for name, at in turn.situation.told.replied if turn.at - at < ONCE_IN)
    if rule in dict(sent):
        not_sent(turn, rule, f"{_SENT} within 24 hours")
        return False
    turn.change(ToldSoFar, replied=(*sent[1 - _KEPT :], (rule, turn.at)))
    return True


def not_sent(turn: Turn, rule: str, why: str) -> None:
    """Say on the timeline why a rule's reply, or news, are not sent."""
    if rule.startswith(_NEWS):
        told = why.replace(_SENT, "they were told of it")
        return turn.record("not_replied", f"The customer is not told of {rule.removeprefix(_NEWS)}: {told}")
    return turn.record("not_replied", f"Rule “{rule}” sends no reply: {why}", rule=rule)
