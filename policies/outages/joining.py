"""Known outages: a conversation that matches one is part of it, its customer is told, and no rule calls people for it.

A conversation hears of open outages when it begins and by signals, and judges each one's condition after every change.
Promises that it is part of one outage at a time; that it leaves the outage at news of the end, at the end that it
knows, at a person's wish or when it is resolved, whichever comes first; that the customer is told once of each outage
and once of its end, in whatever order the news come; and that calls which rules wanted meanwhile are made afterwards
where the customer still waits. Must not know who opens an outage, or which conversations there are
(`workflows.outage`).
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import assert_never

from policies.outages import calls, telling
from policies.running.conditions.evaluating import Condition, DidNotEvaluate, compile_condition
from policies.running.facts import StepFacts
from policies.running.judgement import judged, prepared
from policies.running.own_fields import FactTypes
from policies.running.turn import Turn, by
from policies.state.events import OutageKnown, OutageLeft, OutageOver
from policies.state.records.outages.known import KnownOutage, OutageLink, Outages

_MOST_KNOWN, _KEPT_MARKS = 10, 40


def take_in(turn: Turn, event: OutageKnown | OutageOver | OutageLeft) -> None:
    """Take in news of an outage. Later news count, whatever came first."""
    match event:
        case OutageKnown():
            _heard(turn, event)
        case OutageOver():
            _ended(turn, event)
        case OutageLeft():
            _left(turn, event)
        case _:
            assert_never(event)


def look(turn: Turn) -> None:
    """Make the conversation part of the first outage that it matches, and make calls that are no longer held back."""
    s = turn.situation
    if s.outages == Outages() or s.edition < 4:  # before, no conversation knew of outages
        return None
    if s.lifecycle.is_resolved:
        return _resolved(turn)
    _forget_past(turn)
    if s.outages.link is not None:
        return _say_others(turn)
    for known in turn.situation.outages.known:
        if matches(turn, known):
            return _link(turn, known)
    return calls.make_withheld(turn)


def matches(turn: Turn, known: KnownOutage) -> bool:
    """Return whether the conversation is as the outage's condition says, and may be part of it."""
    document, on_call = turn.policy.document, turn.situation.on_call
    if known.is_left or known.policy not in ("", document.policy) or on_call.drill or on_call.incident is not None:
        return False
    verdict = judged(turn, _condition(known.when, turn.policy.fact_types), prepared(turn, StepFacts()))
    if not isinstance(verdict, DidNotEvaluate):
        return verdict
    if known.trouble != verdict.why:
        turn.record("outage_not_judged", f"Outage {known.name} could not be judged: {verdict.why}")
        turn.change(Outages, known=turn.situation.outages.with_known(replace(known, trouble=verdict.why)))
    return False


def reach_deadline(turn: Turn) -> None:
    """Take the outage for over: its time has passed, and no news of it came."""
    link = turn.situation.outages.link
    known = turn.situation.outages.of(link.life) if link is not None else None
    if known is not None:
        _is_over(turn, known, {}, "its time has passed")


def _heard(turn: Turn, event: OutageKnown) -> None:
    outages = turn.situation.outages
    before = outages.of(event.life)
    is_old = before is not None and before.version >= event.version
    if is_old or event.life in outages.over or event.until <= turn.at:
        return
    known = KnownOutage(
        event.outage,
        event.life,
        event.when,
        event.until,
        text=tuple(event.text.items()),
        over_text=tuple(event.over_text.items()),
        policy=event.policy,
        version=event.version,
        trouble=before.trouble if before is not None else "",
        is_left=before is not None and before.is_left,
    )
    if before is None and len(outages.known) >= _MOST_KNOWN:
        return
    turn.change(Outages, known=outages.with_known(known))
    if outages.link is not None and outages.link.life == event.life:
        turn.change(Outages, link=replace(outages.link, until=event.until))
        turn.record("outage_changed", f"Outage {event.outage} is known until {turn.policy.local_time(event.until)}")


def _ended(turn: Turn, event: OutageOver) -> None:
    outages = turn.situation.outages
    known = outages.of(event.life)
    if known is not None:
        return _is_over(turn, known, event.text, f"ended{by(event.by)}")
    if event.life not in outages.over:  # the news that it began may still be on their way
        turn.change(Outages, over=(*outages.over[1 - _KEPT_MARKS :], event.life))
    return None


def _is_over(turn: Turn, known: KnownOutage, text: Mapping[str, str], how: str) -> None:
    """Forget an outage; where the conversation is part of it, tell the customer once that it is over."""
    outages = turn.situation.outages
    over = (*outages.over[1 - _KEPT_MARKS :], known.life)
    turn.change(Outages, known=outages.without(known.life), over=over)
    if outages.link is None or outages.link.life != known.life:
        return
    turn.change(Outages, link=None)
    turn.record("outage_over", f"Outage {known.name} is over ({how}): rules call people as usual")
    if not turn.situation.lifecycle.is_resolved:
        telling.ended(turn, known, text)


def _left(turn: Turn, event: OutageLeft) -> None:
    """Take the conversation out of its outage for good, as a person says."""
    link = turn.situation.outages.link
    known = turn.situation.outages.of(link.life) if link is not None else None
    if link is None or known is None:
        return turn.record("outage_left", f"Was part of no outage{by(event.by)}")
    left = turn.situation.outages.with_known(replace(known, is_left=True))
    turn.change(Outages, known=left, link=None)
    why = f" — {event.note}" if event.note else ""
    return turn.record("outage_left", f"Taken out of outage {link.name}{by(event.by)}: another problem{why}")


def _resolved(turn: Turn) -> None:
    """Leave the outage with the end of the conversation: the customer is helped, and nothing is called for."""
    if (link := turn.situation.outages.link) is not None:
        turn.record("outage_left", f"No longer part of outage {link.name}: resolved")
    if link is not None or turn.situation.outages.withheld:
        turn.change(Outages, link=None, withheld=())


def _forget_past(turn: Turn) -> None:
    """Forget outages whose time has passed, but the one that the conversation is part of."""
    outages = turn.situation.outages
    mine = outages.link.life if outages.link is not None else ""
    known = tuple(each for each in outages.known if each.until > turn.at or each.life == mine)
    if known != outages.known:
        turn.change(Outages, known=known)


def _link(turn: Turn, known: KnownOutage) -> None:
    """Make the conversation part of an outage: stop the calls of rules, and tell agents and the customer once."""
    until, is_told = turn.policy.local_time(known.until), known.life in turn.situation.outages.told
    turn.change(Outages, link=OutageLink(known.name, known.life, turn.at, known.until))
    turn.record("outage_linked", f"Part of outage {known.name}, known until {until}: no rule calls people meanwhile")
    calls.stop(turn, known)
    if not is_told:
        turn.change(Outages, told=(*turn.situation.outages.told[1 - _KEPT_MARKS :], known.life))
        telling.began(turn, known)
    _say_others(turn)


def _say_others(turn: Turn) -> None:
    """Say once of each other outage that the conversation matches it, too."""
    link = turn.situation.outages.link
    for other in turn.situation.outages.known if link is not None else ():
        link = turn.situation.outages.link
        if link is None or other.life in (link.life, *link.also) or not matches(turn, other):
            continue
        turn.change(Outages, link=replace(link, also=(*link.also, other.life)))
        turn.record("outage_linked", f"Matches outage {other.name}, too, and stays part of {link.name} only")


@lru_cache(maxsize=64)
def _condition(source: str, types: FactTypes) -> Condition:
    return compile_condition(source, None, types)
