"""Runs that ended with work left: which runs, who ended them, and where a new run could take up their work.

There are two cases. The server ended a run (a limit, attributes it does not hold, a failure, a time limit, or a
cancellation, which is no business command here): the audit takes it up again. A person terminated it: it stays ended.
The server terminates under its own identity, and people under theirs.

Must not change anything.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.common.v1 import Payloads, WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.client import WorkflowExecution as Row
from temporalio.client import WorkflowExecutionStatus as Status

from activities.effects.missing import unless_missing

ENDED_WITHIN = timedelta(days=30)
"""The age up to which ended runs are looked at; few servers keep them longer."""
OURS = "baton audit: "
"""The beginning of the reason of each reset by which the audit takes up an ended run."""
FREED = "baton audit frees it: "
"""The beginning of the reason of each reset by which the audit frees an open run."""
_SERVER = "history-service"
"""The identity under which the server terminates."""
_UNSAID = "terminated by user via frontend"
"""The reason that the server writes where a person gave none."""
_TYPES = ("Conversation", "Team")
_ENDED = ("Failed", "TimedOut", "Terminated", "Canceled")
_WAYS = {
    Status.FAILED: "it failed",
    Status.TIMED_OUT: "it ran out of its execution time",
    Status.CANCELED: "a cancel request ended it",
    Status.COMPLETED: "it completed before it was resolved",
}
_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_TASK_ENDS = (
    _COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
)
_RESET = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW


@dataclass(frozen=True, slots=True)
class Signal:
    """A message that a run received. `is_read`: a completed task has read it."""

    event_id: int
    at: datetime
    name: str
    input: Payloads
    is_read: bool = False


class RunHistory:
    """The parts of a run's history that matter, read from its beginning; empty where the history is gone.

    `start` is the run's input. `was_reset`: the audit has reset this run before. `is_continued`: it continued another
    run of this conversation or team.
    """

    def __init__(self) -> None:
        self.start: Payloads | None = None
        self.was_reset = self.is_continued = False
        self._signals: list[Signal] = []
        self._read_to = 0
        self.last: HistoryEvent | None = None
        self._completed: list[int] = []
        self._ends: list[int] = []

    async def read(self, run: WorkflowHandle[Any, Any]) -> None:
        """Read the whole history of a run."""
        async for event in run.fetch_history_events():
            self._take(event)

    def _take(self, event: HistoryEvent) -> None:
        self.last = event
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
                started = event.workflow_execution_started_event_attributes
                self.start, self.is_continued = started.input, bool(started.continued_execution_run_id)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                said = event.workflow_execution_signaled_event_attributes
                at = event.event_time.ToDatetime(tzinfo=UTC)
                self._signals.append(Signal(event.event_id, at, said.signal_name, said.input))
            case EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                self._completed.append(event.event_id)
                self._read_to = event.workflow_task_completed_event_attributes.started_event_id
            case EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
                failed = event.workflow_task_failed_event_attributes
                self.was_reset |= failed.cause == _RESET and failed.failure.message.startswith(OURS)
            case _:
                pass
        if event.event_type in _TASK_ENDS:
            self._ends.append(event.event_id)

    @property
    def signals(self) -> tuple[Signal, ...]:
        """All messages that it received, each marked whether a completed task has taken it in."""
        return tuple(replace(each, is_read=each.event_id < self._read_to) for each in self._signals)

    @property
    def reset_to(self) -> int:
        """The end of the last completed task before the one that ended the run, or of any task; 0 for none."""
        return max(self._good, default=max(self._ends, default=0))

    @property
    def has_decided(self) -> bool:
        """True where a task has completed, so people may have been told something; also where the history is gone."""
        return bool(self._good) or self.was_reset or self.last is None

    @property
    def _good(self) -> list[int]:
        fatal = _fatal(self.last)
        return [number for number in self._completed if number != fatal]


@dataclass(frozen=True, slots=True)
class RunEnding:
    """The ending of one run.

    `person` is the identity of the client that terminated it; empty where the server ended it.
    """

    workflow_id: str
    run_id: str
    task_queue: str
    closed_at: datetime | None
    why: str
    person: str = ""
    is_timed_out: bool = False
    history: RunHistory = field(default_factory=RunHistory)

    @property
    def name(self) -> str:
        """The conversation or the team."""
        return self.workflow_id.partition("/")[2]

    @property
    def is_team(self) -> bool:
        """True where the run was the queue of a team."""
        return self.workflow_id.startswith("team/")


async def ended(client: Client, now: datetime) -> AsyncIterator[Row]:
    """Yield runs that ended lately with work left. Whether another run has followed is not checked yet."""
    since = f"CloseTime > '{(now - ENDED_WITHIN).isoformat()}'"
    how = " OR ".join(f"ExecutionStatus = '{status}'" for status in _ENDED)
    unresolved = "(WorkflowType = 'Conversation' AND BatonStatus != 'resolved')"
    completed = f"(ExecutionStatus = 'Completed' AND ({unresolved} OR WorkflowType = 'Team'))"
    types = " OR ".join(f"WorkflowType = '{name}'" for name in _TYPES)
    async for row in client.list_workflows(f"({types}) AND {since} AND ({how} OR {completed})"):
        yield row


async def latest(client: Client, workflow_id: str) -> WorkflowExecutionInfo | None:
    """Return the newest run under a workflow id; None where the server has none any more.

    It is read from the server's own answer, because the SDK does not know the status of a paused run.
    """
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    described = await unless_missing(client.workflow_service.describe_workflow_execution(request))
    return described.workflow_execution_info if described else None


async def ending_of(client: Client, row: Row) -> RunEnding:
    """Read from a run's history how it ended. Without its history only the run's status is known."""
    history = RunHistory()
    await unless_missing(history.read(client.get_workflow_handle(row.id, run_id=row.run_id)))
    why, person = who_ended(row, history.last)
    is_timed_out = row.status == Status.TIMED_OUT
    return RunEnding(row.id, row.run_id, row.task_queue, row.close_time, why, person, is_timed_out, history)


def _fatal(last: HistoryEvent | None) -> int:
    """Return the completed task that ended the run; 0 where none did."""
    if last is None:
        return 0
    match last.event_type:
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
            return last.workflow_execution_failed_event_attributes.workflow_task_completed_event_id
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
            return last.workflow_execution_canceled_event_attributes.workflow_task_completed_event_id
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
            return last.workflow_execution_completed_event_attributes.workflow_task_completed_event_id
        case _:
            return 0


def who_ended(row: Row, last: HistoryEvent | None) -> tuple[str, str]:
    """Return why a run ended, and the person who ended it; no person where the server did."""
    if row.status != Status.TERMINATED:
        said = ""
        if last is not None and last.HasField("workflow_execution_failed_event_attributes"):
            said = last.workflow_execution_failed_event_attributes.failure.message.partition("\n")[0]
        way = _WAYS.get(row.status, "it ended") if row.status else "it ended"
        return f"{way}: {said}" if said else way, ""
    if last is None or not last.HasField("workflow_execution_terminated_event_attributes"):
        return "it was terminated, and its history is gone", "an unknown client"
    terminated: Any = last.workflow_execution_terminated_event_attributes
    if terminated.identity == _SERVER or terminated.reason.startswith(OURS):
        return f"it was terminated: {terminated.reason}", ""
    person = terminated.identity or "a client"
    because = "" if terminated.reason in ("", _UNSAID) else f": {terminated.reason}"
    return f"{person} terminated it{because}", person
