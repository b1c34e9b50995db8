"""The effects of a conversation that are due and not accepted: which ones, for which outside system, and why.

Must not know more of a conversation than its `state` query says.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo

_SYSTEMS = {
    "desk": "desk",
    "conversations": "conversations",
    "incidents": "conversations",
    "ledger": "ledger",
    "context": "context",
    "teams": "teams",
}
"""The outside system of an activity, by the first word of the activity's name; "people" for any other word."""
_AUDIENCE = {
    "notify": "people",
    "update_notification": "people",
    "list_members": "people",
    "tell_conversation": "conversations",
    "ask_incident": "conversations",
    "leave_incident": "conversations",
    "end_incident": "conversations",
    "gather_context": "context",
    "ask_team": "teams",
    "find_place": "teams",
    "tell_owner": "teams",
    "leave_team": "teams",
}
"""The outside system that an effect waits for, by the effect's kind; the desk for any other kind."""


@dataclass(frozen=True, slots=True)
class OverdueEffect:
    """An effect that is due and not accepted. `is_idle`: no activity is under way for its outside system."""

    key: str
    what: str
    due_at: datetime
    is_idle: bool


def waiting(
    state: Mapping[str, Any],
    pending: Sequence[PendingActivityInfo],
    before: datetime,
    unserved: Collection[str] = (),
) -> Iterator[OverdueEffect]:
    """Yield a conversation's effects that were due before an instant. `unserved` are task queues without a worker."""
    errors, busy = last_errors(pending), {_system(each) for each in pending}
    held = {_system(each): each.activity_id for each in pending if each.paused}
    unworked = {_system(each): queue for each in pending if (queue := queue_of(each)) in unserved}
    for effect in state["waiting_effects"]:
        due_at, system = datetime.fromisoformat(effect["due_at"]), _AUDIENCE.get(effect["kind"], "desk")
        if due_at < before:
            said = f"; last error: {errors[system]}" if system in errors else ""
            stopped = f"; its activity {held[system]} is paused in Temporal" if system in held else ""
            absent = f"; no worker takes work on task queue {unworked[system]}" if system in unworked else ""
            idle = "" if system in busy else "; nothing is under way for it"
            what = f"{effect['kind'].replace('_', ' ')} is not accepted yet ({effect['because']})"
            what += f"{said}{stopped}{absent}{idle}"
            yield OverdueEffect(effect["key"], what, due_at, is_idle=system not in busy)


def queue_of(activity: PendingActivityInfo) -> str:
    """Return the task queue where an activity waits for a worker; empty where a worker has it or it will be retried."""
    is_waiting = activity.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED and not activity.paused
    return activity.activity_options.task_queue.name if is_waiting else ""


def last_errors(pending: Iterable[PendingActivityInfo]) -> dict[str, str]:
    """Return the last error of each outside system. An effect behind a failed one waits for the same system."""
    found = ((_system(each), _said(each)) for each in pending)
    return {system: said for system, said in found if said}


def _system(activity: PendingActivityInfo) -> str:
    return _SYSTEMS.get(activity.activity_type.name.partition(".")[0], "people")


def _said(activity: PendingActivityInfo) -> str:
    """Return the message of the last failure. The server puts a long stack trace behind a failure of its own."""
    failure = activity.last_failure
    return failure.cause.message if failure.HasField("server_failure_info") else failure.message
