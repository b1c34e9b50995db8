"""The cost of a history: its events, its bytes, and the actions Temporal Cloud would bill for it.

The prices are those of https://docs.temporal.io/evaluate/cloud/actions (read in November 2026): a start, a signal, an
update, a timer, an upsert of search attributes and each attempt of an activity are one action; all local activities of
one workflow task together are one. Queries and failed workflow tasks leave no event and are not in the estimate.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from temporalio.api.history.v1 import HistoryEvent

from bench.canonical import kind

_BILLED = {
    "WORKFLOW_EXECUTION_STARTED": "start",
    "WORKFLOW_EXECUTION_SIGNALED": "signal",
    "WORKFLOW_EXECUTION_UPDATE_ACCEPTED": "update",
    "TIMER_STARTED": "timer",
    "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES": "search attributes",
}
_TASKS = ("WORKFLOW_TASK_SCHEDULED", "WORKFLOW_TASK_STARTED", "WORKFLOW_TASK_COMPLETED")
_APART = "WORKFLOW_PROPERTIES_MODIFIED"
"""The command that keeps tasks apart (`worker.tasks.bare_tasks`); a task about the clock makes one more of them."""
_SKIPPED = "WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED"
_OF_SKIPPING = {_SKIPPED, "WORKFLOW_EXECUTION_OPTIONS_UPDATED"}


def relevant(events: Sequence[HistoryEvent]) -> list[HistoryEvent]:
    """Return the events without those that only a server with a movable clock writes.

    Those are the moves of the clock, the tasks that tell workers of them, and the command that keeps such a task apart.
    """
    kept: list[HistoryEvent] = []
    artificial: list[str] = []
    before, has_begun = "", False
    for event in events:
        name = kind(event)
        if name == _TASKS[0]:
            artificial += [*_TASKS, _APART] if before == _SKIPPED and has_begun else []
            has_begun = True
        if name in artificial:
            artificial.remove(name)
        elif name not in _OF_SKIPPING:
            kept.append(event)
        before = name
    return kept


def events_by_type(events: Sequence[HistoryEvent]) -> dict[str, int]:
    """Return how many events there are of each type, by name."""
    return dict(sorted(Counter(kind(event) for event in relevant(events)).items()))


def size(events: Sequence[HistoryEvent]) -> int:
    """Return the bytes of the events."""
    return sum(event.ByteSize() for event in relevant(events))


def billable_actions(events: Sequence[HistoryEvent]) -> dict[str, int]:
    """Return the estimated actions, by kind."""
    actions: Counter[str] = Counter()
    tasks_with_local: set[int] = set()
    for event in events:
        name = kind(event)
        if name in _BILLED:
            actions[_BILLED[name]] += 1
        elif name == "ACTIVITY_TASK_STARTED":
            actions["activity"] += event.activity_task_started_event_attributes.attempt
        elif name == "MARKER_RECORDED" and event.marker_recorded_event_attributes.marker_name == "core_local_activity":
            tasks_with_local.add(event.marker_recorded_event_attributes.workflow_task_completed_event_id)
    actions["local activities"] = len(tasks_with_local)
    return {name: number for name, number in sorted(actions.items()) if number}


def linger_of(events: Sequence[HistoryEvent]) -> timedelta:
    """Return how long the last timer waits: after `resolve`, until the conversation closes."""
    started = [event.timer_started_event_attributes for event in events if kind(event) == "TIMER_STARTED"]
    return started[-1].start_to_fire_timeout.ToTimedelta() if started else timedelta(0)
