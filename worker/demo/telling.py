"""A conversation's timeline as decisions with reasons: what was decided, by which rule, and what followed.

Promises short lines in the conversation's own words, without messages. Must not know colours or columns.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from policies.document.part import format_span
from policies.state.entry_kind import EntryKind
from policies.text.cutting import DOTS, cut
from worker.demo import own_keys
from worker.demo.calendar import Calendar
from worker.demo.record import DemoRecord

_LONGEST = 180
_TOLD: set[EntryKind] = {
    "message",
    "reply_sent",
    "trouble",
    "assigned",
    "priority_set",
    "outside_hours",
    "clock_at_risk",
    "clock_breached",
    "clock_overdue",
    "paged",
    "acknowledged",
    "escalation_exhausted",
    "escalated",
    "deescalated",
    "reassigned",
    "taken",
    "held",
    "released",
    "reopened",
    "retracted",
    "rejected",
    "clamped",
    "effect_failed",
}
"""Kinds of entries that are said, decided or the reason for a decision; the others are shown as clocks, or not."""
_LED_TO: tuple[EntryKind, ...] = ("assigned", "escalated", "priority_set", "paged")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:]{8}\+00:00")
_SHORTER = (
    (re.compile(r"^Assigned to (.*): (\S+) conversations (?:to \S+ )?start with this team$"), r"\2 starts with \1"),
    (re.compile(r"^Assigned to (.*): \1 is open again"), r"Back to \1: open again"),
    (re.compile(r"^Assigned to (.*): reassigned by"), r"To \1: reassigned by"),
    (re.compile(r", due .*$"), ""),
    (re.compile(r"^(\S+) round (\d+), step (\d+): (?:slack|team):(.*)$"), r"Called \4 (round \2, step \3)"),
    (re.compile(r"^(\S+) round (\d+), step (\d+): ([^:]*)$"), r"Called \4 (round \2, step \3)"),
    (re.compile(r"; there are message, .*$"), ""),
)
_PERSON = re.compile(r"\bperson:([\w.-]+)")
_AUTHOR = re.compile(r"^(Customer|Agent|Assistant) \(([^)]+)\):")
_ON_CALL = "outside business hours of"


@dataclass(frozen=True, slots=True)
class DemoLine:
    """One line: its time, its kind and its text."""

    when: str
    kind: str
    text: str


def told(record: DemoRecord, calendar: Calendar, names: Mapping[str, str]) -> list[DemoLine]:
    """Return what was said and decided in a conversation and the refusals its callers got, in the order of its time.

    `names` are those of people and teams, by their keys.
    """
    played = record.played
    lines = [
        (at, "refused", f"Refused {name}: {sentence.removeprefix(f'{name}: ')}")
        for at, name, sentence in played.refusals
    ]
    lines += _decisions(record)
    lines += [(entry.occurred_at, "taken_back", f"{entry.because} (taken back)") for entry in record.taken_back]
    ordered = sorted(lines, key=lambda line: line[0].replace(microsecond=0))
    return [
        DemoLine(when(at, played.opened_at, calendar), kind, _short(_named(text, record, names), record, calendar))
        for at, kind, text in ordered
    ]


def _named(text: str, record: DemoRecord, names: Mapping[str, str]) -> str:
    """Return a line with the names of the customer and of people in the place of their ids."""
    customer = record.played.state["customer"]
    known = {**names, str(customer.get("id") or ""): str(customer.get("name") or "")}
    text = _PERSON.sub(lambda found: known.get(found[1]) or found[1], text)
    return _AUTHOR.sub(lambda found: f"{found[1]} ({known.get(found[2]) or found[2]}):", text)


def when(at: datetime, opened_at: datetime, calendar: Calendar) -> str:
    """Return the time since the opening within the first hour, afterwards the weekday and the time."""
    since = at - opened_at
    return f"+{format_span(since)}" if since < timedelta(hours=1) else f"{at.astimezone(calendar.zone):%a %H:%M}"


def _decisions(record: DemoRecord) -> Iterator[tuple[datetime, str, str]]:
    timeline = record.played.timeline
    led_to = 0
    for number, entry in enumerate(timeline):
        if led_to:
            led_to -= 1
            continue
        if entry["kind"] == "rule_fired":
            following = _consequences(timeline[number + 1 :], entry)
            led_to = len(following)
            yield datetime.fromisoformat(entry["at"]), "rule_fired", _rule(record, entry, following)
        elif entry["kind"] in _TOLD and _ON_CALL not in entry["text"]:
            yield datetime.fromisoformat(entry["at"]), entry["kind"], entry["text"]


def _consequences(following: Sequence[dict[str, Any]], fired: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entries a rule made: those directly after it, at the same instant."""
    found: list[dict[str, Any]] = []
    for entry in following:
        if entry["at"] != fired["at"] or entry["kind"] not in _LED_TO:
            break
        found.append(entry)
    return found


def _rule(record: DemoRecord, fired: dict[str, Any], following: Sequence[dict[str, Any]]) -> str:
    rule = fired["rule"]
    is_escalated = any(entry["kind"] == "escalated" for entry in following)
    texts = [entry["text"] for entry in following if entry["kind"] != "assigned" or not is_escalated]
    parts = [text.replace("Assigned to ", "to ").removesuffix(f": {rule}") for text in texts]
    notes = [note.body for note in record.notes if note.kind == "note" and own_keys.is_by(note.key, rule)]
    parts += [f"note “{note}”" for note in notes[:1]]
    told_on_slack = [
        message.target
        for message in record.messages
        if own_keys.is_by(message.key, rule) and not own_keys.is_call(message.key)
    ]
    parts += [f"Slack {target.removeprefix('slack:')}" for target in told_on_slack[:1]]
    return f"Rule “{rule}”: {' · '.join(_short_part(part) for part in parts)}" if parts else f"Rule “{rule}”"


def _short_part(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}" if text.startswith(("Escalated", "Priority")) else _shorten(text)


def _shorten(text: str) -> str:
    for pattern, shorter in _SHORTER:
        text = pattern.sub(shorter, text)
    return text


def _short(text: str, record: DemoRecord, calendar: Calendar) -> str:
    opened_at = record.played.opened_at
    text = _INSTANT.sub(lambda found: when(datetime.fromisoformat(found[0]), opened_at, calendar), _shorten(text))
    return cut(text, _LONGEST, unit=len, mark=DOTS, strip=True)
