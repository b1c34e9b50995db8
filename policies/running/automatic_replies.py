"""Automatic replies: a rule sends one customer at most one in 24 hours, and none to a message that a machine wrote.

So two machines that answer each other stop after one reply. Promises that the timeline says where a reply is not sent.
Knows one conversation; the customer's other conversations are looked at where the reply is sent (`activities.desk`).
Must not know what a reply says.
"""

from datetime import timedelta

from policies.running.facts import ClockFacts, EventFacts, WaitingFacts
from policies.running.turn import Turn
from policies.state.effects import SendReply
from policies.state.events import Queued
from policies.state.records.told import ToldSoFar

ONCE_IN = timedelta(hours=24)
_OF_TIME = (ClockFacts, WaitingFacts)
"""Triggers of time: such a reply, as a reminder before the close, belongs to its own conversation."""
_KEPT = 100
"""The most rules whose latest replies are remembered."""


def reply(turn: Turn, rule: str, event: EventFacts, body: str) -> None:
    """Send the customer what a rule says, unless it may not say so now.

    A position in a queue is told as often as the policy asks for.
    """
    if not may_write(turn, rule):
        return
    if turn.situation.edition < 3 or isinstance(event, Queued):  # before, a rule replied each time it fired
        turn.ask(SendReply, rule, body=body)
    elif _is_first_in_a_day(turn, rule):
        customer = "" if isinstance(event, _OF_TIME) else turn.situation.contact.customer.id
        turn.ask(SendReply, rule, body=body, rule=rule if customer else "", customer=customer)


def may_write(turn: Turn, rule: str) -> bool:
    """Return whether the rule may write to the customer: not about a machine's message, nor before an import."""
    if turn.is_automatic or turn.is_before_import:
        why = "the message is automatic" if turn.is_automatic else "it was due before the import"
        not_sent(turn, rule, why)
        return False
    return True


def _is_first_in_a_day(turn: Turn, rule: str) -> bool:
    sent = tuple((name, at) for name, at in turn.situation.told.replied if turn.at - at < ONCE_IN)
    if rule in dict(sent):
        not_sent(turn, rule, "it has sent this customer one within 24 hours")
        return False
    turn.change(ToldSoFar, replied=(*sent[1 - _KEPT :], (rule, turn.at)))
    return True


def not_sent(turn: Turn, rule: str, why: str) -> None:
    """Say on the timeline why a rule's reply is not sent."""
    turn.record("not_replied", f"Rule “{rule}” sends no reply: {why}", rule=rule)
