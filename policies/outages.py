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

from policies.handoff.reader import languages
from policies.on_call import ladder, withholding
from policies.running import automatic_replies
from policies.running.conditions.evaluating import Condition, DidNotEvaluate, compile_condition
from policies.running.facts import StepFacts
from policies.running.judgement import judged, prepared
from policies.running.own_fields import FactTypes
from policies.running.turn import Turn, by
from policies.state.effects import SendReply
from policies.state.events import OutageKnown, OutageLeft, OutageOver
from policies.state.keys import Cause
from policies.state.records.outages import KnownOutage, OutageLink, Outages, WithheldCall
from policies.text.languages import nearest

_MOST_KNOWN, _KEPT_MARKS = 10, 40
_TO_ALL = ""
OVER: Mapping[str, str] = {
    "en": "The problem that we told you about is solved. If something still does not work for you, please write to us.",
    "de": "Das Problem, über das wir Sie informiert haben, ist behoben. Wenn etwas bei Ihnen noch nicht funktioniert, "
    "schreiben Sie uns bitte.",
    "fr": "Le problème dont nous vous avions parlé est résolu. Si quelque chose ne fonctionne toujours pas chez vous, "
    "écrivez-nous.",
    "es": "El problema del que le informamos está resuelto. Si algo todavía no le funciona, escríbanos.",
}
"""The words for the end of an outage where none were given."""


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
    return _call_as_usual(turn)


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
        words = _in_their_language(turn, text or dict(known.over_text) or OVER)
        _tell(turn, known, "over", f"the end of outage {known.name}", words)


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
    _stop_calls(turn, known)
    if not is_told:
        turn.change(Outages, told=(*turn.situation.outages.told[1 - _KEPT_MARKS :], known.life))
        words = _in_their_language(turn, dict(known.text))
        _tell(turn, known, "linked", f"outage {known.name}", words, note=_note(turn, known, until))
    _say_others(turn)


def _note(turn: Turn, known: KnownOutage, until: str) -> str:
    out = f"baton outage unlink {turn.situation.conversation_id}"
    told = "The customer is told once, and again when it is over." if known.text else "The customer is told at its end."
    return (
        f"Part of the known outage {known.name}, until {until}. {told} No rule calls people meanwhile. Out of it: {out}"
    )


def _tell(turn: Turn, known: KnownOutage, moment: str, news: str, words: str, note: str = "") -> None:
    """Tell agents by a note, and the customer, under keys that are the same whatever cause showed it first."""
    cause, turn.cause = turn.cause, Cause.of_outage(known.life, moment)
    if note:
        turn.note(note, news)
    if words and (limit := automatic_replies.limit_of_news(turn, news)) is not None:
        turn.ask(SendReply, news, body=words, **limit)
    turn.cause = cause


def _stop_calls(turn: Turn, known: KnownOutage) -> None:
    """Stop the ladders that rules began, and remember them: they go on afterwards where the customer still waits."""
    stopped = [run for run in turn.situation.on_call.runs if run.can_go_on and withholding.is_held_back(turn, run)]
    for run in stopped:
        reason = withholding.reason_of(turn, run)
        withholding.remember(turn, WithheldCall(run.rule, run.ladder, run.headline, run.cause, reason))
    ids = {run.id for run in stopped}
    ladder.stand_down(turn, f"outage {known.name} is known", only=lambda run: run.id in ids)


def _say_others(turn: Turn) -> None:
    """Say once of each other outage that the conversation matches it, too."""
    link = turn.situation.outages.link
    for other in turn.situation.outages.known if link is not None else ():
        link = turn.situation.outages.link
        if link is None or other.life in (link.life, *link.also) or not matches(turn, other):
            continue
        turn.change(Outages, link=replace(link, also=(*link.also, other.life)))
        turn.record("outage_linked", f"Matches outage {other.name}, too, and stays part of {link.name} only")


def _call_as_usual(turn: Turn) -> None:
    """Make the calls that were held back, where the customer still waits: those of one cause may become an incident."""
    s, withheld = turn.situation, turn.situation.outages.withheld
    if not withheld or (s.lifecycle.is_paused and s.waiting.since is not None):
        return
    turn.change(Outages, withheld=())
    for call in withheld if s.is_waiting else ():
        if call.target in turn.policy.document.escalations or _is_still_wanted(turn, call):
            ladder.tell(turn, call.target, call.headline, call.because, rule=call.rule, reason=call.reason)


def _is_still_wanted(turn: Turn, call: WithheldCall) -> bool:
    """Return whether the policy of today still has the rule with this target; an adopted policy may have neither."""
    rules = [rule for rule in turn.policy.document.rules if rule.name == call.rule]
    return any(do.notify == call.target for rule in rules for do in rule.do)


def _in_their_language(turn: Turn, texts: Mapping[str, str]) -> str:
    """Return the words in the customer's language, else in the policy's, else in the first; empty where there are none.

    Words without a language are in the policy's.
    """
    usual = turn.policy.document.language
    named = {language: words for language, words in texts.items() if language}
    for language in languages(turn.situation, usual):
        if (found := nearest(language, named)) is not None:
            return named[found]
        if language == usual and _TO_ALL in texts:
            return texts[_TO_ALL]
    return texts.get(_TO_ALL) or next(iter(texts.values()), "")


@lru_cache(maxsize=64)
def _condition(source: str, types: FactTypes) -> Condition:
    return compile_condition(source, None, types)
