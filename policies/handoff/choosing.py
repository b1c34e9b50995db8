"""What follows where a customer has chosen: by a button, by a number, or in the words they were offered.

Promises that a choice is remembered and taken at its word; what it means beyond that is the policy's to say
(`on: choice_made`). Must not know what was offered when (`telling`).
"""

import re
from dataclasses import replace
from datetime import datetime

from policies import ladder, rules
from policies.events import CallbackPromised, ChoiceMade, MessageReceived
from policies.facts import ChoiceFacts
from policies.handoff.telling import LABELS, label_of
from policies.handoff.terms import Choice
from policies.lifecycle import callback_promised
from policies.turn import Turn, excerpt

_NUMBER = re.compile(r"\W*([1-9])\W*")
_REMEMBERED = 20


def heard(turn: Turn, message: MessageReceived) -> None:
    """A customer who answers an offer with its number, or its words, has chosen."""
    s = turn.situation
    if message.author != "customer" or not s.offered:
        return
    said = " ".join(message.text.split()).casefold()
    labels = [label_of(turn, choice).casefold() for choice in s.offered]
    number = _NUMBER.fullmatch(said)
    place = int(number[1]) - 1 if number else labels.index(said) if said in labels else -1
    if 0 <= place < len(s.offered):
        _chose(turn, s.offered[place], "", None)


def chosen(turn: Turn, event: ChoiceMade) -> None:
    """The customer pressed a button, or said it to whoever reports it."""
    _chose(turn, event.choice, event.detail, event.at)


def _chose(turn: Turn, choice: Choice, detail: str, at: datetime | None) -> None:
    """Remember it, do what it means by itself, and let the policy do the rest."""
    preferences = dict(turn.situation.preferences) | {"handoff": choice}
    if choice == "channel" and detail:
        preferences["channel"] = detail
    turn.change(preferences=tuple(sorted(preferences.items()))[:_REMEMBERED], offered=())
    turn.record(
        "choice_made", f"The customer chose: {LABELS[choice].lower()}{f' ({excerpt(detail)})' if detail else ''}"
    )
    match choice:
        case "assistant":
            _stay(turn)
        case "callback":
            _call_back(turn, detail, at)
        case "channel":
            turn.note(f"The customer wants to go on by {detail or 'another channel'}.", "the customer's choice")
        case "wait" | "manager":
            pass
    rules.fire(turn, "choice_made", ChoiceFacts(choice=choice, detail=detail))


def _stay(turn: Turn) -> None:
    """Whoever would rather stay with the assistant is left with it, if nobody has the conversation yet."""
    handoff = turn.situation.handoff
    if handoff is None or not handoff.is_open:
        turn.record("already_there", "The customer would rather have the assistant, but a person has the conversation")
        return
    turn.change(handoff=replace(handoff, because="the customer chose the assistant"))
    ladder.stand_down(turn, "the customer chose the assistant")
    rules.assign(turn, handoff.from_team, "the customer chose to stay with the assistant")
    turn.note("The customer chose to stay with the assistant: nobody need come.", "the customer's choice")


def _call_back(turn: Turn, detail: str, at: datetime | None) -> None:
    within = turn.policy.document.choices.callback_within
    when = (
        at if at is not None and at > turn.at else turn.policy.hours_of_team(turn.situation.team).add(turn.at, within)
    )
    note = " — ".join(filter(None, ("the customer's choice", detail)))
    promised = CallbackPromised(event_id=turn.cause, occurred_at=turn.at, source="baton", at=when, note=note)
    callback_promised(turn, promised)
