"""Translates a press into an order: the update of the contract, on whose behalf, and the sentence for when it is done.

Promises that only people named under `people` of the conversation's policy act. Must not know Slack's messages or
Temporal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from activities.slack.rendering.buttons import OF_HINDSIGHT
from policies.document.document import Document
from policies.state.step_id import StepId
from worker.slack.forms import NOTE_FIELDS, SNOOZE_FIELD, TOMORROW
from worker.slack.presses import Pressed, Sent
from worker.trouble import TroubleError

_MORNING = time(9)


class UnknownPersonError(TroubleError):
    """No person in the policy has this Slack member ID."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who pressed in Slack, by their key under `people`."""

    name: str
    zone: ZoneInfo
    policy: Document


@dataclass(frozen=True, slots=True)
class Order:
    """One update or signal. `command_id` makes it happen once; `update_id` tells one attempt from another."""

    update: str
    body: Mapping[str, Any]
    command_id: str
    update_id: str
    team: str = ""
    """The team that is asked; empty where the conversation is asked."""
    is_fact: bool = False
    """True for a signal: it is not judged, and has no answer."""
    done: str = ""
    """The sentence for its sender, with `{because}` for the result; empty where the message shows the result to all."""


def actor_of(user: str, policy: Document) -> Actor:
    """Return the person with this Slack member ID. Raises UnknownPersonError."""
    for name, person in policy.people.items():
        if person.slack == user:
            return Actor(name, ZoneInfo(person.timezone or policy.timezone), policy)
    raise UnknownPersonError(
        f"Baton does not know you: no person under `people` of the policy {policy.policy} has your Slack member ID. "
        f"Have yourself added there, such as `people: {{your-name: {{slack: {user}}}}}`; a conversation that runs "
        f"already takes it over with `baton policy adopt`. Nothing was changed."
    )


def order_of(done: Pressed | Sent, actor: Actor, now: datetime) -> Order:
    """Return the order for a press, or for a form that was sent. `now` is aware."""
    body: dict[str, Any] = {"actor": actor.name, "step": done.on.step, "command_id": done.id}
    attempt = done.attempt if isinstance(done, Sent) else done.id
    fields = done.fields if isinstance(done, Sent) else {}
    match done.action:
        case "baton.acknowledge":
            update, told = "acknowledge", "Noted: {because}." if _takes_several(done.on.step, actor.policy) else ""
        case "baton.take":
            update, told = "take", "It is yours now."
        case "baton.escalate":
            update, told = "call", "The next step is called: {because}."
        case "baton.add_note":
            update, told = "add_note", "Your note is with the conversation."
            body |= {name: fields.get(name, "") for name in NOTE_FIELDS}
        case "baton.resolve":
            update, told = "resolve", "Resolved."
        case "baton.accept" | "baton.decline":
            return _answer(done, actor)
        case "baton.release":
            update, told = "release", "Released: each waiting conversation calls people itself again."
        case "baton.snooze":
            update, (when, told) = "snooze", _snooze(fields.get(SNOOZE_FIELD, ""), actor.zone, now)
            body |= when
        case "baton.needed" | "baton.not_needed" | "baton.right_team" | "baton.wrong_team":
            return _opinion(done, actor)
        case "baton.repeated" | "baton.not_repeated" | "baton.solved" | "baton.not_solved":
            return _opinion(done, actor)
    return Order(update, body, command_id=done.id, update_id=attempt, done=told)


def _answer(done: Pressed | Sent, actor: Actor) -> Order:
    """Return the order for an answer to an offer such as `billing/12`.

    The team decides, for it may have asked another person by now.
    """
    team, _, offer = done.on.step.rpartition("/")
    is_yes = done.action == "baton.accept"
    body = {"actor": actor.name, "conversation_id": done.on.conversation_id, "offer": offer, "command_id": done.id}
    told = "You will have it in a moment." if is_yes else "Another person is asked."
    update = "accept" if is_yes else "decline"
    return Order(update, body, command_id=done.id, update_id=done.id, team=team, done=told)


def _opinion(done: Pressed | Sent, actor: Actor) -> Order:
    """Return the order for an answer on how it went: a fact like any other, shown to everybody on the message."""
    answers = {action: (question, action == yes) for question, yes, no in OF_HINDSIGHT for action in (yes, no)}
    question, answer = answers[done.action]
    body = {"event_id": done.id, "by": actor.name, "step": done.on.step, question: answer}
    return Order("feedback", body, command_id=done.id, update_id=done.id, is_fact=True)


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
