"""The record of a played conversation, read from ledger, helpdesk and Slack once the conversation is over.

Promises lateness as the ledger has it. Must not know how it is shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from activities.desk.sql import DeskNote, SqlDesk
from activities.ledger.lines import LedgerEntry
from activities.slack.outbox import RecordedMessage
from activities.slack.recorded import RecordedSlack
from policies.state.entry_kind import EntryKind
from worker.demo import own_keys
from worker.demo.stage import Played
from worker.process.hosting import OutsideSystems

ACCEPTED = "effect_accepted"
_FACTS: set[EntryKind] = {
    "conversation_started",
    "message",
    "tag_added",
    "tag_removed",
    "status_changed",
    "customer_updated",
    "attribute_changed",
    "rated",
    "feedback",
    "step_delivered",
    "step_not_delivered",
}
"""Kinds of lines that say what happened, not what was decided."""
_UNDONE: set[EntryKind] = {"clock_at_risk", "clock_breached", "escalated", "paged"}


@dataclass(frozen=True, slots=True)
class DemoRecord:
    """A conversation and its traces in the outside systems. `taken_back` are decisions that a late event undid."""

    played: Played
    notes: Sequence[DeskNote]
    messages: Sequence[RecordedMessage]
    lateness: Sequence[timedelta]
    decisions: int
    taken_back: Sequence[LedgerEntry]


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of all conversations together. `lateness` is the median, the 99th percentile and the worst."""

    conversations: int
    as_expected: int
    decisions: int
    effects: int
    lateness: tuple[timedelta, timedelta, timedelta]
    virtual: timedelta
    wall_seconds: float


async def records_of(house: OutsideSystems, played: Iterable[Played]) -> list[DemoRecord]:
    """Return the records of the conversations, in their order."""
    slack = house.channels["slack"]
    messages = await slack.messages() if isinstance(slack, RecordedSlack) else []
    return [await _record(house, one, messages) for one in played]


async def _record(house: OutsideSystems, played: Played, messages: Iterable[RecordedMessage]) -> DemoRecord:
    entries = await house.ledger.entries(played.conversation_id)
    return DemoRecord(
        played=played,
        notes=await SqlDesk(house.store).notes(played.conversation_id),
        messages=[message for message in messages if own_keys.is_of(message.key, played.conversation_id)],
        lateness=[_lateness(entry) for entry in entries if entry.kind == ACCEPTED],
        decisions=sum(entry.kind != ACCEPTED and entry.kind not in _FACTS for entry in entries),
        taken_back=[entry for entry in entries if entry.kind in _UNDONE and not _stands(entry, played)],
    )


def _stands(entry: LedgerEntry, played: Played) -> bool:
    return any((line["kind"], line["text"]) == (entry.kind, entry.because) for line in played.timeline)


def _lateness(entry: LedgerEntry) -> timedelta:
    return timedelta(milliseconds=max(entry.lateness_ms or 0, 0))


def summary_of(records: Sequence[DemoRecord], wall_seconds: float) -> Summary:
    """Return the numbers of the last line."""
    lateness = sorted(late for record in records for late in record.lateness)
    return Summary(
        conversations=len(records),
        as_expected=sum(not record.played.unmet for record in records),
        decisions=sum(record.decisions for record in records),
        effects=len(lateness),
        lateness=(_percentile(lateness, 50), _percentile(lateness, 99), _percentile(lateness, 100)),
        virtual=sum((record.played.ended_at - record.played.opened_at for record in records), timedelta()),
        wall_seconds=wall_seconds,
    )


def _percentile(ordered: Sequence[timedelta], percent: int) -> timedelta:
    """Return the smallest value that is at least as large as `percent` percent of the values."""
    return ordered[max(-(-len(ordered) * percent // 100) - 1, 0)] if ordered else timedelta()
