"""Whether one conversation keeps its promises: what the server knows of it, compared with what it says itself.

Promises to wait for no conversation longer than a few seconds, to change nothing but by a nudge, and not to ask again
where nobody answers. Must not know who reads what it finds.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from activities.findings import AuditRequest, Finding, FindingKind

_PATIENT = 3
"""Conversations of one task queue that may fail to answer before no others are asked."""
_BRIEFLY = timedelta(seconds=1)
"""For a task queue that nobody has asked for work lately: a worker might have come this very moment."""
_OUTAGE = 20
"""Conversations whose look the server may refuse before it counts as down, which ends the pass."""
_SILENT = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
_SYSTEMS = {
    "desk": "desk",
    "conversations": "conversations",
    "incidents": "conversations",
    "ledger": "ledger",
    "context": "context",
}
"""What an activity talks to, by the first word of its name; people, where it is none of these."""
_AUDIENCE = {
    "notify": "people",
    "update_notification": "people",
    "list_members": "people",
    "tell_conversation": "conversations",
    "leave_incident": "conversations",
    "end_incident": "conversations",
    "gather_context": "context",
}
"""Whom an effect of this kind waits for; the desk, where it is none of these."""
_PROBLEMS = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")

Handle = WorkflowHandle[Any, Any]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A conversation to look at. `is_listed` says that its search attributes alone ask for it."""

    workflow_id: str
    deadline: datetime | None
    is_listed: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a conversation says of itself."""

    state: Mapping[str, Any]
    upcoming: Sequence[Mapping[str, Any]]

    def overdue(self, before: datetime) -> tuple[datetime, str] | None:
        """What time should have brought by then. Closing rightly waits for effects on their way."""
        if not self.is_late(before) or (self.upcoming[0]["kind"] == "close" and self.state["waiting_effects"]):
            return None
        return datetime.fromisoformat(self.upcoming[0]["at"]), self.upcoming[0]["what"]

    def is_late(self, before: datetime) -> bool:
        """Whether its own next deadline has passed."""
        return bool(self.upcoming) and datetime.fromisoformat(self.upcoming[0]["at"]) < before


class Inspector:
    """One pass over conversations, as of `now`."""

    def __init__(self, client: Client, request: AuditRequest, now: datetime, ask_within: timedelta) -> None:
        self._client = client
        self._repair = request.repair
        self._now = now
        self._before = now - request.grace
        self._ask_within = ask_within
        self._refused = 0
        self._silent: Counter[str] = Counter()
        self._is_served: dict[str, bool] = {}

    async def inspect(self, suspect: Suspect) -> list[Finding]:
        """Everything wrong with it; nothing where it has closed meanwhile."""
        handle = self._client.get_workflow_handle(suspect.workflow_id)
        try:
            described = await handle.describe(rpc_timeout=self._ask_within)
            if described.status != WorkflowExecutionStatus.RUNNING:
                return []
            if not (suspect.is_listed or self._looks_wrong(described)):
                return []
            found = [found async for found in self._judge(handle, described, suspect)]
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return []
            return [self._unseen(handle, suspect, error)]
        return found

    def _unseen(self, handle: Handle, suspect: Suspect, error: RPCError) -> Finding:
        """The server stumbled over this one. One stumble hides no other conversation; many are an outage."""
        self._refused += 1
        if self._refused > _OUTAGE:
            raise error
        return _finding("unseen", handle, f"the server did not say how it stands: {error.message}", suspect.deadline)

    def _looks_wrong(self, described: WorkflowExecutionDescription) -> bool:
        """What the server sees without asking a worker."""
        raw = described.raw_description
        task = raw.pending_workflow_task
        if raw.HasField("pending_workflow_task") and (
            task.attempt > 1 or _is_before(task.scheduled_time, self._before)
        ):
            return True
        return any(each.attempt > 1 or _is_before(each.scheduled_time, self._before) for each in raw.pending_activities)

    async def _judge(
        self, handle: Handle, described: WorkflowExecutionDescription, suspect: Suspect
    ) -> AsyncIterator[Finding]:
        answer = await self._ask(handle, described, suspect)
        if isinstance(answer, Finding):
            yield answer
            return
        for found in self._waiting(handle, described, answer):
            yield found
        began_at = _began(described)
        if answer.state["policy"] is None and began_at < self._before:
            yield _finding("not_begun", handle, "it has no policy to run under yet", began_at)
        elif late := answer.overdue(self._before):
            yield await self._put_right(handle, described, suspect, "overdue", *late)
        elif suspect.deadline and suspect.deadline < self._before and not answer.is_late(self._before):
            what = "the lists show a deadline that the conversation does not have any more"
            yield await self._put_right(handle, described, suspect, "stale", suspect.deadline, what)

    def _waiting(self, handle: Handle, described: WorkflowExecutionDescription, answer: Answer) -> Iterator[Finding]:
        """What the outside world does not have yet, though it is due."""
        errors = last_errors(described.raw_description.pending_activities)
        for effect in answer.state["waiting_effects"]:
            due_at = datetime.fromisoformat(effect["due_at"])
            if due_at < self._before:
                said = errors.get(_AUDIENCE.get(effect["kind"], "desk"), "")
                last = f"; last error: {said}" if said else ""
                what = f"{effect['kind'].replace('_', ' ')} is not accepted yet ({effect['because']}){last}"
                yield _finding("waiting_effect", handle, what, due_at)

    async def _put_right(
        self,
        handle: Handle,
        described: WorkflowExecutionDescription,
        suspect: Suspect,
        kind: FindingKind,
        since: datetime,
        what: str,
    ) -> Finding:
        """Have the conversation look at the time again, and look at the conversation again."""
        if not self._repair:
            return _finding(kind, handle, what, since)
        await handle.signal("nudge", {}, rpc_timeout=self._ask_within)
        answer = await self._ask(handle, described, suspect)
        if isinstance(answer, Finding):
            return answer
        late = answer.overdue(self._before)
        if late is None:
            return _finding(kind, handle, what, since, repaired=True)
        return _finding("overdue", handle, f"{late[1]}; a nudge did not help", late[0])

    async def _ask(self, handle: Handle, described: WorkflowExecutionDescription, suspect: Suspect) -> Answer | Finding:
        queue = described.task_queue
        is_served = await self._has_workers(queue)
        silence = f"no worker answers on task queue {queue}"
        if self._silent[queue] < (_PATIENT if is_served else 1):
            within = self._ask_within if is_served else min(self._ask_within, _BRIEFLY)
            try:
                state = await handle.query("state", rpc_timeout=within)
                return Answer(state, await handle.query("upcoming", rpc_timeout=within))
            except WorkflowQueryFailedError as error:
                return _finding("failing", handle, f"it can't say how things stand: {error}", suspect.deadline)
            except RPCError as error:
                if error.status == RPCStatusCode.NOT_FOUND:
                    raise
                if problems := _problems(described):
                    return _finding("failing", handle, problems, suspect.deadline or _began(described))
                self._silent[queue] += error.status in _SILENT
                silence += "" if error.status in _SILENT else f": {error.message}"
        return _finding("no_answer", handle, silence, suspect.deadline or _began(described))

    async def _has_workers(self, queue: str) -> bool:
        """Whether a worker has asked for work there in the last minutes."""
        if queue not in self._is_served:
            request = DescribeTaskQueueRequest(
                namespace=self._client.namespace,
                task_queue=TaskQueue(name=queue),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            )
            answer = await self._client.workflow_service.describe_task_queue(request, timeout=self._ask_within)
            self._is_served[queue] = bool(answer.pollers)
        return self._is_served[queue]


def _finding(
    kind: FindingKind, handle: Handle, what: str, since: datetime | None, *, repaired: bool = False
) -> Finding:
    name = handle.id.partition("/")[2]
    return Finding(kind=kind, conversation_id=name, what=what, since=since, repaired=repaired)


def last_errors(pending: Iterable[PendingActivityInfo]) -> dict[str, str]:
    """What each outside system said last. What waits behind a failed effect waits for the same system."""
    found = ((each.activity_type.name.partition(".")[0], _said(each)) for each in pending)
    return {_SYSTEMS.get(prefix, "people"): said for prefix, said in found if said}


def _said(effect: PendingActivityInfo) -> str:
    """What the last attempt said. A long stack trace the server puts behind a failure of its own."""
    failure = effect.last_failure
    return failure.cause.message if failure.HasField("server_failure_info") else failure.message


def _problems(described: WorkflowExecutionDescription) -> str:
    """Why the server says that its workflow task gets nowhere; empty where the server sees no problem."""
    attempt = described.raw_description.pending_workflow_task.attempt
    reported = described.typed_search_attributes.get(_PROBLEMS) or ()
    if attempt <= 1 and not reported:
        return ""
    return f"its workflow task fails: {', '.join(reported) or 'see its Event History'}"


def _began(described: WorkflowExecutionDescription) -> datetime:
    return described.execution_time or described.start_time


def _is_before(stamp: Timestamp, limit: datetime) -> bool:
    """The server leaves some times empty, which is as good as long ago: it makes the audit ask."""
    return stamp.ToDatetime(tzinfo=UTC) < limit
