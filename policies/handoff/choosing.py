"""Choices of the customer: by a button, by a number, or in the words that were offered, and what follows.

Promises that a choice is remembered and taken at its word, and that a number counts as a choice only where the customer
has been asked nothing since the offer; further consequences are the policy's to say (`on: choice_made`). Must not know
how a choice is offered (`telling`).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from policies.document.handoffs import Choice
from policies.handoff.callbacks.reading import read_call
from policies.handoff.callbacks.resolving import instant_of
from policies.handoff.memory import remembering
from policies.handoff.reader import languages, reader_of
from policies.handoff.telling import LABELS, can_stay, offered
from policies.on_call import ladder
from policies.running.facts import ChoiceFacts
from policies.running.turn import Turn, excerpt
from policies.sla import callbacks, responsible
from policies.state.effects import Offer
from policies.state.events import CallbackPromised, ChoiceMade, MessageReceived
from policies.state.records.handoffs import Handoffs
from policies.state.records.responsible import Responsible
from policies.state.records.told import ToldSoFar
from policies.state.records.waiting import CustomerWait
from policies.state.situation import Situation

_NUMBER = re.compile(r"\W*([1-9])\W*")
_NUMBERED = re.compile(r"\W*([1-9])(?:\s*[-.,:;)]\s*|\s+)(?=\D|\d{1,2}\D)")
_ASKS = "?"


def heard(turn: Turn, message: MessageReceived) -> None:
    """Take a customer's answer to an offer, its number or its words, as their choice."""
    s = turn.situation
    if message.author != "customer" or not (s.handoffs.offered or _can_name_another_time(s)):
        return
    said = " ".join(message.text.split()).casefold()
    offers = offered(turn)
    labels = [offer.label.casefold() for offer in offers]
    number = _NUMBER.fullmatch(said)
    place = int(number[1]) - 1 if number else labels.index(said) if said in labels else -1
    if not 0 <= place < len(offers) or (number and _was_asked_since(s)):
        _call_in_words(turn, message, offers)
        return
    turn.change(ToldSoFar, recent=s.told.recent[:-1])  # “2” tells a reader nothing
    _chose(turn, offers[place].choice, offers[place].detail, None)


def _can_name_another_time(s: Situation) -> bool:
    """True where the customer has chosen a callback that is still ahead: they may name another time for it."""
    return s.edition >= 4 and s.waiting.is_callback_chosen and s.waiting.callback_at is not None


def _call_in_words(turn: Turn, message: MessageReceived, offers: Sequence[Offer]) -> None:
    """Take “call me back at five”, or “tomorrow morning”, as the choice of a callback at that time.

    A bare time counts only where the customer was asked nothing since the offer. A time that has passed, or that is no
    clear one, is not guessed at: the callback is then promised within the usual time, and the note has the words.
    """
    s, text = turn.situation, turn.own_words(message.text)
    places = [place for place, offer in enumerate(offers, start=1) if offer.choice == "callback"]
    if s.edition < 4 or not (places or _can_name_another_time(s)):
        return
    spoken = languages(s, turn.policy.document.language)
    wanted = read_call(text, spoken)
    if wanted is None and (found := _NUMBERED.match(text)) and int(found[1]) in places and not _was_asked_since(s):
        wanted = read_call(text[found.end() :], spoken, is_chosen=True)
    elif wanted is None or (_was_asked_since(s) and not wanted.is_call_named):
        return
    if wanted is not None:
        zone, hours = reader_of(s, turn.policy, spoken[0]).zone, turn.policy.hours_of_team(s.responsible.team)
        _chose(turn, "callback", excerpt(text), instant_of(wanted, turn.at, zone, hours))


def _was_asked_since(s: Situation) -> bool:
    """True where an agent or the assistant asked something after the offer: the number may be the answer to that."""
    after = s.handoffs.offered_at or s.at
    return any(said.author != "customer" and said.at > after and _ASKS in said.text for said in s.told.recent)


def chosen(turn: Turn, event: ChoiceMade) -> None:
    """Take a choice that the customer made by a button, or told the sender of the event."""
    _chose(turn, event.choice, event.detail, event.at)


def _chose(turn: Turn, choice: Choice, detail: str, at: datetime | None) -> None:
    """Remember the choice, do what it means by itself, and let the policy do the rest."""
    preferences = dict(turn.situation.handoffs.preferences) | {"handoff": choice}
    if choice == "channel" and detail:
        preferences["channel"] = detail
    turn.change(Handoffs, preferences=tuple(sorted(preferences.items())), offered=())
    remembering.remember(turn)
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
        case "wait":
            turn.change(CustomerWait, agreed_at=turn.at)
        case "manager":
            pass
    turn.announce(ChoiceFacts(choice=choice, detail=detail))


def _stay(turn: Turn) -> None:
    """Leave the customer with the assistant, as they prefer, if no person has the conversation yet."""
    handoff = turn.situation.handoffs.latest
    if handoff is None or not handoff.is_open:
        turn.record("already_there", "The customer would rather have the assistant, but a person has the conversation")
        return
    if not can_stay(turn):
        because = "The customer would rather have the assistant, to which this is not left"
        turn.record("stays_with_people", because)
        turn.note(f"{because}: the writer may not be the customer.", "the customer's choice")
        return
    turn.change(Handoffs, latest=replace(handoff, because="the customer chose the assistant"))
    turn.change(CustomerWait, callback_at=None)
    turn.change(Responsible, reason="")
    ladder.stand_down(turn, "the customer chose the assistant")
    because = "the customer chose to stay with the assistant"
    responsible.assign(turn, handoff.from_team, because, cause="person")
    turn.note("The customer chose to stay with the assistant: nobody need come.", "the customer's choice")


def _call_back(turn: Turn, detail: str, at: datetime | None) -> None:
    """Promise a callback for the time the customer named, moved to the team's hours; clocks for answers stand still."""
    hours = turn.policy.hours_of_team(turn.situation.responsible.team)
    wanted = at if at is not None and at > turn.at else None
    when = wanted or hours.due(turn.at, turn.policy.document.choices.callback_within)
    if not hours.is_open(when):
        when = hours.opens_at(when) or when
    moved = f"asked for {turn.policy.local_time(wanted)}, when nobody is there" if wanted and wanted != when else ""
    note = " — ".join(filter(None, ("the customer's choice", detail, moved)))
    promised = CallbackPromised(event_id=turn.cause, occurred_at=turn.at, source="baton", at=when, note=note)
    callbacks.promised(turn, promised, is_chosen=True)
