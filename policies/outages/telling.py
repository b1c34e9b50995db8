"""The words about an outage: to agents in a note, and to the customer once, and once again when it is over.

Promises the customer's own language where there are words in it, and keys that are the same whatever showed first that
the conversation is part of the outage: nothing is told twice. Must not know when something is told (`joining`).
"""

from collections.abc import Mapping

from policies.handoff.reader import languages
from policies.running import automatic_replies
from policies.running.turn import Turn
from policies.state.effects import SendReply
from policies.state.keys import Cause
from policies.state.records.outages.known import KnownOutage
from policies.text.languages import nearest

_WITHOUT_LANGUAGE = ""
OVER: Mapping[str, str] = {
    "en": "The problem that we told you about is solved. If something still does not work for you, please write to us.",
    "de": "Das Problem, über das wir Sie informiert haben, ist behoben. Wenn etwas bei Ihnen noch nicht funktioniert, "
    "schreiben Sie uns bitte.",
    "fr": "Le problème dont nous vous avions parlé est résolu. Si quelque chose ne fonctionne toujours pas chez vous, "
    "écrivez-nous.",
    "es": "El problema del que le informamos está resuelto. Si algo todavía no le funciona, escríbanos.",
}
"""The words for the end of an outage where none were given."""


def began(turn: Turn, known: KnownOutage) -> None:
    """Tell agents and the customer that the conversation is part of an outage."""
    until = turn.policy.local_time(known.until)
    customer = "The customer is told once, and again when it is over. " if known.text else ""
    text = f"Part of the known outage {known.name}, until {until}. {customer}No rule calls people meanwhile."
    out = f"Out of it: baton outage unlink {turn.situation.conversation_id}"
    _tell(turn, known, "linked", f"outage {known.name}", dict(known.text), note=f"{text} {out}")


def ended(turn: Turn, known: KnownOutage, text: Mapping[str, str]) -> None:
    """Tell the customer that an outage is over: in these words, else in those that were given with the outage.

    Without any, Baton's own words are for customers who were told that it began.
    """
    words = text or dict(known.over_text) or (OVER if known.text else {})
    _tell(turn, known, "over", f"the end of outage {known.name}", words)


def _tell(turn: Turn, known: KnownOutage, moment: str, news: str, texts: Mapping[str, str], note: str = "") -> None:
    cause, turn.cause = turn.cause, Cause.of_outage(known.life, moment)
    if note:
        turn.note(note, news)
    words = _in_their_language(turn, texts)
    if words and (limit := automatic_replies.limit_of_news(turn, news)) is not None:
        turn.ask(SendReply, news, body=words, **limit)
    turn.cause = cause


def _in_their_language(turn: Turn, texts: Mapping[str, str]) -> str:
    """Return the words in the customer's language, else in the policy's, else in the first; empty where there are none.

    Words without a language are in the policy's.
    """
    usual = turn.policy.document.language
    named = {language: words for language, words in texts.items() if language}
    for language in languages(turn.situation, usual):
        if (found := nearest(language, named)) is not None:
            return named[found]
        if language == usual and _WITHOUT_LANGUAGE in texts:
            return texts[_WITHOUT_LANGUAGE]
    return texts.get(_WITHOUT_LANGUAGE) or next(iter(texts.values()), "")
