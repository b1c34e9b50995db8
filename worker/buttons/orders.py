"""Translates a press into an order: the update of the contract, on whose behalf, and the sentence for when it is done.

Promises that only people named under `people` of the conversation's policy act. Must not know a channel's messages, or
Temporal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from activities.channels.port import ButtonPress, PersonOf
from activities.slack.rendering.buttons import OF_HINDSIGHT
from policies.document.document import Document
from policies.state.step_id import OfferId, StepId

NOTE_FIELDS = {
    "tried": ("What was tried", "What has been done so far, with which result."),
    "think": ("What you think it is", "The likely cause, or your best guess."),
    "need": ("What is needed now", "What the next person should do."),
}
"""The fields of a note's form, each with its label and a hint."""
SNOOZE_FIELD = "until"
TOMORROW = "tomorrow"
_MORNING = time(9)


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who pressed, by their key under `people`."""

    name: str
    zone: ZoneInfo
    policy: Document


@dataclass(frozen=True, slots=True)
class Order:
    """One update or signal. The body's `command_id` makes it happen once; `update_id` names one attempt."""

    update: str
    body: Mapping[str, Any]
    update_id: str
    team: str = ""
    """The team that is asked; empty where the conversation is asked."""
    is_fact: bool = False
    """True for a signal: it is not judged, and has no answer."""
    done: str = ""
    """The sentence for its sender, with `{because}` for the result; empty where the message shows the result to all."""


def actor_of(person_of: PersonOf, policy: Document) -> Actor:
    """Return the person who pressed. Raises NotDoneError where the policy does not know them."""
    name = person_of(policy)
    return Actor(name, ZoneInfo(policy.people[name].timezone or policy.timezone), policy)


def order_of(press: ButtonPress, actor: Actor, now: datetime) -> Order:
    """Return the order for a press, or for a form that was sent. `now` is aware."""
    body: dict[str, Any] = {"actor": actor.name, "step": press.on.step, "command_id": press.id}
    match press.action:
        case "baton.acknowledge":
            update, told = "acknowledge", "Noted: {because}." if _takes_several(press.on.step, actor.policy) else ""
        case "baton.take":
            update, told = "take", "It is yours now."
        case "baton.escalate":
            update, told = "call", "The next step is called: {because}."
        case "baton.add_note":
            update, told = "add_note", "Your note is with the conversation."
            body |= {name: press.fields.get(name, "") for name in NOTE_FIELDS}
        case "baton.resolve":
            update, told = "resolve", "Resolved."
        case "baton.accept" | "baton.decline":
            return _answer(press, actor)
        case "baton.release":
            update, told = "release", "Released: each waiting conversation calls people itself again."
        case "baton.snooze":
            update, (when, told) = "snooze", _snooze(press.fields.get(SNOOZE_FIELD, ""), actor.zone, now)
            body |= when
        case "baton.needed" | "baton.not_needed" | "baton.right_team" | "baton.wrong_team":
            return _opinion(press, actor)
        case "baton.repeated" | "baton.not_repeated" | "baton.solved" | "baton.not_solved":
            return _opinion(press, actor)
    return Order(update, body, update_id=press.attempt or press.id, done=told)


def _answer(press: ButtonPress, actor: Actor) -> Order:
    """Return the order for an answer to an offer such as `billing/12`.

    The team decides, for it may have asked another person by now.
    """
    offer = OfferId.of(press.on.step)
    is_yes = press.action == "baton.accept"
    body = {
        "actor": actor.name,
        "conversation_id": press.on.conversation_id,
        "offer": offer.number,
        "command_id": press.id,
    }
    told = "You will have it in a moment." if is_yes else "Another person is asked."
    update = "accept" if is_yes else "decline"
    return Order(update, body, update_id=press.id, team=offer.team, done=told)


def _opinion(press: ButtonPress, actor: Actor) -> Order:
    """Return the order for an answer on how it went: a fact like any other, shown to everybody on the message."""
    answers = {action: (question, action == yes) for question, yes, no in OF_HINDSIGHT for action in (yes, no)}
    question, answer = answers[press.action]
    body = {"event_id": press.id, "by": actor.name, "step": press.on.step, question: answer}
    return Order("feedback", body, update_id=press.id, is_fact=True)


def _snooze(choice: str, zone: ZoneInfo, now: datetime) -> tuple[dict[str, str], str]:
    """Return when a snooze ends, and the sentence for it.

    A span counts on the conversation's clock; tomorrow morning is an instant in the zone of the person who asks.
    """
    if choice != TOMORROW:
        return {"for": choice}, f"Snoozed for {choice}. The promises to the customer run on."
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    until = datetime.combine(tomorrow, _MORNING, zone)
    text = until.strftime("%a %-d %b %H:%M %Z")
    return {"until": until.isoformat()}, f"Snoozed until {text}. The promises to the customer run on."


def _takes_several(step: str, policy: Document) -> bool:
    """Return whether this step (`support-on-call.2/1.3`) may need further acknowledgements after the first one."""
    called = StepId.of(step)
    escalation = policy.escalations.get(called.escalation)
    steps = escalation.steps[called.step - 1 : called.step] if escalation else ()
    return any(each.everyone for each in steps)
