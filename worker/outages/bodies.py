"""Options of the command line, made into the messages of an outage's contract and judged before they are sent.

Must not know the server.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from activities.outages.checking import trouble_with
from policies.contract.commands import Refused
from policies.contract.outages import ChangeOutage, CloseOutage, exactly, opened
from policies.document.part import parse_span
from policies.text.languages import languages_in
from worker.process.hosting import load_policies
from worker.trouble import TypedWrongError


def opening(
    name: str,
    when: str,
    text: Sequence[str],
    over_text: Sequence[str],
    until: str,
    policy: str,
    by: str,
    settings: Any,
) -> dict[str, Any]:
    """Return the start of an outage. Raises TypedWrongError on what would be refused.

    The condition is checked under the policies of the settings, which are those of a worker with the same settings.
    """
    texts = {"text": texts_of("--text", text), "over_text": texts_of("--over-text", over_text)}
    body = {"when": when, **texts, **_end(until), "by": by, **({"policy": policy} if policy else {})}
    try:
        opened(body, name, "typed", datetime.now(UTC))
    except Refused as refused:
        raise TypedWrongError(f"Nothing was opened. {refused}") from None
    if trouble := trouble_with(when, policy, load_policies(settings)):
        raise TypedWrongError(f"Nothing was opened. {trouble}")
    return body


def change(text: Sequence[str], over_text: Sequence[str], until: str, by: str) -> dict[str, Any]:
    """Return the change of an outage. Raises TypedWrongError."""
    texts = {"text": texts_of("--text", text), "over_text": texts_of("--over-text", over_text)}
    told = {name: words for name, words in texts.items() if words}
    if not told and not until:
        raise TypedWrongError("Nothing to change: write --text, --over-text or --until")
    return _judged(ChangeOutage, {**told, **(_end(until) if until else {}), "by": by})


def closing(text: Sequence[str], by: str) -> dict[str, Any]:
    """Return the end of an outage. Raises TypedWrongError."""
    told = texts_of("--text", text)
    return _judged(CloseOutage, {**({"text": told} if told else {}), "by": by})


def texts_of(option: str, typed: Sequence[str]) -> dict[str, str]:
    """Return words by language: `de=Wir wissen …` is German, words without a language are in the policy's own.

    Raises TypedWrongError where one language comes twice.
    """
    found: dict[str, str] = {}
    for each in typed:
        tag, equals, words = each.partition("=")
        is_tagged = bool(equals) and len(tag) <= _LONGEST_TAG and tag.isascii() and bool(languages_in(tag))
        language, words = (tag.strip(), words) if is_tagged else ("", each)
        if language in found:
            raise TypedWrongError(f"{option}: two texts for {language or 'customers without a language of their own'}")
        found[language] = words
    return found


_LONGEST_TAG = 12


def _end(until: str) -> dict[str, Any]:
    """Return the end as the contract has it: a span, or a time; a time without a zone is the terminal's own."""
    try:
        if isinstance(parse_span(until), timedelta):
            return {"for": until}
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(until)
    except ValueError:
        remedy = "write a span such as 4h, or a time such as 2026-11-01T15:00"
        raise TypedWrongError(f"--until: `{until}` is no time: {remedy}") from None
    return {"until": at.astimezone().isoformat()}


def _judged(kind: type[Any], body: dict[str, Any]) -> dict[str, Any]:
    try:
        exactly(kind, body)
    except Refused as refused:
        raise TypedWrongError(f"Nothing was sent. {refused}") from None
    return body
