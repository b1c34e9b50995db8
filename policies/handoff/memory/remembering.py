"""Remembers a customer's choices for their later conversations, where they have agreed to it, and forgets them.

Promises that nothing is kept, asked or used without the customer's yes, that values which were sent win, and that the
conversation goes on at once: without an answer it is as if nothing was remembered. Must not know where choices are
kept.
"""

from dataclasses import replace
from typing import get_args

from policies.document.handoffs import Choice
from policies.running.facts import RememberedFacts
from policies.running.turn import Turn
from policies.state.effects import ForgetChoices, RecallChoices, RememberChoices
from policies.state.events import ChoicesRecalled
from policies.state.records.handoffs import Handoffs, Memory
from policies.state.situation import Situation
from policies.text.cutting import clipped

PURPOSE = "preferences"
"""The consent that is asked for: `consent: true`, or `consent: {"preferences": true}`."""
NAMES = ("channel", "handoff")
LONGEST = 60
"""The most characters of a remembered value."""
_ID = 200
"""The most characters of a customer's id that tell them from other customers."""
_DANGER = "security"
"""The reason of a handoff in which the author of the messages may not be the customer: nothing of it is remembered."""


def follow(turn: Turn) -> None:
    """Ask what is remembered once the customer is known and has agreed; let it be forgotten once they have refused.

    To be called after every change.
    """
    s, span = turn.situation, turn.policy.document.choices.remember_for
    if s.edition < 4 or span is None or s.on_call.drill or s.on_call.incident is not None:
        return
    customer, known = s.contact.customer, s.handoffs.memory
    agrees = customer.agrees_to(PURPOSE)
    wanted = Memory(customer.id[:_ID], agrees) if customer.id and (agrees or not customer.allows(PURPOSE)) else None
    if (known and replace(known, choices=())) == wanted:
        return
    turn.change(Handoffs, memory=wanted)
    if wanted is not None:
        _ask(turn, wanted)


def _ask(turn: Turn, memory: Memory) -> None:
    if not memory.is_agreed:
        turn.ask(ForgetChoices, "the customer does not agree to it", customer=memory.customer)
        turn.record("choices_forgotten", "The customer's choices are not remembered: they do not agree to it")
        return
    turn.ask(RecallChoices, "the customer agrees to it", customer=memory.customer)
    if turn.situation.handoffs.preferences:
        remember(turn)


def remember(turn: Turn) -> None:
    """Have the choices that the customer has made in this conversation kept for the next ones."""
    s, span = turn.situation, turn.policy.document.choices.remember_for
    memory, reasons = s.handoffs.memory, (s.responsible.reason, s.handoffs.latest.reason if s.handoffs.latest else "")
    if span is None or memory is None or not memory.is_agreed or _DANGER in reasons:
        return
    chosen = tuple((name, clipped(value, LONGEST)) for name, value in s.handoffs.preferences if name in NAMES)
    turn.ask(
        RememberChoices,
        "the customer's choice",
        customer=memory.customer,
        choices=chosen,
        chosen_at=turn.at,
        until=turn.at + span,
    )


def recalled(turn: Turn, event: ChoicesRecalled) -> None:
    """Take in what is remembered, unless the customer is another one by now, or does not agree any more."""
    memory = turn.situation.handoffs.memory
    if memory is None or not memory.is_agreed or memory.customer != event.customer:
        return
    choices = tuple((name, value) for name, value in ((name, getattr(event, name)) for name in NAMES) if value)
    if not choices:
        return
    turn.change(Handoffs, memory=replace(memory, choices=choices))
    turn.record("choices_recalled", f"Remembered from earlier conversations: {words(turn.situation)}")
    turn.announce(RememberedFacts(**dict(choices)))


def liked(s: Situation, name: str) -> str:
    """Return the customer's preference: as it was sent, else as it is remembered; empty where neither is known."""
    return s.contact.customer.preferences.get(name, "") or _remembered(s).get(name, "")


def words(s: Situation) -> str:
    """Return what is remembered in a few words; empty where nothing is."""
    found = _remembered(s)
    handoff, channel = found.get("handoff", ""), found.get("channel", "")
    said = (_WORDS.get(handoff, handoff), f"by {channel}" if channel and handoff == "channel" else channel)
    return ", ".join(part for part in said if part)


def _remembered(s: Situation) -> dict[str, str]:
    return dict(s.handoffs.memory.choices) if s.handoffs.memory is not None else {}


_WORDS: dict[str, str] = dict(
    zip(
        get_args(Choice),
        ("the assistant", "to wait for a person", "to be called back", "another channel", "a manager"),
        strict=True,
    )
)
