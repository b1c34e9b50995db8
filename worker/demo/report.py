"""The demonstration for machines: one JSON object with everything that the table shows.

Must not round or colour anything.
"""

from collections.abc import Sequence
from typing import Any

from worker.demo.record import DemoRecord, Summary
from worker.demo.verdict import clock_states


def report(records: Sequence[DemoRecord], summary: Summary) -> dict[str, Any]:
    """Return the whole object."""
    p50, p99, worst = (_milliseconds(late) for late in summary.lateness)
    return {
        "conversations": [_conversation(record) for record in records],
        "summary": {
            **{name: getattr(summary, name) for name in ("conversations", "as_expected", "decisions", "effects")},
            "lateness_ms": {"p50": p50, "p99": p99, "max": worst},
            "virtual_seconds": summary.virtual.total_seconds(),
            "wall_seconds": summary.wall_seconds,
        },
    }


def _conversation(record: DemoRecord) -> dict[str, Any]:
    played, state = record.played, record.played.state
    return {
        "conversation_id": played.conversation_id,
        "run_id": played.run_id,
        "title": played.script.title,
        "opened_at": played.opened_at.isoformat(),
        "status": state["status"],
        "team": state["team"],
        "assignee": state["assignee"],
        "path": state["path"],
        "clocks": state["clocks"],
        "clock_states": clock_states(state),
        "timeline": played.timeline,
        "refusals": [{"at": at.isoformat(), "command": name, "why": why} for at, name, why in played.refusals],
        "notes": [note.body for note in record.notes],
        "slack": [{"target": message.target, "text": message.text} for message in record.messages],
        "lateness_ms": max((_milliseconds(late) for late in record.lateness), default=None),
        "unmet": played.unmet,
    }


def _milliseconds(span: Any) -> float:
    return span.total_seconds() * 1000
